"""A page that could not be shown: what may pass has a way on."""

import pytest

from checkout.errors import DatabaseAway, LimitReached, NotFound
from tests.integration.web.test_pages import DONE, Client, html
from tests.support.web_fakes import Fakes


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (DatabaseAway("locked"), 503, True),
        (LimitReached("page", 5), 429, True),
        (KeyError("surprise"), 500, True),
        (NotFound("no such link"), 404, False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_may_pass_can_be_tried_again(
    client: Client, fakes: Fakes, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, again: bool
) -> None:
    async def fail(_token: str) -> None:
        raise error

    monkeypatch.setattr(fakes.pages, "view", fail)
    page = await html(client, f"{DONE}?payment_intent=pi_1", status)
    assert ('<a class="primary" href="">Try again</a>' in page) is again
