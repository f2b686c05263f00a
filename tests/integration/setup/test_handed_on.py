"""docker compose reads `shop/.env` and hands it on as environment: that file stays where answers are written."""

from tests.support.setup.new_shop import NewShop

ONCE = "it is shown this once"


def handed_on(new_shop: NewShop) -> dict[str, str]:
    return {name: value or "" for name, value in new_shop.env().items()}


async def test_the_empty_lines_of_the_example_are_filled_in(new_shop: NewShop) -> None:
    names = ("BOT_TOKEN", "ADMIN_IDS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "MAIL_FROM", "SECRET_KEY")
    (new_shop.folder / ".env").write_text("".join(f"{name}=\n" for name in names))
    said = await new_shop.set_up(environment=handed_on(new_shop))
    assert (said.code, ONCE in said.text) == (0, False)
    assert all(new_shop.env()[name] for name in names)


async def test_a_secret_that_was_emptied_is_made_anew(new_shop: NewShop) -> None:
    await new_shop.set_up()
    env, old = new_shop.folder / ".env", new_shop.env()["STRIPE_WEBHOOK_SECRET"]
    env.write_text(env.read_text().replace(f"STRIPE_WEBHOOK_SECRET={old}", "STRIPE_WEBHOOK_SECRET="))
    said = await new_shop.set_up({}, environment=handed_on(new_shop))
    assert (said.code, ONCE in said.text) == (0, False)
    assert new_shop.env()["STRIPE_WEBHOOK_SECRET"] not in ("", old)


async def test_another_answer_is_written_and_what_has_the_old_one_is_named(new_shop: NewShop) -> None:
    await new_shop.set_up()
    other = {"--mail-from": "Day Books <day@sandbox.example>"}
    said = await new_shop.set_up(other, environment=handed_on(new_shop))
    assert (said.code, ONCE in said.text) == (0, False)
    assert "The environment has MAIL_FROM as it was before" in said.text
    assert new_shop.env()["MAIL_FROM"] == other["--mail-from"]


async def test_what_the_environment_has_of_its_own_is_printed(new_shop: NewShop) -> None:
    await new_shop.set_up()
    said = await new_shop.set_up(
        {"--mail-from": "Day Books <day@sandbox.example>"}, environment={"MAIL_FROM": "Books <books@sandbox.example>"}
    )
    assert (said.code, ONCE in said.text) == (1, True)
    assert new_shop.env()["MAIL_FROM"] == new_shop.flags["--mail-from"]
