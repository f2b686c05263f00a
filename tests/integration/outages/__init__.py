"""Services that are slow, limited or down."""
