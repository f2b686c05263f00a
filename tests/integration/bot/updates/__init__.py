"""How updates come in, by polling or webhook: each once, in order, nobody held up."""
