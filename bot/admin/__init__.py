"""What an admin can do in the chat, each with its texts beside it. To everybody else nothing of it exists."""
