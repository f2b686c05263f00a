"""The pages for people: to pay, to wait, to read that it is paid, and to learn what went wrong."""

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from checkout.model.payment import Payment, Status
from messages.language.declines import all_declines
from messages.language.i18n import LANGUAGE_NAMES, texts
from messages.links import chat_url
from web.dependencies import WebDependencies
from web.errors import LANGUAGE, Problem, problem_text
from web.language import ChosenForBank, chosen_language
from web.page_content import show
from web.page_words import action_of, support_link
from web.phone_code import phone_code
from web.pictures import PictureLink, Pictures
from web.security import origin_of
from web.static_files import SCRIPT, StaticFiles, takes_gzip
from web.tokens import pay_token_of

TEMPLATES = Path(__file__).parent / "templates"
# A sentence that hangs on the language alone.
SENTENCE = re.compile(r'\{\{ _\("([^"\\]+)"\) \}\}')
# Less effort costs an eighth more bytes, which the page's 16 KB have no room for; more gains nothing that counts.
COMPRESSION = 5


class SpokenTemplates(FileSystemLoader):
    """The templates with their sentences in one language: a page of fifty need not ask for each of them anew."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        super().__init__(TEMPLATES)
        self._translate = translate

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_up_to_date = super().get_source(environment, template)
        return SENTENCE.sub(lambda found: escape(self._translate(found[1])), source), path, is_up_to_date


# Words fill most of every page, and are the same in all of a language.
@lru_cache(maxsize=8)
def _templates(language: str) -> Environment:
    translate = texts("page", language).gettext
    templates = Environment(
        loader=SpokenTemplates(translate),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals["_"] = translate
    return templates


@lru_cache(maxsize=8)
def _declines(language: str) -> str:
    return _templates(language).get_template("declines.html").render(declines=all_declines(language)).rstrip()


class PayPages:
    def __init__(
        self, dependencies: WebDependencies, static: StaticFiles, pictures: Pictures, for_bank: ChosenForBank
    ) -> None:
        self._dependencies, self._pictures, self._for_bank = dependencies, pictures, for_bank
        shop = dependencies.catalog.shop
        self._of_the_shop = {
            "shop": shop,
            "logo": pictures.link(shop.logo),
            "support": support_link(shop.support),
            "page_css": static.link("page.css"),
            "pay_css": static.link("pay.css"),
            "script": static.link(SCRIPT),
            "stripe_js_url": dependencies.stripe_js_url,
            "stripe_origin": origin_of(dependencies.stripe_js_url),
        }

    async def pay(self, request: web.Request) -> web.Response:
        """Reads only: link previews and mail scanners open links too."""
        return await self._payment(request, done=False)

    async def done(self, request: web.Request) -> web.Response:
        """Where Stripe sends the customer back to. What the query says of a payment is not looked at."""
        return await self._payment(request, done=True)

    async def _payment(self, request: web.Request, *, done: bool) -> web.Response:
        token = pay_token_of(request)
        view = await self._dependencies.pages.view(token)
        chosen = chosen_language(request) or (self._for_bank.of(token) if done else None)
        view = replace(view, language=chosen or view.language)
        request[LANGUAGE] = view.language
        html = self._render(
            "pay.html",
            view.language,
            page=show(view, self._dependencies.catalog, self._dependencies.clock.now(), done=done),
            picture=self._picture_of(view.payment),
            action=action_of(view, self._dependencies.bot_username()),
            declines=_declines(view.language),
            done=done,
            chosen=chosen,
            base=f"{self._dependencies.base_path}/pay/{token}",
            phone_code=phone_code(self._dependencies.pay_url(token)) if view.is_payable else "",
        )
        return _html(html, 410 if view.status is Status.EXPIRED else 200, compressed=takes_gzip(request))

    def _picture_of(self, payment: Payment) -> PictureLink | None:
        product = self._dependencies.catalog.sold_as(payment.sku, payment.title)
        return self._pictures.link(product.image) if product else None

    def problem(self, problem: Problem, language: str) -> web.Response:
        text = problem_text(problem, language, self._dependencies.catalog.shop.support)
        html = self._render("problem.html", language, problem=problem, text=text, chosen=None)
        return _html(html, problem.status, problem.all_headers)

    def _render(self, template: str, language: str, **context: object) -> str:
        name = self._dependencies.bot_username()
        return (
            _templates(language)
            .get_template(template)
            .render(
                language=language,
                others=[one for one in LANGUAGE_NAMES.items() if one[0] != language],
                bot_url=chat_url(name) if name else "",
                **self._of_the_shop,
                **context,
            )
        )


def _html(html: str, status: int, headers: dict[str, str] | None = None, *, compressed: bool = False) -> web.Response:
    """Nothing that a stranger chooses stands in a page: its length under compression tells nobody anything."""
    body, more = html.encode(), {"Vary": "Accept-Encoding", **(headers or {})}
    if compressed:
        body, more = gzip.compress(body, COMPRESSION, mtime=0), {"Content-Encoding": "gzip", **more}
    return web.Response(body=body, status=status, content_type="text/html", charset="utf-8", headers=more)
