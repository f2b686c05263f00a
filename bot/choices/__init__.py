"""What admins choose in the chat, for themselves or for the shop, and what stays chosen; nothing about payments."""
