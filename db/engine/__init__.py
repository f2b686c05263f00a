"""Connections, transactions and the loading of SQL for SQLite and PostgreSQL. Knows no table."""
