"""The pay page, its API, the webhooks and health, over HTTP. What a request does is a use case of `checkout`."""
