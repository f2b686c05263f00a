"""Services that are slow, limited or down, without any service."""
