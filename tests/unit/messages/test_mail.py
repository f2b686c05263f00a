import re
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog, LocalizedText
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import TAKEN_BACK, IntentFacts
from checkout.model.message_content import (
    Content,
    PaymentFailed,
    PaymentPaid,
    PaymentRefunded,
    StoredContent,
    ToldOnBoth,
    Unknown,
)
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingMail
from checkout.model.payment import Payment, Status
from checkout.ports.providers import Renderer
from messages.links import support_url
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.message_samples import CONTENTS, NASTY, message, with_files
from tests.support.payments import a_paid_payment, a_payment
from tests.support.project import CATALOG, PUBLIC_URL

TOLD_BY_MAIL = [content for content in CONTENTS.values() if isinstance(content, ToldOnBoth)]
CHAT_ALONE = [content for content in CONTENTS.values() if content not in TOLD_BY_MAIL]
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])


def mail(content: StoredContent, of: Payment, language: str, catalog: Catalog = CATALOG) -> OutgoingMail:
    renderer: Renderer = MessageRenderer(catalog, PUBLIC_URL + "/")
    return renderer.mail(message(content, Channel.MAIL), of, language)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def assert_says(sent: OutgoingMail, *parts: str) -> None:
    """Both bodies tell the same."""
    for part in parts:
        assert part in plain(sent.text)
        assert part in plain(sent.html)


def test_the_code_comes_first_in_the_subject_and_stands_alone_in_both_bodies() -> None:
    renderer = MessageRenderer(CATALOG, PUBLIC_URL, bot_username=lambda: "night_market_bot")
    sent = renderer.code_mail("anna@example.com", "048213", "en")

    assert sent.subject == "048213 is your code for Night Market"
    assert sent.to == "anna@example.com"
    assert sent.tags == {"kind": "verification_code"}
    assert_says(sent, "048213", "Send this code to @night_market_bot", "10 minutes", "ignore this mail")


def test_the_code_mail_speaks_russian() -> None:
    sent = MessageRenderer(CATALOG, PUBLIC_URL).code_mail("anna@example.com", "048213", "ru")

    assert sent.subject == "048213 — ваш код для магазина «Night Market»"
    assert_says(sent, "Код действует 10 минут.", "не обращайте внимания")


def test_a_paid_mail_tells_everything_and_carries_receipt_and_files() -> None:
    sent = mail(PaymentPaid(), a_paid_payment(language="ru", livemode=True), "ru")

    assert_says(
        sent, "Спасибо!", "Путеводитель по городу", "19,00 €", "22 ноября 2026, 14:00 (по Таллину)", "Visa •••• 4242"
    )
    assert_says(sent, "000001", "pay_1", "Квитанция и ваш файл — во вложении.")
    assert [(one.filename, one.content_type) for one in sent.attachments] == [
        ("kvitantsiya-000001.pdf", "application/pdf"),
        ("guide.pdf", "application/pdf"),
    ]
    assert sent.attachments[1].content == Path(CATALOG.products["guide"].files[0]).read_bytes()
    assert sent.tags == {"kind": "payment_paid", "payment_id": "pay_1"}
    assert "тестовый" not in sent.text


def test_a_products_text_is_in_the_mail_and_its_address_can_be_tapped() -> None:
    sent = mail(PaymentPaid(), a_paid_payment(sku="course"), "en")

    assert_says(sent, "https://night-market.example/course", "The receipt is attached.")
    assert 'href="https://night-market.example/course"' in sent.html
    assert [one.filename for one in sent.attachments] == ["receipt-000001.pdf"]


def test_several_files_hang_on_one_mail_with_their_own_types(tmp_path: Path) -> None:
    for name in ("one.pdf", "два.zip", "three.unheard-of"):
        (tmp_path / name).write_bytes(name.encode())
    files = [tmp_path / name for name in ("one.pdf", "два.zip", "three.unheard-of")]
    sent = mail(PaymentPaid(), a_paid_payment(), "en", with_files("guide", *files))

    assert_says(sent, "The receipt and your files are attached.")
    assert [one.content_type for one in sent.attachments[1:]] == [
        "application/pdf",
        "application/zip",
        "application/octet-stream",
    ]


def test_a_product_that_left_the_catalogue_is_promised_with_a_way_to_reach_the_shop() -> None:
    sent = mail(PaymentPaid(), a_paid_payment(sku="guide", title="Old map"), "en", replace(CATALOG, products={}))

    assert_says(sent, "Old map", "Your purchase cannot be sent at the moment", "@nightmarket_help")
    assert len(sent.attachments) == 1


