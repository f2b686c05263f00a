"""Reads catalog.toml: as a whole, with every mistake in it and the line where it stands."""
