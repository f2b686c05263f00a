"""The nouns of a purchase as values, and pure functions on them. Nothing here waits, and nothing reaches outside."""
