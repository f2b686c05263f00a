"""Our few files of script and style, read once; their address carries a hash, so that browsers may keep them."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# The page's script in the order in which its parts need each other: one file, for they compress better together.
SCRIPT = "pay.js"
PARTS = ("pay-requests.js", "pay-stripe.js", "pay-elements.js", "pay-confirm.js", "pay-form.js", "pay.js")
# For who reads the source; a customer's line has no need of it.
FOR_READERS = re.compile(rb"^ *(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)\n|^ +", re.MULTILINE)
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticLink:
    """``integrity`` as browsers check it: what was changed on the way is not run."""

    url: str
    integrity: str


@dataclass(frozen=True, slots=True)
class StaticFile:
    body: bytes
    content_type: str
    version: str
    integrity: str
    compressed: bytes


class StaticFiles:
    def __init__(self, base_path: str) -> None:
        self._base_path = base_path
        styles = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}
        script = b"".join((STATIC / "script" / name).read_bytes() for name in PARTS)
        files = {**styles, SCRIPT: script}
        self._files = {name: _file(FOR_READERS.sub(b"", body), name) for name, body in files.items()}

    def link(self, name: str) -> StaticLink:
        file = self._files[name]
        return StaticLink(f"{self._base_path}/static/{name}?v={file.version}", file.integrity)

    def contents(self) -> Mapping[str, bytes]:
        """Every file by its name."""
        return {name: file.body for name, file in self._files.items()}

    async def get(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        etag = f'"{file.version}"'
        # An address without today's hash may mean another content tomorrow.
        lasting = request.query.get("v") == file.version
        headers = {"ETag": etag, "Cache-Control": FOREVER if lasting else "no-cache", "Vary": "Accept-Encoding"}
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = file.body
        if takes_gzip(request):
            body = file.compressed
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type=file.content_type, charset="utf-8", headers=headers)


def takes_gzip(request: web.Request) -> bool:
    """By its own word; ``gzip;q=0`` refuses it."""
    for one in request.headers.get("Accept-Encoding", "")[:500].lower().split(","):
        coding, _, weight = one.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


def _file(body: bytes, name: str) -> StaticFile:
    integrity = f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"
    version, compressed = hashlib.sha256(body).hexdigest()[:16], gzip.compress(body, mtime=0)
    return StaticFile(body, TYPES[Path(name).suffix], version, integrity, compressed)
