"""The conversation: updates in, use cases called, answers out. The only place that imports aiogram; no SQL, no rule."""
