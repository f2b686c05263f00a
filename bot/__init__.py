"""The chat: Telegram in and out. The only place that imports aiogram."""
