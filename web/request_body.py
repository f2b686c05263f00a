"""Reading what was sent: bounded, and parsed as it comes in."""

import asyncio
import json
from typing import Any

from aiohttp import HttpVersion11, web

from checkout.errors import InvalidInput

WEBHOOK_LIMIT = 1024 * 1024
INTENT_LIMIT = 64 * 1024


def body_seconds() -> float:
    """For the whole body: the largest one through a slow line."""
    return 15.0


async def expect_until_read(request: web.Request) -> None:
    """A sender that asks before it sends a body is invited by ``read_limited``, once nothing speaks against it.

    Raises HTTPExpectationFailed for anything else that is expected.
    """
    if request.version == HttpVersion11 and not _waits_to_be_invited(request):
        raise web.HTTPExpectationFailed


def _waits_to_be_invited(request: web.Request) -> bool:
    return request.headers.get("Expect", "").lower() == "100-continue"


def check_length(request: web.Request, limit: int) -> None:
    """Raises HTTPRequestEntityTooLarge where the sender says that more than ``limit`` bytes will come."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)


async def read_limited(request: web.Request, limit: int) -> bytes:
    """The raw body. Raises HTTPRequestEntityTooLarge above ``limit`` bytes, HTTPRequestTimeout when it does not come,
    InvalidInput when it breaks off."""
    check_length(request, limit)
    content = request.content
    try:
        # Most of what is small has come with its head.
        body = content.read_nowait() if content.is_eof() else await _read_patiently(request, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError, RuntimeError) as error:
        # RuntimeError is aiohttp's where the connection was gone before the body was asked for. The stream keeps what
        # it raised: a traceback there would hold the stream itself, and all that has come, until a full collection.
        error.__traceback__ = None
        raise InvalidInput("the body breaks off") from None
    _check_size(body, limit)
    return body


async def _read_patiently(request: web.Request, limit: int) -> bytes:
    content = request.content
    if _waits_to_be_invited(request):
        await _invite(request)
    parts = bytearray()
    async with asyncio.timeout(body_seconds()):
        while not content.at_eof():
            parts += await content.readany()
            _check_size(parts, limit)
    return bytes(parts)


async def _invite(request: web.Request) -> None:
    if request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def _check_size(body: bytes | bytearray, limit: int) -> None:
    if len(body) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)


def json_object(body: bytes) -> dict[str, Any]:
    """Raises InvalidInput for anything that is no JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not JSON") from None
    if not isinstance(value, dict):
        raise InvalidInput("the body is not a JSON object")
    return value
