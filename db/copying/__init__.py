"""A whole database copied into an empty one of either kind. It knows no table by name: what the schema has is copied.

What a shop does with its tables is in the other rooms.
"""
