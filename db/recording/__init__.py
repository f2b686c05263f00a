"""How a group of provider events is written in one transaction. What to write is planned in `checkout.payments`."""
