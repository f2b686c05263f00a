"""The callback data of buttons: shops have open chats, so each stays what it is, and Telegram takes 64 bytes of it."""

import pytest

from checkout.model.payment import Status
from checkout.model.search import LONGEST_ID, By, Page, PageRequest, Person, Search, SearchUsername
from messages import callbacks
from messages.callbacks import Callback, Topic
from tests.support.payments import a_payment

PAYMENT = "pay_23456789abcd"
SKU = "x" * 32  # no sku is longer
NONCE = "0123456789abcdef"
NUMBER = 10**18 - 1
PAYMENTS = [a_payment(payment_id=PAYMENT), a_payment(payment_id="pay_zyxwvutsrqpn")]


def page(search: Search) -> Page:
    return Page(search, PAYMENTS, has_newer=True, has_older=True, person=Person(42, "", ""))


ABOUT = [
    (callbacks.BUY, SKU, f"buy:{SKU}"),
    (callbacks.CATALOGUE_PAGE, f"999:{SKU}", f"catalog:page:999:{SKU}"),
    (callbacks.ORDER_PAY, PAYMENT, f"order:pay:{PAYMENT}"),
    (callbacks.ORDER_RECEIPT, PAYMENT, f"order:receipt:{PAYMENT}"),
    (callbacks.ORDER_FILES, PAYMENT, f"order:files:{PAYMENT}"),
    (callbacks.LANGUAGE, "ru", "lang:ru"),
    (callbacks.EMAIL_CORRECT, PAYMENT, f"email:correct:{PAYMENT}"),
    (callbacks.EMAIL_SEND, PAYMENT, f"email:send:{PAYMENT}"),
    (callbacks.OPEN, PAYMENT, f"desk:open:{PAYMENT}"),
    (callbacks.REFRESH, PAYMENT, f"desk:refresh:{PAYMENT}"),
    (callbacks.REFUND, PAYMENT, f"desk:refund:{PAYMENT}"),
    (callbacks.REFUND_ALL, PAYMENT, f"desk:refund_all:{PAYMENT}"),
    (callbacks.REFUND_PART, PAYMENT, f"desk:refund_part:{PAYMENT}"),
    (callbacks.RESEND, PAYMENT, f"desk:resend:{PAYMENT}"),
    (callbacks.KEEP, PAYMENT, f"desk:keep:{PAYMENT}"),
    (callbacks.REVIEW_DELIVER, PAYMENT, f"review:deliver:{PAYMENT}"),
    (callbacks.REVIEW_REFUND, PAYMENT, f"review:refund:{PAYMENT}"),
    (callbacks.TO_DO_DONE, PAYMENT, f"todo:done:{PAYMENT}"),
    (callbacks.TO_DO_UNDONE, PAYMENT, f"todo:undone:{PAYMENT}"),
    (callbacks.INVOICE_CANCEL, SKU, f"invoice:cancel:{SKU}"),
    (callbacks.OUTBOX_PAGE, NUMBER, f"outbox:page:{NUMBER}"),
    (callbacks.OUTBOX_TRY, NUMBER, f"outbox:try:{NUMBER}"),
    (callbacks.OUTBOX_DROP, NUMBER, f"outbox:drop:{NUMBER}"),
    (callbacks.AUDIT_PAGE, NUMBER, f"audit:page:{NUMBER}"),
    (Topic.FORGET.yes, NONCE, f"yes:forget:{NONCE}"),
    (Topic.FORGET.no, NONCE, f"no:forget:{NONCE}"),
    (Topic.DELIVER.yes, NONCE, f"yes:deliver:{NONCE}"),
    (Topic.DELIVER.no, NONCE, f"no:deliver:{NONCE}"),
    (Topic.REFUND.yes, NONCE, f"yes:refund:{NONCE}"),
    (Topic.REFUND.no, NONCE, f"no:refund:{NONCE}"),
    (Topic.REFUND_REVIEW.yes, NONCE, f"yes:refund_review:{NONCE}"),
    (Topic.REFUND_REVIEW.no, NONCE, f"no:refund_review:{NONCE}"),
    (Topic.DROP.yes, NONCE, f"yes:drop:{NONCE}"),
    (Topic.DROP.no, NONCE, f"no:drop:{NONCE}"),
    (Topic.CANCEL_INVOICE.yes, NONCE, f"yes:cancel_invoice:{NONCE}"),
    (Topic.RESEND.yes, NONCE, f"yes:resend:{NONCE}"),
    (Topic.CANCEL_INVOICE.no, NONCE, f"no:cancel_invoice:{NONCE}"),
    (Topic.RESEND.no, NONCE, f"no:resend:{NONCE}"),
]
LISTS = [
    (callbacks.LIST, "desk:list:"),
    (callbacks.FILTERS, "desk:filters:"),
    (callbacks.FIND, "desk:find:"),
    (callbacks.FIND_AS, "desk:as:"),
]


@pytest.mark.parametrize(("kind", "about", "data"), ABOUT)
def test_buttons_about_something(kind: Callback, about: object, data: str) -> None:
    assert kind.data(about) == data
    assert kind.about(data) == str(about)
    assert len(data.encode()) <= 64


