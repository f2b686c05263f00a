"""Why something has not arrived, or was not given back, is told to an admin in their own language."""

import re

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import GetMe
from resend.exceptions import ResendError

from bot.telegram.errors import UploadLost, translate
from checkout.errors import UploadBroken
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import Content, RefundFailed, Unreachable
from checkout.model.message_kind import Kind
from checkout.notifications.log_words import reason_of
from checkout.resilience.no_answer import no_answer
from messages.language.failure_reasons import explain_failure
from providers.resend_mail import translated
from tests.support.message_samples import LANGUAGES, chat, shown
from tests.support.payments import a_paid_payment

NAMES = ("Telegram", "Resend", "Stripe")
OURS = [
    *map(
        translate,
        (
            TelegramForbiddenError(GetMe(), "Forbidden: bot was blocked by the user"),
            TelegramBadRequest(GetMe(), "Bad Request: chat not found"),
            TelegramRetryAfter(GetMe(), "Flood", 5),
            TelegramEntityTooLarge(GetMe(), "Request Entity Too Large"),
            TelegramNetworkError(GetMe(), "ClientOSError"),
            ClientDecodeError("no JSON", ValueError("no"), None),
            UploadLost(GetMe(), "TimeoutError", is_unclear=True),
        ),
    ),
    *(
        translated(ResendError(code=409, error_type=kind, message="no", suggested_action=""))
        for kind in ("invalid_idempotent_request", "concurrent_idempotent_requests")
    ),
    UploadBroken("the mail did not get through to Resend"),
    *(Exception(no_answer(service, error)) for service in NAMES for error in (TimeoutError(), OSError())),
]


@pytest.mark.parametrize("error", OURS, ids=str)
def test_what_the_program_notes_is_told_in_russian(error: Exception) -> None:
    told = explain_failure(reason_of(error), "ru")
    assert set(re.findall(r"[A-Za-z]+", told)) <= set(NAMES)


@pytest.mark.parametrize(
    ("death", "en", "ru"),
    [
        (
            MailDeath("bounced", "Permanent/General", "550 user unknown"),
            "there is no such mailbox, or it takes no mail",
            "такого ящика нет, или он не принимает писем",
        ),
        (
            MailDeath("bounced", "Undetermined/Undetermined", "421 later: perhaps"),
            "the mail server there refused the mail: Undetermined/Undetermined: 421 later: perhaps",
            "почтовый сервер отклонил письмо: Undetermined/Undetermined: 421 later: perhaps",
        ),
        (MailDeath("bounced"), "the mail server there refused the mail", "почтовый сервер отклонил письмо"),
        (
            MailDeath("failed", "reached_daily_quota", "reached_daily_quota"),
            "the mail could not be sent: reached_daily_quota",
            "письмо не удалось отправить: reached_daily_quota",
        ),
        (MailDeath("refused", reason="Resend: no (validation_error)"), *["Resend: no (validation_error)"] * 2),
    ],
)
def test_why_a_mail_came_back_is_told_in_words_and_the_services_own_where_those_say_little(
    death: MailDeath, en: str, ru: str
) -> None:
    assert (explain_failure(death.noted, "en"), explain_failure(death.noted, "ru")) == (en, ru)


def test_what_is_not_known_stays_as_the_service_said_it_without_addresses() -> None:
    assert explain_failure("Telegram refuses: Bad Request: odd (400)", "ru") == "Telegram: Bad Request: odd (400)"
    assert explain_failure("Resend: anna@example.com is odd", "en") == "Resend: a…a@example.com is odd"


@LANGUAGES
@pytest.mark.parametrize(
    ("content", "en", "ru"),
    [
        (
            Unreachable(Kind.PAYMENT_PAID, "the customer has blocked the bot (403)"),
            "Why: the bot is blocked in this chat\n",
            "Почему: бот в этом чате заблокирован\n",
        ),
        (
            Unreachable(Kind.PAYMENT_PAID, "bounced: Transient/MailboxFull: 552 over quota"),
            "Why: the mailbox is full\n",
            "Почему: ящик переполнен\n",
        ),
        (
            RefundFailed(500, "Stripe: Insufficient funds in your balance [request req_1] (balance_insufficient)"),
            "\nThere is not enough money in your Stripe balance.",
            "\nНа вашем балансе в Stripe не хватает денег.",
        ),
        (
            RefundFailed(500, "Stripe: It is odd [request req_1] (brand_new)"),
            "\nStripe says: It is odd [request req_1] (brand_new)\n",
            "\nОтвет Stripe: It is odd [request req_1] (brand_new)\n",
        ),
    ],
)
def test_an_alert_says_why_in_its_readers_language(content: Content, en: str, ru: str, language: str) -> None:
    assert {"en": en, "ru": ru}[language] in shown(chat(content, a_paid_payment(), language))


@pytest.mark.parametrize("code", ["charge_already_refunded", "charge_disputed", "balance_insufficient"])
def test_where_the_reason_says_what_to_do_nobody_is_sent_another_way(code: str) -> None:
    assert "another way" not in shown(chat(RefundFailed(500, f"Stripe: no ({code})"), a_paid_payment()))
    assert "another way" in shown(chat(RefundFailed(500, "Stripe: no (brand_new)"), a_paid_payment()))
