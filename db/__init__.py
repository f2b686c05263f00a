"""The only place that knows SQL: an implementation for each port that stores. No rule of the shop is decided here."""