def test_a_file_that_is_gone_is_promised_and_the_others_are_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = tmp_path / "here.pdf"
    here.write_bytes(b"%PDF")
    sent = mail(PaymentPaid(), a_paid_payment(), "en", with_files("guide", here, tmp_path / "gone.pdf"))

    assert_says(sent, "Your purchase cannot be sent at the moment")
    assert [one.filename for one in sent.attachments] == ["receipt-000001.pdf", "here.pdf"]
    assert "gone.pdf" in caplog.text


@pytest.mark.parametrize(("refunded", "said"), [(0, []), (700, ["Refunded: €7.00"]), (1900, ["Refunded: €19.00"])])
def test_a_receipt_that_is_mailed_again_says_what_was_given_back(refunded: int, said: list[str]) -> None:
    sent = mail(PaymentPaid(), replace(a_paid_payment(), amount_refunded=refunded), "en")
    assert re.findall("Refunded: .*", sent.text) == said


def test_a_decline_is_told_in_words_with_a_way_to_try_again() -> None:
    sent = mail(PaymentFailed("insufficient_funds"), a_payment(language="ru", status=Status.FAILED), "ru")

    assert sent.subject == "Оплата не прошла: Путеводитель по городу"
    assert_says(sent, "На карте не хватает денег", "Деньги не списаны", "Попробовать ещё раз")
    assert f'href="{PUBLIC_URL}/pay/token-1"' in sent.html
    assert f"{PUBLIC_URL}/pay/token-1" in sent.text
    assert sent.attachments == ()


def test_whose_voucher_is_void_is_not_asked_to_pay() -> None:
    sent = mail(PaymentFailed(TAKEN_BACK), a_payment(status=Status.EXPIRED), "en")
    assert_says(sent, "Please do not pay by the details that you were given: they are void.")
    assert "/pay/" not in sent.html + sent.text


@pytest.mark.parametrize(
    ("state", "en", "ru"),
    [
        (
            "on_its_way",
            "Refund of €5.00 is on its way: City guide",
            "Возврат 5,00 € уже в пути: Путеводитель по городу",
        ),
        ("given_back", "Refund of €5.00: City guide", "Возврат 5,00 €: Путеводитель по городу"),
        ("failed", "Refund of €5.00 has failed: City guide", "Возврат 5,00 € не прошёл: Путеводитель по городу"),
    ],
)
def test_the_mails_of_one_refund_are_told_apart_by_their_subjects(state: str, en: str, ru: str) -> None:
    refunded = PaymentRefunded(500, 0, "re_1", 500, state)
    for language, said in (("en", en), ("ru", ru)):
        assert mail(refunded, a_paid_payment(), language).subject.replace("\u00a0", " ") == said


SO_FAR = "In all, refunds of €10.00 out of €19.00 have been issued so far."


@pytest.mark.parametrize("state", ["on_its_way", "failed"])
@pytest.mark.parametrize(("in_all", "paid", "times"), [(1000, 1, 1), (0, 1, 0), (1000, 2, 0)])
def test_a_refund_that_has_not_gone_through_says_what_others_have_given_back(
    state: str, in_all: int, paid: int, times: int
) -> None:
    facts = PaymentFacts({f"pi_{number}": IntentFacts(succeeded_at=NOON) for number in range(paid)})
    sent = mail(PaymentRefunded(in_all, 0, "re_2", 500, state), replace(a_paid_payment(), facts=facts), "en")
    assert sent.text.count(SO_FAR) == times


def test_a_partial_refund_tells_both_amounts_and_how_long_it_takes() -> None:
    sent = mail(PaymentRefunded(500), a_paid_payment(), "en")

    assert sent.subject == "Refund of €5.00: City guide"
    assert_says(sent, "A partial refund was issued", "€5.00 out of €19.00", "5–10 business days")


@pytest.mark.parametrize(
    ("amount", "in_all", "said"),
    [
        (1900, 0, "You had paid twice; a refund of the second payment was issued: €19.00."),
        (900, 0, "You had paid twice; a refund of €9.00 of the second payment was issued."),
        (1900, 500, "You had paid twice: beside the second payment, refunds of €5.00 out of €19.00 were issued."),
        (1900, 1900, "The shop has issued a refund of the whole payment: €19.00."),
        (1400, 1900, "In all, refunds of €19.00 out of €19.00 have been issued so far."),
    ],
)
def test_of_two_payments_a_refund_says_which_it_gives_back(amount: int, in_all: int, said: str) -> None:
    sent = mail(PaymentRefunded(in_all, 0, "re_1", amount), a_paid_payment(), "en")
    assert said in sent.text.replace("\n", " ")
    assert ("A partial refund" in sent.text) == (max(amount, in_all) < 1900)


