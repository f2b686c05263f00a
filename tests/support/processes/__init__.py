"""The real commands in processes of their own, and what a process of tests does once."""
