"""What a request does, in words of which there are few: for the metrics' labels."""


def operation_of(method: str, path: str) -> str:
    """``POST payment_intents/{id}/cancel``: every second word of the path is an id."""
    words = path.partition("?")[0].strip("/").split("/")
    return f"{method.upper()} {'/'.join('{id}' if place % 2 else word for place, word in enumerate(words))}"
