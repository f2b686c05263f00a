"""The messages of the chat that the outbox sends. What answers an update at once is worded in `bot`."""
