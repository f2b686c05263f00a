"""What admins choose in the chat and what then holds, in a conversation with the stand-in."""
