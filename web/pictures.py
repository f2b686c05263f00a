"""The catalogue's pictures for the pages; their address follows from the content, so that browsers may keep them."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from checkout.errors import InvalidInput
from checkout.model.catalog import Catalog
from messages.pictures import Picture, page_picture
from web.static_files import FOREVER


@dataclass(frozen=True, slots=True)
class PictureLink:
    """``width`` and ``height`` in CSS pixels: their room is kept before they arrive."""

    url: str
    width: int
    height: int


class Pictures:
    """Those of the catalogue as it is at the start; a page whose picture cannot be shown goes without."""

    def __init__(self, catalog: Catalog, base_path: str) -> None:
        self._base_path = base_path
        self._pictures: dict[str, Picture] = {}
        self._links: dict[Path | None, PictureLink] = {}
        for path in (catalog.shop.logo, *(product.image for product in catalog.products.values())):
            if path is not None:
                with contextlib.suppress(InvalidInput):
                    self._add(path, page_picture(path))

    def _add(self, path: Path, picture: Picture) -> None:
        self._pictures[picture.version] = picture
        url = f"{self._base_path}/pictures/{picture.version}"
        self._links[path] = PictureLink(url, -(-picture.width // 2), -(-picture.height // 2))

    def link(self, path: Path | None) -> PictureLink | None:
        return self._links.get(path)

    async def get(self, request: web.Request) -> web.Response:
        picture = self._pictures.get(request.match_info["version"])
        if picture is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": FOREVER}
        return web.Response(body=picture.content, content_type=picture.content_type, headers=headers)
