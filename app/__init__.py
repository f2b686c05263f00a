"""The composition root: the one place that knows concrete classes. Importing it does nothing; nobody imports it."""
