"""Stripe's webhook endpoint: exactly one leads here, its secret is ours, and no secret is ever lost."""

import pytest

from app.setup.answers import Answers
from providers.stripe_account import DESCRIPTION, StripeAccount, fingerprint
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION
from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.webhooks import Endpoint
from tests.support.project import PUBLIC_URL
from tests.support.setup.new_shop import NewShop

URL = f"{PUBLIC_URL}/webhooks/stripe"
ANOTHER_SECRET = "whsec_Xq7rT2mZ9kLw4VnB6sJd"


def endpoints(new_shop: NewShop) -> list[Endpoint]:
    return list(new_shop.sandbox.stripe.webhooks.endpoints.values())


def written(new_shop: NewShop) -> str:
    return str(new_shop.env()["STRIPE_WEBHOOK_SECRET"])


def forget_secret(new_shop: NewShop, other: str = "") -> None:
    path = new_shop.folder / ".env"
    path.write_text(path.read_text().replace(written(new_shop), other))


async def test_an_endpoint_that_was_changed_is_mended_and_keeps_its_secret(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (made,), secret = new_shop.sandbox.stripe.store.webhook_endpoints.values(), written(new_shop)
    made.update(enabled_events=["charge.failed"], status="disabled")
    assert (await new_shop.set_up({})).code == 0
    assert (set(made["enabled_events"]), made["status"]) == (set(HANDLED_TYPES), "enabled")
    assert written(new_shop) == secret


@pytest.mark.parametrize("other", ["", ANOTHER_SECRET, "whsec_too_short"])
async def test_a_lost_or_foreign_secret_is_made_up_for_by_a_new_endpoint(new_shop: NewShop, other: str) -> None:
    await new_shop.set_up()
    (old,) = endpoints(new_shop)
    forget_secret(new_shop, other)
    assert (await new_shop.set_up({})).code == 0
    (new,) = endpoints(new_shop)
    assert new.endpoint_id != old.endpoint_id
    assert written(new_shop) == new.secret
    assert (await new_shop.set_up({})).code == 0
    assert endpoints(new_shop) == [new]


async def test_an_endpoint_of_an_old_api_version_is_made_anew(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (old,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    old["api_version"] = "2023-10-16"
    said = await new_shop.set_up({})
    (new,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    assert new["api_version"] == API_VERSION
    assert written(new_shop) == endpoints(new_shop)[0].secret
    assert "restart `checkout-bot serve`" in said.text


async def test_one_of_two_secrets_is_enough_while_one_is_being_rolled(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (made,) = endpoints(new_shop)
    forget_secret(new_shop, f"{ANOTHER_SECRET},{made.secret}")
    assert (await new_shop.set_up({})).code == 0
    assert endpoints(new_shop) == [made]
    assert written(new_shop) == f"{ANOTHER_SECRET},{made.secret}"
    forget_secret(new_shop, ANOTHER_SECRET)  # the old one has expired
    assert (await new_shop.set_up({})).code == 0
    assert endpoints(new_shop) == [made]
    assert written(new_shop) == ANOTHER_SECRET


async def test_a_secret_that_was_rolled_is_noted_when_it_is_said(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (made,) = endpoints(new_shop)
    forget_secret(new_shop, ANOTHER_SECRET)
    assert (await new_shop.set_up({}, more="--stripe-secret-rolled")).code == 0
    assert endpoints(new_shop) == [made]
    assert (await new_shop.set_up({})).code == 0
    assert endpoints(new_shop) == [made]
    (kept,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    assert kept["metadata"]["secret_fingerprint"] == fingerprint(ANOTHER_SECRET)


async def test_whatever_is_said_an_endpoint_whose_secret_nobody_has_is_made_anew(new_shop: NewShop) -> None:
    await new_shop.set_up()
    (made,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    made["metadata"] = {"secret_fingerprint": "unfinished"}
    assert (await new_shop.set_up({}, more="--stripe-secret-rolled")).code == 0
    assert [one.endpoint_id for one in endpoints(new_shop)] != [made["id"]]


async def test_an_endpoint_made_by_hand_is_left_alone_while_there_is_a_secret(new_shop: NewShop) -> None:
    made = new_shop.sandbox.stripe.add_endpoint(URL, ANOTHER_SECRET, HANDLED_TYPES)
    new_shop.sandbox.stripe.store.webhook_endpoints[made]["api_version"] = API_VERSION
    said = await new_shop.set_up(more=f"--stripe-webhook-secret {ANOTHER_SECRET}")
    assert said.code == 0
    assert "doctor --probe` proves it" in said.text
    assert [one.endpoint_id for one in endpoints(new_shop)] == [made]
    assert written(new_shop) == ANOTHER_SECRET


async def test_the_secret_is_written_before_anything_else_is_asked_of_stripe(
    new_shop: NewShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = StripeAccount.note_secrets

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StripeAccount, "note_secrets", killed)
    with pytest.raises(KeyboardInterrupt):
        await new_shop.set_up()
    (half,) = endpoints(new_shop)
    assert written(new_shop) == half.secret
    monkeypatch.setattr(StripeAccount, "note_secrets", finish)
    assert (await new_shop.set_up({})).code == 0
    (whole,) = endpoints(new_shop)
    assert written(new_shop) == whole.secret
    (kept,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    assert kept["metadata"]["secret_fingerprint"] == fingerprint(whole.secret)


async def test_an_endpoint_whose_secret_was_lost_in_a_crash_is_not_trusted(
    new_shop: NewShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Answers.keep

    def killed(answers: Answers, name: str, value: str) -> None:
        if name == "STRIPE_WEBHOOK_SECRET":
            raise KeyboardInterrupt
        keep(answers, name, value)

    monkeypatch.setattr(Answers, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        await new_shop.set_up()
    (lost,) = endpoints(new_shop)
    monkeypatch.setattr(Answers, "keep", keep)
    assert (await new_shop.set_up({})).code == 0
    (whole,) = endpoints(new_shop)
    assert whole.endpoint_id != lost.endpoint_id
    assert written(new_shop) == whole.secret


async def test_an_answer_that_is_lost_leaves_no_second_endpoint_behind(new_shop: NewShop) -> None:
    new_shop.sandbox.stripe.faults.set(FaultMode.RESET_BODY, remaining=1, path_contains="webhook_endpoints")
    said = await new_shop.set_up()
    if said.code:
        assert (await new_shop.set_up({})).code == 0
    (made,) = endpoints(new_shop)
    assert written(new_shop) == made.secret


@pytest.mark.parametrize(("shop", "flag", "left"), [("", "--delete-old-endpoints", 2), ("ours", "", 2),
                                                    ("ours", "--delete-old-endpoints", 1),
                                                    ("other", "--delete-old-endpoints", 2)])  # fmt: skip
async def test_endpoints_at_other_addresses_go_only_when_they_are_ours_and_it_is_said(
    new_shop: NewShop, shop: str, flag: str, left: int
) -> None:
    await new_shop.set_up()
    (made,) = new_shop.sandbox.stripe.store.webhook_endpoints.values()
    ours = made["metadata"]["shop"]
    other_id = new_shop.sandbox.stripe.add_endpoint("https://old.example.com/webhooks/stripe", ANOTHER_SECRET)
    other = new_shop.sandbox.stripe.store.webhook_endpoints[other_id]
    other.update(description=DESCRIPTION, metadata={"shop": ours if shop == "ours" else shop})
    said = await new_shop.set_up({}, more=flag)
    assert said.code == 0
    assert len(endpoints(new_shop)) == left
    assert ("https://old.example.com" in said.text) is (shop != "other")


async def test_what_stripe_refuses_remains(new_shop: NewShop) -> None:
    for number in range(16):
        new_shop.sandbox.stripe.add_endpoint(f"https://elsewhere.example/{number}", ANOTHER_SECRET)
    said = await new_shop.set_up()
    assert said.code == 1
    assert any("maximum of 16" in one for one in said.remains)
