"""Values and pure functions. No database, no socket, no browser: all of it within seconds."""
