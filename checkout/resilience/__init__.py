"""How the shop behaves when a service is slow, limited or down. Knows calls, no payments."""
