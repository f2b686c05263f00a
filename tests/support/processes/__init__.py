"""The real commands in processes of their own."""
