"""The rules of the domain, on values alone."""
