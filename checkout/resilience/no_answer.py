"""Why a service has not answered, in words that a shopkeeper reads in the log and in /outbox."""


def no_answer(service: str, error: BaseException) -> str:
    """``error`` is what the connection or the service's library raised; its name belongs beside this, in the code."""
    if isinstance(error, TimeoutError):
        return f"{service} has not answered in time"
    # Errors of the HTTP client about an answer that came, but is none of the service's, have its status.
    if isinstance(error, KeyError | TypeError | ValueError) or hasattr(error, "status"):
        return f"{service}'s answer cannot be read"
    return f"{service} cannot be reached"
