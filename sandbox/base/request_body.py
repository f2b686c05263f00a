"""A request's body as a nested dict, whatever form it came in."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web


async def parse_body(request: web.Request) -> dict[str, Any]:
    """JSON, form, multipart or query as a nested dict; a JSON document that is no object is under ``""``."""
    if request.method in ("GET", "DELETE") and not request.can_read_body:
        return nested(request.query.items())
    if request.content_type.startswith("multipart/"):
        return nested([item async for item in _parts(request)])
    raw = await request.read()
    if request.content_type == "application/json":
        try:
            document = json.loads(raw or b"{}")
        except ValueError:
            return {"": raw.decode(errors="replace")}
        return document if isinstance(document, dict) else {"": document}
    return nested(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))


async def _parts(request: web.Request) -> Any:
    # All of it first: reading parts as they arrive, aiohttp stumbles over its own deprecated `unread_data`.
    whole = await request.read()
    stream = StreamReader(request.protocol, len(whole), loop=asyncio.get_running_loop())
    stream.feed_data(whole)
    stream.feed_eof()
    async for part in MultipartReader(request.headers, stream):
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            yield part.name or "", content.decode(errors="replace")
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            yield part.name or "", {"filename": part.filename, "content_type": kind, "content": content}


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Unfolds bracketed names: ``a[b]=1`` to ``{"a": {"b": "1"}}``, ``a[]=1`` and ``a[0]=1`` to a list."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        steps = [head, *(rest.removesuffix("]").split("][") if rest else [])]
        node = root
        for step in steps[:-1]:
            child = node.setdefault(step or str(len(node)), {})
            if not isinstance(child, dict):
                raise web.HTTPBadRequest(reason=f"Invalid parameter name: {name[:60]!r}")
            node = child
        node[steps[-1] or str(len(node))] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and all(key == str(index) for index, key in enumerate(inner)):
        return list(inner.values())
    return inner
