"""Which spellings of an address reach one mailbox, as the providers document it."""

import pytest

from checkout.model.customer import mailbox_key

ONE_MAILBOX = [
    ["anna.s@gmail.com", "annas@gmail.com", "a.n.n.a.s+x@googlemail.com", "ANNA.S@Gmail.com"],
    ["anna.s@yandex.ru", "anna-s@yandex.ru", "anna.s@ya.ru", "anna-s@yandex.com", "anna.s+x@yandex.kz"],
    ["anna@yandex.com.tr", "anna@ya.ru", "anna+1@yandex.by"],
    ["anna@proton.me", "anna@pm.me", "a.n-n_a@protonmail.com", "anna+x@protonmail.ch"],
    ["anna@icloud.com", "anna@me.com", "anna@mac.com", "anna+x@icloud.com"],
    ["anna@fastmail.com", "anna+x@fastmail.com", "x@anna.fastmail.com", "shop@anna.fastmail.com"],
    ["anna@outlook.com", "anna+x@outlook.com"],
    ["anna@example.org", "anna+x@example.org"],
]
OTHERS = [
    ("anna.s@outlook.com", "annas@outlook.com"),
    ("anna.s@yandex.ru", "annas@yandex.ru"),
    ("anna.s@example.org", "annas@example.org"),
    ("anna@outlook.com", "anna@hotmail.com"),
    ("anna@fastmail.com", "ben@fastmail.com"),
    ("a@anna.fastmail.com", "a@ben.fastmail.com"),
    ("anna@gmail.com", "anna@gmail.com.example.org"),
    ("anna@ya.ru", "anna@yandex.example.org"),
    ("+anna@example.org", "+ben@example.org"),
]


@pytest.mark.parametrize("spellings", ONE_MAILBOX)
def test_spellings_of_one_mailbox_have_one_key(spellings: list[str]) -> None:
    assert len({mailbox_key(one) for one in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_mailboxes_have_other_keys(one: str, other: str) -> None:
    assert mailbox_key(one) != mailbox_key(other)
