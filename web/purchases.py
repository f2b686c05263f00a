"""What was bought, on the page too: files by a link that is worth as much as the pay link itself."""

import os
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiohttp.payload import BufferedReaderPayload

from checkout.model.text import file_name
from web.dependencies import WebDependencies
from web.errors import LANGUAGE
from web.page_content import bought
from web.rate_limits import PayLimits
from web.tokens import pay_token_of


class Purchases:
    """For as long as it is the customer's: not once all of the money was given back."""

    def __init__(self, dependencies: WebDependencies, limits: PayLimits) -> None:
        self._dependencies, self._limits = dependencies, limits

    async def file(self, request: web.Request) -> web.Response:
        token = pay_token_of(request)
        view = await self._dependencies.pages.view(token)
        request[LANGUAGE] = view.language
        product = bought(view, self._dependencies.catalog)
        number = request.match_info["number"]
        if product is None or int(number) >= len(product.files):
            raise web.HTTPNotFound
        self._limits.check_file(token)
        return _download(product.files[int(number)], request)


def _download(path: Path, request: web.Request) -> web.Response:
    """Read piece by piece as the customer's line takes it, and on from where it broke off; saved, never shown in our
    origin."""
    try:
        content = path.open("rb")
    except OSError as error:
        raise web.HTTPNotFound from error
    about = os.fstat(content.fileno())
    edition = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
    headers = {"Accept-Ranges": "bytes", "ETag": edition, "Content-Disposition": _saved_as(file_name(path.name))}
    start = _goes_on_at(request, edition)
    if 0 < start < about.st_size:
        content.seek(start)
        headers["Content-Range"] = f"bytes {start}-{about.st_size - 1}/{about.st_size}"
    body = BufferedReaderPayload(content, content_type="application/octet-stream")
    return web.Response(body=body, status=206 if "Content-Range" in headers else 200, headers=headers)


def _saved_as(name: str) -> str:
    """Its name in every alphabet (RFC 6266): only some browsers read percent signs in the plain one."""
    plain = "".join(char if char.isascii() else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _goes_on_at(request: web.Request, edition: str) -> int:
    """Any other part than the rest is answered with the whole, as it may be; so is a file that is another by now."""
    if request.method != "GET" or request.headers.get("If-Range", edition) != edition:
        return 0
    try:
        part = request.http_range
    except ValueError:
        return 0
    return part.start or 0 if part.stop is None else 0
