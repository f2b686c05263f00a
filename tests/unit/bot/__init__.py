"""The chat's own pieces, without a chat."""
