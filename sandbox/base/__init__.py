"""What all stand-ins share: the server with its faults, and request bodies. Nothing about one service."""
