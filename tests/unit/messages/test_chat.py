"""What is said in the chat about a payment, in every state of it."""

from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.catalog import Catalog, LocalizedText
from checkout.model.message_content import Content, PaymentFile, PaymentPaid, PaymentRefunded, PayMessage
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Fulfilment, Payment, Status
from messages.language.text import shorten_visible
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.message_samples import (
    ABOUT_A_PAYMENT,
    LANGUAGES,
    NASTY,
    assert_telegram_takes,
    buttons,
    chat,
    message,
    shown,
    with_files,
)
from tests.support.payments import a_paid_payment, a_payment, with_voucher
from tests.support.project import CATALOG, PUBLIC_URL

PAY_URL = f"{PUBLIC_URL}/pay/token-1"


def foreign(value: Any) -> Any:
    """The same with foreign text in every place where there is any, and much of it."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: foreign(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(foreign(one) for one in value)
    return NASTY * 100 if type(value) is str else value


def pay_message(of: Payment, language: str = "en", catalog: Catalog = CATALOG) -> OutgoingChat:
    return MessageRenderer(catalog, PUBLIC_URL).pay_message(of, language, NOON)


@LANGUAGES
@pytest.mark.parametrize("content", ABOUT_A_PAYMENT)
@pytest.mark.parametrize("status", list(Status))
def test_every_kind_renders_for_every_status(content: Content, status: Status, language: str) -> None:
    sent = chat(content, a_payment(language=language, status=status), language)

    assert_telegram_takes(sent)
    assert "{" not in sent.text


@LANGUAGES
@pytest.mark.parametrize("content", ABOUT_A_PAYMENT)
def test_every_kind_renders_from_foreign_text(content: Content, language: str) -> None:
    nasty = LocalizedText({"en": NASTY * 40})
    product = replace(CATALOG.products["guide"], text=nasty, description=nasty)
    shop = replace(CATALOG.shop, name=NASTY, support=NASTY)
    of = a_paid_payment(title=NASTY * 50, email=f"{NASTY}@example.com", payment_id=NASTY)
    for one in (content, foreign(content)):
        sent = chat(one, of, language, Catalog(shop, {"guide": product}))
        assert_telegram_takes(sent)
        assert "&lt;b&gt;&amp;" in sent.text


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.CANCELED])
def test_only_a_payable_payment_has_a_button_to_the_page(status: Status) -> None:
    sent = pay_message(a_payment(status=status))

    assert buttons(sent)[0].url == PAY_URL


@pytest.mark.parametrize(
    "status", [one for one in Status if one not in (Status.PENDING, Status.FAILED, Status.CANCELED)]
)
def test_where_nothing_may_be_paid_there_is_no_button_to_the_page(status: Status) -> None:
    assert not any(button.url for button in buttons(pay_message(a_payment(status=status))))


def test_the_pay_button_is_named_by_what_it_does_and_the_amount() -> None:
    english, russian = pay_message(a_payment()), pay_message(a_payment(language="ru"), "ru")

    assert [button.text for button in buttons(english)] == ["Pay €19.00", "Change address"]
    assert [button.text for button in buttons(russian)] == ["Оплатить 19,00\u00a0€", "Изменить адрес"]
    assert english.buttons[1] == (Button("Change address", callback_data="email:change"),)


def test_a_pending_message_tells_what_how_much_where_to_and_how_long() -> None:
    text = shown(pay_message(a_payment(language="ru"), "ru"))

    for part in ("Путеводитель по городу", "Три прогулки", "Сумма: 19,00 €", "anna@example.com"):
        assert part in text
    assert "Действует до завтра, 14:00 (по Таллину)" in text


def test_a_decline_is_told_in_words_with_a_button_to_try_again() -> None:
    sent = pay_message(a_payment(status=Status.FAILED, failure_code="insufficient_funds"))

    assert "not enough money" in shown(sent)
    assert "No money was taken." in shown(sent)
    assert [button.text for button in buttons(sent)] == ["Try again", "Change address"]


def test_a_voucher_that_waits_is_a_button_with_its_last_moment() -> None:
    sent = pay_message(with_voucher(a_payment(language="ru")), "ru")

    assert "Реквизиты для оплаты готовы. Оплатите до 25 ноября 2026, 14:00 (по Таллину)." in shown(sent)
    assert [(button.text, button.url) for button in buttons(sent)] == [
        ("Реквизиты для оплаты", "https://payments.stripe.com/voucher/1"),
        ("Оплатить иначе", f"{PUBLIC_URL}/pay/token-1"),
    ]


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.CANCELED])
def test_past_its_time_a_link_is_shown_expired_with_a_button_for_a_new_one(status: Status) -> None:
    sent = pay_message(a_payment(status=status, expires_at=NOON - timedelta(seconds=1)), "ru")

    assert "Срок действия ссылки истёк." in shown(sent)
    assert buttons(sent) == [Button("Новая ссылка", callback_data="buy:guide")]


def test_an_expired_link_to_what_is_sold_no_more_leads_to_support() -> None:
    sent = pay_message(a_payment(status=Status.EXPIRED), catalog=replace(CATALOG, products={}))

    assert buttons(sent) == []
    assert "@nightmarket_help" in shown(sent)


@pytest.mark.parametrize(
    ("amount_refunded", "refunded"), [(0, None), (500, "Refunded: €5.00"), (1900, "Refunded: €19.00")]
)
def test_a_dispute_is_not_mentioned_only_what_was_paid_and_given_back(
    amount_refunded: int, refunded: str | None
) -> None:
    text = shown(pay_message(a_paid_payment(status=Status.DISPUTED, amount_refunded=amount_refunded)))

    assert "Paid on 22 November 2026, 14:00 (Tallinn time)" in text
    assert "disput" not in text.lower()
    assert ("Refunded" in text) == bool(refunded)
    assert (refunded or "") in text


def test_a_payment_in_review_tells_not_to_pay_again_and_how_to_reach_the_shop() -> None:
    text = shown(pay_message(a_payment(status=Status.REVIEW)))

    assert "do not pay again" in text
    assert "@nightmarket_help" in text
    assert "pay_1" in text


def test_the_outbox_edits_the_message_that_stands_in_the_chat() -> None:
    of = a_payment(status=Status.PROCESSING, chat_message_id=41)

    assert chat(PayMessage(), of).edits == 41
    assert replace(chat(PayMessage(), of), edits=None) == pay_message(of)


@pytest.mark.parametrize("content", [PayMessage(), PaymentPaid(2)])
def test_the_receipt_is_a_document_that_tells_the_story(content: Content) -> None:
    sent = chat(content, a_paid_payment(sku="course", language="ru"), "ru")

    assert sent.document is not None
    assert sent.document.filename == "kvitantsiya-000001.pdf"
    assert sent.document.content.startswith(b"%PDF")
    for part in (
        "Курс «Ночная фотография»",
        "49,00 €",
        "Квитанция № 000001",
        "anna@example.com",
    ):
        assert part in shown(sent)
    assert sent.silent == (content == PayMessage()), "the purchase makes the sound"
    assert shown(sent).startswith("Вот ваша квитанция ещё раз.") == (content != PayMessage())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "✅ Thank you! Here is your “City guide”. The receipt is above and in your mail."),
        ("ru", "✅ Спасибо! Вот ваша покупка: «Путеводитель по городу». Квитанция — выше и в почте."),
    ],
)
def test_the_purchase_thanks_and_is_the_file(language: str, words: str) -> None:
    title = CATALOG.products["guide"].title.in_(language)
    sent = chat(PaymentFile(0), a_paid_payment(title=title), language)

    assert shown(sent) == words
    assert sent.document is not None and sent.document.filename == "guide.pdf"
    assert not sent.silent


def test_a_product_without_files_is_its_text() -> None:
    sent = chat(PaymentFile(0), a_paid_payment(sku="course", title="Course"))

    assert shown(sent).startswith(
        "✅ Thank you! Here is your “Course”. The receipt is above and in your mail.\n\nYour acc"
    )
    assert sent.document is None


def test_further_files_follow_without_a_sound(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.pdf", "b.pdf")]
    for path in paths:
        path.write_bytes(b"%PDF")
    second = chat(PaymentFile(1), a_paid_payment(), catalog=with_files("guide", *paths))

    assert second.document is not None and second.document.filename == "b.pdf"
    assert (second.text, second.silent) == ("", True)


@pytest.mark.parametrize("length", [700, 900, 3000])
@pytest.mark.parametrize("letter", ["ж", "🌙", "&", "слово "])
def test_a_long_product_text_is_cut_and_the_mail_named(letter: str, length: int) -> None:
    text = LocalizedText({"en": (letter * length)[:3000]})
    catalog = replace(CATALOG, products={"guide": replace(CATALOG.products["guide"], text=text)})
    sent = chat(PaymentFile(0), a_paid_payment(), catalog=catalog)

    assert_telegram_takes(sent)
    is_whole = text.in_("en").strip() in shown(sent)
    assert is_whole != ("The whole text is in the mail." in shown(sent))
    assert letter.strip() in shown(sent)


@LANGUAGES
@pytest.mark.parametrize("sku", ["guide", "course", "gone"])
def test_no_mail_is_named_that_came_back(sku: str, language: str) -> None:
    text = LocalizedText({"en": "word " * 600})
    catalog = replace(CATALOG, products={"guide": replace(CATALOG.products["guide"], text=text)})
    back = replace(message(PaymentFile(0)), mail_is_dead=True)
    sent = MessageRenderer(catalog, PUBLIC_URL).chat(back, a_paid_payment(sku=sku), language, NOON)

    assert_telegram_takes(sent)
    assert "mail" not in shown(sent) and "почт" not in shown(sent) and "письм" not in shown(sent)


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_shortened_text_keeps_its_limit_and_breaks_no_character(text: str, limit: int) -> None:
    cut = shorten_visible(text, limit)

    assert len(cut.encode("utf-16-le")) // 2 <= limit
    assert text.startswith(cut.removesuffix("…"))


def test_a_products_file_is_sent_by_its_number() -> None:
    sent = chat(PaymentFile(0), a_paid_payment(sku="poster"))

    assert sent.document is not None
    assert sent.document.filename == "poster.pdf"


def test_a_file_that_is_there_no_more_is_promised_instead() -> None:
    sent = chat(PaymentFile(1), a_paid_payment())

    assert sent.document is None
    assert "@nightmarket_help" in shown(sent)


def test_a_file_deleted_since_the_start_is_promised_too(tmp_path: Path) -> None:
    catalog = with_files("guide", tmp_path / "gone.pdf")

    assert chat(PaymentFile(0), a_paid_payment(), catalog=catalog).document is None
    to_do = a_paid_payment(fulfilment=Fulfilment.TO_DO)
    assert "cannot be sent at the moment" in shown(chat(PaymentFile(0), to_do, catalog=catalog))


def test_a_refund_is_told_in_chat_with_the_amount_as_it_was_then() -> None:
    later = a_paid_payment(amount_refunded=1900, status=Status.REFUNDED)

    assert "€5.00 out of €19.00" in shown(chat(PaymentRefunded(500), later))
    assert "весь платёж: 19,00 €" in shown(chat(PaymentRefunded(1900), later, "ru"))
