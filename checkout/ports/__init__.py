"""What the domain needs from outside, as Protocols: what several use cases share. No implementation, no default."""
