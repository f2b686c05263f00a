"""What was bought, on the page too: files by a link that is worth as much as the pay link itself."""

from pathlib import Path

from aiohttp import web
from aiohttp.payload import BufferedReaderPayload

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
        return _download(product.files[int(number)])


def _download(path: Path) -> web.Response:
    """Read piece by piece as the customer's line takes it; saved, never shown in our origin."""
    try:
        content = path.open("rb")
    except OSError as error:
        raise web.HTTPNotFound from error
    body = BufferedReaderPayload(content, filename=path.name, content_type="application/octet-stream")
    return web.Response(body=body)
