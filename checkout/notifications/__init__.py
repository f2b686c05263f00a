"""What is said, to whom and when, and that it arrives. How it is worded is in `messages`, not here."""
