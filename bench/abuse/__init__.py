"""What a stranger can do to the shop, measured: bounded attacks on loopback, against the real application."""