@pytest.mark.parametrize(
    ("given_back", "said"),
    [
        (1900, "You had paid twice: beside the second payment, refunds of €19.00 out of €19.00 were issued."),
        (0, "You had paid twice; a refund of the second payment was issued: €19.00."),
    ],
    ids=["both are given back", "planned before the other payment was known"],
)
def test_of_two_payments_neither_is_the_whole(given_back: int, said: str) -> None:
    facts = PaymentFacts({one: IntentFacts(succeeded_at=NOON) for one in ("pi_1", "pi_2")})
    payment = replace(a_paid_payment(), facts=facts, amount_refunded=given_back)
    sent = mail(PaymentRefunded(1900, 0, "re_2", 1900), payment, "en")
    assert_says(sent, said)
    assert "whole" not in sent.text


def test_a_full_refund_says_that_it_is_the_whole() -> None:
    sent = mail(PaymentRefunded(1900), a_paid_payment(language="ru"), "ru")

    assert_says(sent, "Магазин оформил возврат за весь платёж: 19,00 €.", "5–10 рабочих дней")
    assert "частич" not in sent.text
    assert "Сумма возврата: 19,00" in sent.text, "a noun, where a button says what it does"


def test_a_test_payments_mail_says_that_no_money_has_moved() -> None:
    assert_says(mail(PaymentPaid(), a_paid_payment(livemode=False), "en"), "test payment")


@LANGUAGES
@pytest.mark.parametrize("content", TOLD_BY_MAIL)
@pytest.mark.parametrize("status", list(Status))
def test_every_mail_renders_for_every_status(content: Content, status: Status, language: str) -> None:
    sent = mail(content, a_payment(language=language, status=status), language)

    assert sent.subject
    assert sent.to == "anna@example.com"
    assert_says(sent, "Night Market OÜ", "@nightmarket_help")
    assert not re.search(r"\n{3}|\{\w+\}|None", sent.text)
    assert f'lang="{language}"' in sent.html


@LANGUAGES
@pytest.mark.parametrize("content", TOLD_BY_MAIL)
def test_foreign_text_is_escaped_and_no_subject_has_a_newline(content: Content, language: str) -> None:
    text = LocalizedText({"en": NASTY})
    product = replace(CATALOG.products["guide"], text=text)
    shop = replace(CATALOG.shop, name=f"{NASTY}\r\nBcc: x@y.z", seller=NASTY, support=NASTY)
    sent = mail(
        content, a_paid_payment(title=f"{NASTY}\nline" + "x" * 500), language, Catalog(shop, {"guide": product})
    )

    assert NASTY in sent.text
    assert "<b>" not in sent.html
    assert "&lt;b&gt;&amp;" in sent.html
    assert "\n" not in sent.subject
    assert "\r" not in sent.subject
    assert len(sent.subject) <= 150


@LANGUAGES
@pytest.mark.parametrize("content", TOLD_BY_MAIL)
def test_a_mail_loads_nothing_from_afar_and_tags_keep_resends_characters(content: Content, language: str) -> None:
    sent = mail(content, a_paid_payment(payment_id="pay/é 1"), language)

    assert not re.search(r"<img|<script|<link|url\(|@import|src=", sent.html)
    assert "prefers-color-scheme: dark" in sent.html
    for name, value in sent.tags.items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name + value)


@LANGUAGES
@pytest.mark.parametrize("content", TOLD_BY_MAIL)
def test_the_same_message_makes_the_same_bytes(content: Content, language: str) -> None:
    assert mail(content, a_paid_payment(), language).to_bytes() == mail(content, a_paid_payment(), language).to_bytes()


@pytest.mark.parametrize("content", [*CHAT_ALONE, Unknown("news_of_tomorrow")])
def test_what_is_told_in_chat_only_is_refused(content: StoredContent) -> None:
    with pytest.raises(ValueError, match="not told by mail"):
        mail(content, a_paid_payment(), "en")


@pytest.mark.parametrize(
    ("support", "url"),
    [
        ("@nightmarket_help", "https://t.me/nightmarket_help"),
        ("help@example.com", "mailto:help@example.com"),
        ("help?now@example.com", "mailto:help%3Fnow@example.com"),
        ("https://example.com/help", "https://example.com/help"),
        ("https://example.com/a b", ""),
        ("@me", ""),
        ("javascript:alert(1)", ""),
        ("call +372 555", ""),
    ],
)
def test_support_leads_where_it_can(support: str, url: str) -> None:
    assert support_url(support) == url
