"""What is true of the product, told as sentences. Fakes remember; no mocks, and nothing waits for a fixed time."""
