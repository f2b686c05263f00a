"""The stand-in of Telegram. Imports nothing of the product: it answers as the Bot API's documentation says."""
