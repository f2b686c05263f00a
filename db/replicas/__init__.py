"""What several processes must share through PostgreSQL. One process alone on SQLite needs none of it."""