def test_buttons_about_nothing() -> None:
    assert (callbacks.CODE_AGAIN, callbacks.EMAIL_CHANGE, callbacks.EMAIL_USE) == (
        "code:again",
        "email:change",
        "email:use",
    )


def test_every_kind_of_button_is_pinned_here() -> None:
    pinned = {kind.prefix for kind, _, _ in ABOUT} | {kind.prefix for kind, _ in LISTS}
    kinds = [one for one in vars(callbacks).values() if isinstance(one, Callback)]
    kinds += [one for topic in Topic for one in (topic.yes, topic.no)]

    assert {one.prefix for one in kinds} == pinned
    assert [kind.prefix for kind, _ in LISTS] == [prefix for _, prefix in LISTS]


def test_no_kind_of_button_is_taken_for_another() -> None:
    kinds = [kind.prefix for kind, _, _ in ABOUT] + [prefix for _, prefix in LISTS]
    kinds += [callbacks.CODE_AGAIN, callbacks.EMAIL_CHANGE, callbacks.EMAIL_USE]

    assert [(one, other) for one in kinds for other in kinds if one != other and other.startswith(one)] == []


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_names_its_question(answer: str) -> None:
    assert Topic.REFUND.nonce(f"{answer}:refund:{NONCE}") == NONCE
    assert Topic.REFUND.nonce(None) == ""


@pytest.mark.parametrize("said", ["", "x", "-1", "1.0", "²", "9" * 19, "1:2"])
def test_what_is_no_number_is_the_number_that_nothing_has(said: str) -> None:
    assert callbacks.OUTBOX_PAGE.number(f"outbox:page:{said}") == 0
    assert callbacks.OUTBOX_PAGE.number(None) == 0


@pytest.mark.parametrize(
    ("search", "data"),
    [
        (Search(By.ALL), "desk:list:all::"),
        (Search(By.STATUS, Status.PARTIALLY_REFUNDED), "desk:list:partially_refunded::"),
    ],
)
def test_the_first_page_of_a_list(search: Search, data: str) -> None:
    assert callbacks.first_page(search) == data
    assert callbacks.read_list(data) == PageRequest(search.by, search.value, newer=False, payment_id="")


@pytest.mark.parametrize(
    ("search", "hint", "older"),
    [
        (Search(By.ALL), "", "desk:list:all:o:pay_zyxwvutsrqpn"),
        (
            Search(By.STATUS, Status.PARTIALLY_REFUNDED),
            "partially_refunded",
            "desk:list:partially_refunded:o:pay_zyxwvutsrqpn",
        ),
        (Search(By.CUSTOMER, "9" * LONGEST_ID), "", "desk:find:id::o:pay_zyxwvutsrqpn"),
        (Search(By.CARD, "4242"), "", "desk:find:card::o:pay_zyxwvutsrqpn"),
        (Search(By.EMAIL, "a" * 254), "254", "desk:find:mail:254:o:pay_zyxwvutsrqpn"),
    ],
)
def test_turning_the_pages_of_a_list(search: Search, hint: str, older: str) -> None:
    newer = older.replace(":o:pay_zyxwvutsrqpn", f":n:{PAYMENT}")
    read = callbacks.read_list if search.by in (By.ALL, By.STATUS) else callbacks.read_find

    assert callbacks.turn_page(page(search), newer=False) == older
    assert callbacks.turn_page(page(search), newer=True) == newer
    assert read(older) == PageRequest(search.by, hint, newer=False, payment_id="pay_zyxwvutsrqpn")
    assert read(newer) == PageRequest(search.by, hint, newer=True, payment_id=PAYMENT)
    assert max(len(older.encode()), len(newer.encode())) <= 64


@pytest.mark.parametrize("data", [None, "", "desk:list:", "desk:list:settled:o:pay_1", "desk:list:mail::"])
def test_a_list_that_there_is_not_is_read_as_none(data: str | None) -> None:
    assert callbacks.read_list(data) is None


@pytest.mark.parametrize(
    "data", [None, "", "desk:find:", "desk:find:all::o:p", "desk:find:mail:x:o:p", "desk:find:mail"]
)
def test_a_search_that_there_is_not_is_read_as_none(data: str | None) -> None:
    assert callbacks.read_find(data) is None


@pytest.mark.parametrize(
    ("search", "data"),
    [
        (Search(By.CUSTOMER, "9" * LONGEST_ID), f"desk:as:id:{'9' * LONGEST_ID}"),
        (Search(By.CARD, "4242"), "desk:as:card:4242"),
        (Search(By.EMAIL, "9" * LONGEST_ID), f"desk:as:mail:{'9' * LONGEST_ID}"),
        (SearchUsername("a" * 32), f"desk:as:name:{'a' * 32}"),
    ],
)
def test_what_was_typed_may_mean_something_else(search: Search | SearchUsername, data: str) -> None:
    assert callbacks.find_as(search) == data
    assert callbacks.read_find_as(data) == search
    assert len(data.encode()) <= 64


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "desk:as:",
        "desk:as:name:",
        "desk:as:id:x",
        f"desk:as:id:{'9' * 16}",
        "desk:as:card:42",
        "desk:as:card:4a42",
        "desk:as:all:x",
    ],
)
def test_a_reading_that_there_is_not_is_read_as_none(data: str | None) -> None:
    assert callbacks.read_find_as(data) is None
