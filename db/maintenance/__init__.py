"""The database as a whole: migrating it, backing it up, its health. No use case of the shop comes by here."""
