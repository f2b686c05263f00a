"""The sandbox's page, what it shows and what its switches do. No behaviour of a service."""
