"""The pay page, its API and the webhooks over HTTP."""
