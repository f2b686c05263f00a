"""From the first message to the receipt."""
