"""A class for each group of tables: the domain's values in, rows, and back. No transaction begins here."""
