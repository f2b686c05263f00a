"""Rows into values and back, without a database."""
