"""What a customer can do in the chat, each with its texts beside it. What it does is a use case of `checkout`."""
