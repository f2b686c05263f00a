"""Which addresses are asked about before anything is mailed to them."""

import pytest

from checkout.purchase.typos import PROVIDERS, likely_typo, only_address, with_points


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.ru", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("yandex.con", "yandex.com"),
        ("yandex.ry", "yandex.ru"),
        ("yandx.ru", "yandex.ru"),
        ("yanedx.ru", "yandex.ru"),
        ("mail.rru", "mail.ru"),
        ("maill.ru", "mail.ru"),
        ("ramber.ru", "rambler.ru"),
        ("inbox.rk", "inbox.ru"),
        ("bk.rru", "bk.ru"),
        ("outlok.com", "outlook.com"),
        ("hotmai.com", "hotmail.com"),
        ("yahoo.cmo", "yahoo.com"),
        ("icloud.co", "icloud.com"),
        ("icluod.com", "icloud.com"),
        ("proton.mee", "proton.me"),
        ("protonmial.com", "protonmail.com"),
        ("gmx.dee", "gmx.de"),
    ],
)
def test_a_slip_in_a_large_providers_name_or_ending_is_seen(typed: str, meant: str) -> None:
    assert likely_typo(f"ben@{typed}") == f"ben@{meant}"


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_provider_is_taken_for_another(name: str) -> None:
    assert [likely_typo(f"ben@{name}.{ending}") for ending in PROVIDERS[name]] == [None] * len(PROVIDERS[name])


@pytest.mark.parametrize(
    "domain",
    [
        "example.com",
        "example.org",
        "googlemail.com",
        "company.ru",
        "pm.me",
        "hey.com",
        "uni-bonn.de",
        "mail.company.com",
    ],
)
def test_other_domains_are_left_alone(domain: str) -> None:
    assert likely_typo(f"ben@{domain}") is None


@pytest.mark.parametrize(
    "typed",
    [
        "My address is ben@gmail.com thanks",
        "Email:ben@gmail.com",
        "почта:ben@gmail.com",
        "MAILTO:Ben@gmail.com?subject=hello",
        "[ben@gmail.com](mailto:ben@gmail.com)",
        "https://ben@gmail.com/",
        "„ben@gmail.com“",
        "`ben@gmail.com`",
        "ben@gmail.com?",
        "👍ben@gmail.com😊",
        "ben@gmail.com code 123456",
        "my address is ben @ gmail.com thanks",
    ],
)
def test_the_only_address_in_a_text_is_found(typed: str) -> None:
    assert only_address(typed) == "ben@gmail.com"
    assert only_address(typed.replace("gmail.com", "почта.рф")) == "ben@почта.рф"


@pytest.mark.parametrize("name", ["o'brien", "o’brien", "ben&anna"])
@pytest.mark.parametrize("typed", ["{}@gmail.com?", "Email:{}@gmail.com", "it is {}@gmail.com thanks"])
def test_a_name_with_a_sign_in_it_is_found_as_a_whole(name: str, typed: str) -> None:
    assert only_address(typed.format(name)) == f"{name}@gmail.com"


@pytest.mark.parametrize(
    "typed",
    [
        "ben@gmail.com or anna@gmail.com",
        "ben@gmail.com/anna@gmail.com",
        "ben@gmail.com, anna @ gmail.com",
        "веn@gmail.com",
        "a@b@gmail.com",
        "ben@gmail",
        "@ben",
        "",
    ],
)
def test_no_part_of_a_word_and_none_of_two_is_taken_for_it(typed: str) -> None:
    assert only_address(typed) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "ben@@gmail.com",
        "ben@ @gmail.com",
        "ben@.gmail.com",
        "ben@gmail.",
        "ben@gmail,com",
        "ben@gmail;com",
        "ben@gmail:com",
        "ben@gmail/com",
        "ben@gmail com",
        "ben@gmailcom",
        "ben @ gmail . com",
    ],
)
def test_points_and_signs_that_slipped_are_put_right(typed: str) -> None:
    assert with_points(typed) == "ben@gmail.com"
