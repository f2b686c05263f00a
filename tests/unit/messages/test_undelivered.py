"""What the chat says when a mail did not arrive."""

from dataclasses import replace

import pytest

from checkout.model.catalog import Catalog, LocalizedText
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import CodeUndelivered, MailUndelivered, PaymentFailed, PaymentPaid, PaymentRefunded
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Fulfilment, Payment, Status
from messages.language.text import LONGEST_CAPTION, visible_length
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.message_samples import NASTY, as_telegram_shows, message
from tests.support.payments import a_paid_payment, a_payment
from tests.support.project import CATALOG, PUBLIC_URL

BOUNCED = MailDeath("bounced", "Permanent/General", "550 user unknown")
RECEIPT = MailUndelivered(PaymentPaid(), "a…a@example.com", BOUNCED)
DECLINE = replace(RECEIPT, lost=PaymentFailed("insufficient_funds"))
REFUND = replace(RECEIPT, lost=PaymentRefunded(500))


def told(
    of: Payment, content: MailUndelivered = RECEIPT, language: str = "en", catalog: Catalog = CATALOG
) -> OutgoingChat:
    return MessageRenderer(catalog, PUBLIC_URL).chat(message(content), of, language, NOON)


def shown(sent: OutgoingChat) -> str:
    return as_telegram_shows(sent.text).replace("\u00a0", " ")


def callbacks(sent: OutgoingChat) -> list[str]:
    return [button.callback_data for row in sent.buttons for button in row if button.callback_data]


def test_a_receipt_that_came_back_is_told_with_the_reason_and_a_button_to_correct_the_address() -> None:
    sent = told(a_paid_payment(sku="course", language="ru"), language="ru")

    for part in (
        "Письмо с квитанцией не дошло до a…a@example.com.",
        "Такого ящика нет",
        "«Курс „Ночная фотография“»",
        "квитанция и покупка — в этом чате и в /orders",
    ):
        assert part in shown(sent)
    assert "550" not in shown(sent), "a mail service's own words are not for customers"
    assert "anna@example.com" not in shown(sent)
    assert callbacks(sent) == ["email:correct:pay_1"]


@pytest.mark.parametrize(
    ("fulfilment", "language", "above"),
    [
        (Fulfilment.DELIVERED, "en", "receipt and purchase are in this chat and in /orders"),
        (Fulfilment.TO_DO, "en", "the receipt is in this chat and in /orders"),
        (Fulfilment.TO_DO, "ru", "квитанция — в этом чате и в /orders"),
        (Fulfilment.DONE, "en", "the receipt is in this chat and in /orders"),
    ],
)
def test_a_purchase_is_there_only_where_the_program_has_sent_it(
    fulfilment: Fulfilment, language: str, above: str
) -> None:
    assert above in shown(told(a_paid_payment(fulfilment=fulfilment, language=language), language=language))


def test_a_failure_is_told_whole_with_the_way_to_pay_and_to_change_the_address() -> None:
    sent = told(a_payment(status=Status.FAILED), DECLINE)

    for part in ("did not go through", "not enough money", "did not arrive at a…a@example.com", "no such mailbox"):
        assert part in shown(sent)
    assert sent.document is None
    assert "The pay button is in /orders." in shown(sent)
    assert callbacks(sent) == ["email:change"]


def test_a_failure_of_a_link_past_its_time_offers_nothing_to_press() -> None:
    assert told(a_payment(status=Status.FAILED, expires_at=NOON), DECLINE).buttons == ()


def test_a_refund_is_told_whole() -> None:
    sent = told(a_paid_payment(), REFUND)

    for part in ("€5.00 out of €19.00", "The mail about this did not arrive"):
        assert part in shown(sent)
    assert sent.buttons == ()


