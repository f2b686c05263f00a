"""Reading what was sent: bounded, and parsed as it comes in."""

import json
from typing import Any

from aiohttp import web

from checkout.errors import InvalidInput

WEBHOOK_LIMIT = 1024 * 1024
INTENT_LIMIT = 64 * 1024


async def read_limited(request: web.Request, limit: int) -> bytes:
    """The raw body. Raises HTTPRequestEntityTooLarge above ``limit`` bytes, InvalidInput when it breaks off.

    ``limit`` is at most the application's own, which holds for bodies that do not say their length.
    """
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    try:
        body = await request.read()
    except web.RequestPayloadError:
        raise InvalidInput("the body cannot be read") from None
    if len(body) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    return body


def json_object(body: bytes) -> dict[str, Any]:
    """Raises InvalidInput for anything that is no JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not JSON") from None
    if not isinstance(value, dict):
        raise InvalidInput("the body is not a JSON object")
    return value
