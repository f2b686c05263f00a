"""Ports on loopback that nobody else gets."""

import socket

LOOPBACK = "127.0.0.1"


def bound_socket(port: int = 0) -> socket.socket:
    """Has the port (0: any free one) and does not listen yet: whoever connects is refused, and no other connection is
    given it. OSError where it is taken."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that ended just now do not count
    try:
        held.bind((LOOPBACK, port))
    except OSError:
        held.close()
        raise
    return held
