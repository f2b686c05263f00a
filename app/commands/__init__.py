"""A file for each command of `checkout-bot`: what it asks, says and exits with. What it does lies in other rooms."""