@pytest.mark.parametrize(
    ("mail_status", "cause", "words"),
    [
        ("bounced", "Permanent/NoEmail", "no such mailbox"),
        ("bounced", "Transient/General", "refused the mail"),
        ("bounced", "Transient/MailboxFull", "mailbox is full"),
        ("bounced", "Transient/MessageTooLarge", "with its attachments"),
        ("bounced", "Permanent/OnAccountSuppressionList", "Earlier mails"),
        ("bounced", "Permanent/Suppressed", "Earlier mails"),
        ("bounced", "Undetermined/Undetermined", "refused the mail"),
        ("bounced", "", "refused the mail"),
        ("suppressed", "", "Earlier mails"),
        ("failed", "reached_daily_quota", "could not be sent just now"),
        ("failed", "invalid_recipient", "The mail could not be sent"),
        ("refused", "", "could not be sent"),
    ],
)
def test_each_death_has_its_reason_in_words(mail_status: str, cause: str, words: str) -> None:
    assert words in shown(told(a_paid_payment(), replace(RECEIPT, death=MailDeath(mail_status, cause))))


OF_THE_SHOP = [
    *(
        MailDeath("failed", cause)
        for cause in ("reached_daily_quota", "reached_monthly_quota", "domain_not_verified", "internal_error", "")
    ),
    *(
        MailDeath("refused", reason=reason)
        for reason in (
            "Resend: Invalid `reply_to` field. The email address needs to follow the `…l@example.com` format.",
            "Resend: You can only send testing emails to your own email address (…l@example.com). To send emails to"
            " other recipients, please verify a domain, and change the `from` address. (validation_error)",
            "Resend: Tags should only contain ASCII letters. (validation_error)",
            "Resend: We may have found a security issue with the request. (security_error)",
            "Resend: You have reached your daily email sending quota. (daily_quota_exceeded)",
            "Resend cannot be reached (ClientConnectorError)",
            "ValueError: it cannot be made",
        )
    ),
]


@pytest.mark.parametrize("death", OF_THE_SHOP, ids=lambda death: death.noted[:40])
@pytest.mark.parametrize("lost", [RECEIPT, DECLINE, REFUND])
def test_nobody_is_asked_to_correct_an_address_that_is_right(lost: MailUndelivered, death: MailDeath) -> None:
    of = a_payment(status=Status.FAILED) if lost is DECLINE else a_paid_payment()
    sent = told(of, replace(lost, death=death))

    assert "could not be sent just now; nothing is wrong with your address" in shown(sent)
    assert sent.buttons == ()


@pytest.mark.parametrize(
    "reason",
    ["Invalid `to` field. The email address needs to follow the `…l@example.com` format.", "Invalid email address",
     "The recipient is blocked", ""],
)  # fmt: skip
def test_an_address_that_was_refused_can_be_corrected(reason: str) -> None:
    assert told(a_paid_payment(), replace(RECEIPT, death=MailDeath("refused", reason=reason))).buttons


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_longest_of_everything_stays_within_a_caption(language: str) -> None:
    text = LocalizedText({"en": "word " * 600})
    catalog = replace(CATALOG, products={"guide": replace(CATALOG.products["guide"], text=text)})
    of = a_paid_payment(title=NASTY * 50)
    longest = MailUndelivered(PaymentPaid(), NASTY * 50, MailDeath("suppressed", "", NASTY * 50))
    sent = told(of, longest, language, catalog)

    assert visible_length(sent.text) <= LONGEST_CAPTION
    assert shown(sent).endswith(("goes out again.", "уйдёт ещё раз."))


@pytest.mark.parametrize(
    ("mail_status", "cause", "words"),
    [
        ("bounced", "Permanent/General", "no such mailbox"),
        ("suppressed", "", "no such mailbox"),
        ("bounced", "Transient/MailboxFull", "the mailbox is full"),
        ("bounced", "Transient/General", "did not arrive"),
        ("bounced", "Undetermined/Undetermined", "did not arrive"),
        ("failed", "reached_daily_quota", "nothing is wrong with the address"),
        ("failed", "invalid_recipient", "did not arrive"),
    ],
)
def test_of_a_code_that_did_not_arrive_no_more_is_said_than_is_known(mail_status: str, cause: str, words: str) -> None:
    content = CodeUndelivered("abc", mail_status, cause)
    said = MessageRenderer(CATALOG, PUBLIC_URL).code_undelivered(content, "anna@example.com", "en")
    assert words in shown(said)
