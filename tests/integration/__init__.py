"""Pieces together: real databases, real HTTP to the stand-ins. A folder for each subject."""
