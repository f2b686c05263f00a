"""The commands of `checkout-bot`, and what a running one shows of itself."""
