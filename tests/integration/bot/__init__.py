"""The conversation, with the Telegram stand-in."""
