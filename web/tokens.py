"""The pay token in an address."""

import re

from aiohttp import web

from checkout.errors import NotFound

PAY_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)


def pay_token_of(request: web.Request) -> str:
    """Raises NotFound for what no token looks like, before anybody is asked for it."""
    token = request.match_info["token"]
    if not PAY_TOKEN.fullmatch(token):
        raise NotFound("no token looks like this")
    return token
