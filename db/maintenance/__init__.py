"""The database as a whole: migrating, copying, its health. No use case of the shop comes by here."""
