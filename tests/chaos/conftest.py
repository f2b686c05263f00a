"""For those of them that pytest runs."""

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
