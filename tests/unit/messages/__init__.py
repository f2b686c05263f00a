"""What is said, in both languages, down to the drawn page."""
