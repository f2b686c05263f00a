"""A shop that runs looks at its surroundings: what turns bad, and good again, is told once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.doctor.look_around import SIGNS, look_around
from app.doctor.remedies import REMEDIES
from checkout.model.message_kind import Trouble
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingMail
from checkout.notifications import self_examination
from checkout.notifications.self_examination import Seen, SelfExamination
from db.storage import DatabaseStorage
from messages.chat.trouble import BEYOND_DOCTOR, WORDS
from sandbox.fake_stripe.http_layer import Keys
from tests.support.clock import MovedClock
from tests.support.shop import Shop

BAD, WELL, NOT_SEEN = {Trouble.DISK: False}, {Trouble.DISK: True}, dict[Trouble, bool]()
FOUND = ["admin_trouble_found", "admin_trouble_found"]
OVER = ["admin_trouble_over", "admin_trouble_over"]
HOUR = timedelta(hours=1)


class Surroundings:
    """What is seen at each look; the last of them from then on."""

    def __init__(self, *seen: Seen) -> None:
        self.seen = list(seen)
        self.looks = 0

    async def look(self) -> Seen:
        self.looks += 1
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_examination, "SURE_AFTER_SECONDS", 0.0)


def examination(storage: DatabaseStorage, clock: MovedClock, surroundings: Surroundings) -> SelfExamination:
    return SelfExamination(storage, clock, lambda: None, surroundings.look, (9001, 9002))


async def told(storage: DatabaseStorage, clock: MovedClock) -> list[str]:
    """The kinds of what waits, which is sent then."""
    async with storage.begin() as tx:
        messages = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
        for one in messages:
            await tx.outbox.mark_sent(one, clock.now(), "1")
    return [str(one.content.kind) for one in messages]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([[WELL]], [[]]),
        ([[NOT_SEEN]], [[]]),
        ([[BAD, BAD]], [FOUND]),
        ([[BAD, WELL]], [[]]),
        ([[BAD, NOT_SEEN]], [[]]),
        ([[BAD, BAD], [BAD], [BAD]], [FOUND, [], []]),
        ([[BAD, BAD], [NOT_SEEN], [WELL]], [FOUND, [], OVER]),
        ([[BAD, BAD], [WELL], [WELL], [BAD, BAD]], [FOUND, OVER, [], FOUND]),
    ],
    ids=["well", "not seen", "bad", "a hiccup", "seen once", "bad for long", "away meanwhile", "bad again"],
)
async def test_each_turn_is_told_once_over_every_restart(
    storage: DatabaseStorage, clock: MovedClock, looks: list[list[Seen]], expected: list[list[str]]
) -> None:
    for seen, kinds in zip(looks, expected, strict=True):
        await examination(storage, clock, Surroundings(*seen)).run_once()
        assert await told(storage, clock) == kinds
        clock.forward(seconds=HOUR.total_seconds())


async def test_it_looks_once_an_hour_whoever_asks(storage: DatabaseStorage, clock: MovedClock) -> None:
    surroundings = Surroundings(WELL)
    for _ in range(3):
        await examination(storage, clock, surroundings).run_once()
        clock.forward(seconds=HOUR.total_seconds() / 2)
    assert surroundings.looks == 2
    clock.forward(seconds=-10 * HOUR.total_seconds())  # a clock that was ahead has been set right
    await examination(storage, clock, surroundings).run_once()
    assert surroundings.looks == 3


async def test_two_who_find_the_same_tell_it_once(storage: DatabaseStorage, clock: MovedClock) -> None:
    several = [examination(storage, clock, Surroundings(BAD)) for _ in range(2)]
    await asyncio.gather(*(one.run_once() for one in several))
    assert await told(storage, clock) == FOUND


async def test_what_a_newer_version_has_found_is_left_to_it(storage: DatabaseStorage, clock: MovedClock) -> None:
    async with storage.begin() as tx:
        await tx.checkpoints.add("trouble/of next year", clock.now())
    await examination(storage, clock, Surroundings(BAD)).run_once()
    assert await told(storage, clock) == FOUND


def test_every_trouble_has_its_signs_and_words() -> None:
    assert set(WORDS) == set(Trouble)
    assert set(SIGNS) == set(Trouble) - {*BEYOND_DOCTOR}, "those the mails themselves show"
    with_remedies = {one for ids in SIGNS.values() for one in ids}
    assert with_remedies <= set(REMEDIES)


async def test_a_running_shop_sees_that_its_endpoint_is_gone(shop: Shop, tmp_path: Path) -> None:
    services = shop.services
    seen = await look_around(services.settings, services.catalog)
    assert {Trouble.ADDRESS, Trouble.MAIL_DOMAIN, Trouble.WEBHOOKS} <= set(seen)
    assert all(seen.values()), "in the sandbox all is well"
    shop.sandbox.resend.domains = {}
    seen = await look_around(services.settings, services.catalog)
    assert not seen[Trouble.MAIL_DOMAIN]
    assert seen[Trouble.ADDRESS]


@pytest.mark.parametrize("revoked", ["secret", "publishable"])
async def test_a_running_shop_sees_that_a_key_was_revoked(shop: Shop, revoked: str) -> None:
    services, keys = shop.services, shop.sandbox.stripe.keys
    assert (await look_around(services.settings, services.catalog))[Trouble.KEYS]
    secret = "sk_test_51Rolled" if revoked == "secret" else keys.secret_key
    publishable = "pk_test_51Rolled" if revoked == "publishable" else keys.publishable_key
    shop.sandbox.stripe.keys = Keys(secret, publishable)
    seen = await look_around(services.settings, services.catalog)
    assert not seen[Trouble.KEYS]
    assert seen.get(Trouble.ACCOUNT, True), "of the account nothing is said"


async def test_a_shop_that_looks_at_itself_mails_meanwhile_and_afterwards(shop: Shop) -> None:
    """Resend's SDK knows one session a process; that of the look is closed behind it."""
    services = shop.services

    async def mail(key: str) -> str:
        mail = OutgoingMail("anna@example.com", "Hello", "<p>Hello</p>", "Hello", {"kind": "test"}, ())
        return await services.mail_sender.send(mail, key)

    looking = asyncio.create_task(look_around(services.settings, services.catalog))
    sent: list[str] = []
    while not looking.done():
        sent.append(await mail(f"meanwhile-{len(sent)}"))
    seen = await looking
    assert seen[Trouble.MAIL_DOMAIN]
    sent.append(await mail("afterwards"))
    assert sorted(one.id for one in shop.sandbox.resend.mails) == sorted(sent)
