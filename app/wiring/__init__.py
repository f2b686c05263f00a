"""Where everything is built, once: functions over ``Services``, a file for each concern; no rule of the shop."""
