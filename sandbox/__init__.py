"""The real application against local stand-ins, to play with and to test. The product does not know that it exists."""
