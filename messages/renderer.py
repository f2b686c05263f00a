"""The Renderer: chooses the text by what a message says. Rendering reads files and draws a PDF, but asks no service."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from checkout.language import LANGUAGES, spoken
from checkout.model.catalog import Catalog
from checkout.model.message_content import (
    CodeUndelivered,
    MailUndelivered,
    PaymentAlert,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    Sold,
)
from checkout.model.outbox import OutboxMessage
from checkout.model.outgoing import OutgoingChat, OutgoingMail
from checkout.model.payment import Payment
from checkout.model.shop_notice import ShopNotice
from messages.chat.admin_chat import admin_chat
from messages.chat.customer_chat import failed_chat, purchase_chat, receipt_again, refunded_chat
from messages.chat.mail_undelivered import code_undelivered_chat, undelivered_chat
from messages.chat.pay_message import moved_message, pay_message
from messages.chat.sale_alerts import sales_chat
from messages.chat.shop_notice import shop_notice
from messages.language.payment_phrases import PaymentPhrases
from messages.links import chat_url
from messages.mail.attachments import deliver, receipt_attachment
from messages.mail.layout import print_letter
from messages.mail.mails import code_letter, failed_letter, paid_letter, refunded_letter
from messages.mail.receipt_pdf import warm_up

CODE_TAGS = {"kind": "verification_code"}


class MessageRenderer:
    """Makes mails, from ``mail_from``, and chat messages; any language but ``ru`` is English.

    ``bot_username`` is asked for each mail: Telegram may not have told it yet.
    """

    def __init__(
        self, catalog: Catalog, public_url: str, mail_from: str = "", bot_username: Callable[[], str] = str
    ) -> None:
        self._mail_from, self._bot_username = mail_from, bot_username
        self._phrases = {language: PaymentPhrases.of(catalog, public_url, language) for language in LANGUAGES}

    def warm_up(self) -> None:
        """Reads fonts, templates and locales, half a second's work, before the first customer waits for it."""
        for language in self._phrases:
            warm_up(self._phrases[language])
            self.code_mail("warm@example.com", "000000", language)

    def code_mail(self, email: str, code: str, language: str, link: str = "") -> OutgoingMail:
        phrases, name = self._in(language), self._bot_username()
        letter = code_letter(code, phrases, chat_url(name, link) if name and link else "", name)
        return self._from_the_shop(print_letter(letter, phrases, email, CODE_TAGS))

    def mail(self, message: OutboxMessage, payment: Payment, language: str) -> OutgoingMail:
        """Raises ValueError for what is told in chat only."""
        return self._from_the_shop(self._mail(message, payment, language))

    def _from_the_shop(self, mail: OutgoingMail) -> OutgoingMail:
        return replace(mail, sender=self._mail_from)

    def _mail(self, message: OutboxMessage, payment: Payment, language: str) -> OutgoingMail:
        phrases = self._in(language)
        tags = {"kind": message.kind, "payment_id": payment.payment_id}
        match message.content:
            case PaymentPaid():
                delivery = deliver(payment, phrases)
                letter = paid_letter(payment, delivery, phrases)
                attachments = (receipt_attachment(payment, phrases), *delivery.files)
                return print_letter(letter, phrases, message.recipient, tags, attachments)
            case PaymentFailed() as failed:
                letter = failed_letter(payment, failed, phrases)
            case PaymentRefunded() as refunded:
                letter = refunded_letter(payment, refunded, phrases)
            case _:
                raise ValueError(f"{message.kind} is not told by mail")
        return print_letter(letter, phrases, message.recipient, tags)

    def chat(self, message: OutboxMessage, payment: Payment, language: str, now: datetime) -> OutgoingChat:
        """``now`` decides whether a link may still be offered. Raises ValueError for what is about no payment."""
        phrases = self._in(language)
        match message.content:
            case PayMessage():
                return replace(pay_message(payment, phrases, now), edits=payment.chat_message_id)
            case PaymentPaid():
                return receipt_again(payment, phrases)
            case PaymentFile() as file:
                return purchase_chat(payment, file, phrases, mail_is_dead=message.mail_is_dead)
            case PaymentFailed() as failed:
                return failed_chat(payment, failed, phrases, now)
            case PaymentRefunded() as refunded:
                return refunded_chat(payment, refunded, phrases)
            case MailUndelivered() as undelivered:
                return undelivered_chat(payment, undelivered, phrases, now)
            case content if isinstance(content, PaymentAlert):
                return admin_chat(payment, content, phrases)
        raise ValueError(f"{message.kind} is not told of a payment")

    def sales(self, payments: Sequence[Payment], language: str) -> OutgoingChat:
        phrases = self._in(language)
        return admin_chat(payments[0], Sold(), phrases) if len(payments) == 1 else sales_chat(payments, phrases)

    def pay_message(self, payment: Payment, language: str, now: datetime) -> OutgoingChat:
        return pay_message(payment, self._in(language), now)

    def moved_message(self, payment: Payment, language: str, chat_message_id: int) -> OutgoingChat:
        return moved_message(payment, self._in(language), chat_message_id)

    def receipt_again(self, payment: Payment, language: str) -> OutgoingChat:
        return receipt_again(payment, self._in(language))

    def code_undelivered(self, content: CodeUndelivered, email: str, language: str) -> OutgoingChat:
        return code_undelivered_chat(content, email, self._in(language))

    def notice(self, message: OutboxMessage, language: str) -> OutgoingChat:
        """Raises ValueError for what is about a payment."""
        if not isinstance(message.content, ShopNotice):
            raise ValueError(f"{message.kind} is not about the shop")
        return shop_notice(message.content, self._in(language))

    def _in(self, language: str) -> PaymentPhrases:
        return self._phrases[spoken(language)]
