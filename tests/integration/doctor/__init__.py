"""`checkout-bot doctor`: what is broken is named, and its remedy makes it well."""
