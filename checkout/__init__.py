"""The domain: what a purchase is and how it moves. Standard library only; no SQL, no HTTP, no text for people."""
