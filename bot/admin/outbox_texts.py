"""What has not left the outbox, in words: what it is, to whom, since when, and why."""

from checkout.model.customer import mask_email
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, State, Unsent
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.notifications.manage_outbox import UnsentPage
from messages import callbacks
from messages.language.failure_reasons import explain_failure
from messages.language.text import fill, shorten
from messages.language.translator import Translator

REASON, RECIPIENT = 120, 40  # characters: ten messages stay below Telegram's 4096
SIGNS = {Channel.MAIL: "✉️", Channel.CHAT: "💬", Channel.STRIPE: "🏦"}


def page(translator: Translator, found: UnsentPage, after: int) -> OutgoingChat:
    """``after`` is the id behind which the page begins."""
    if not found.messages:
        return OutgoingChat(translator.t_html("Nothing is waiting."), _first_page(translator) if after else ())
    heading = translator.t_html("<b>Not sent yet</b>, the oldest first:")
    blocks = [_block(translator, number, one) for number, one in enumerate(found.messages, 1)]
    rows = [_buttons(translator, number, one) for number, one in enumerate(found.messages, 1)]
    onward = [*(_first_page(translator) if after else ())]
    if found.more:
        following = callbacks.OUTBOX_PAGE.data(found.messages[-1].message_id)
        onward.append((Button(translator.t("Next"), callback_data=following),))
    return OutgoingChat("\n\n".join([heading, *blocks]), (*rows, *onward))


def _first_page(translator: Translator) -> ButtonRows:
    return ((Button(translator.t("From the beginning"), callback_data=callbacks.OUTBOX_PAGE.data(0)),),)


def _buttons(translator: Translator, number: int, message: Unsent) -> tuple[Button, ...]:
    try_now, drop = translator.t("{number}: try now", number=number), translator.t("{number}: drop", number=number)
    return (
        Button(try_now, callback_data=callbacks.OUTBOX_TRY.data(message.message_id)),
        Button(drop, callback_data=callbacks.OUTBOX_DROP.data(message.message_id)),
    )


def _block(translator: Translator, number: int, message: Unsent) -> str:
    lines = [
        fill("<b>{number}.</b> ", number=number) + described(translator, message),
        _when(translator, message),
    ]
    if message.error:
        reason = shorten(explain_failure(message.error, translator.language), REASON)
        lines.append(translator.t_html("Why: {reason}", reason=reason))
    return "\n".join(lines)


def described(translator: Translator, message: Unsent) -> str:
    """What it is and to whom: an address is masked, the payment leads to it."""
    sign = SIGNS[message.channel]
    to = mask_email(message.recipient) if message.channel is Channel.MAIL else message.recipient
    kind = kind_word(translator, message.kind)
    told = fill("{sign} {kind} → {to}", sign=sign, kind=kind, to=shorten(to, RECIPIENT))
    return told + fill(" · <code>{payment_id}</code>", payment_id=message.payment_id) if message.payment_id else told


def _when(translator: Translator, message: Unsent) -> str:
    since = translator.time(message.created_at)
    if message.state is State.PARKED:
        return translator.t_html("Parked: it is not tried any more. Made {since}.", since=since)
    due = translator.time(message.due_at)
    return translator.nt(
        "Waiting since {since}, tried {n} time, next {due}.",
        "Waiting since {since}, tried {n} times, next {due}.",
        message.attempts,
        since=since,
        due=due,
    )


def kind_word(translator: Translator, kind: str) -> str:
    words: dict[str, str] = {
        Kind.PAY_MESSAGE: translator.t("Message with the pay button"),
        Kind.PAYMENT_PAID: translator.t("Receipt"),
        Kind.PAYMENT_FILE: translator.t("What was bought"),
        Kind.PAYMENT_FAILED: translator.t("Notice of a decline"),
        Kind.PAYMENT_REFUNDED: translator.t("Notice of a refund"),
        Kind.CODE_UNDELIVERED: translator.t("Notice that a code's mail did not arrive"),
        Kind.MAIL_UNDELIVERED: translator.t("Notice that a mail did not arrive"),
        Kind.STRIPE_NOTE: translator.t("Note for Stripe to keep"),
        Kind.STRIPE_REFUND: translator.t("Refund of a review"),
    }
    return words.get(kind, translator.t("Message to an admin"))


def tried(translator: Translator) -> str:
    return translator.t("It is being tried now.")


def gone(translator: Translator) -> str:
    return translator.t("It has left meanwhile, is just leaving, or was dropped. /outbox shows what is waiting.")


def ask_drop(translator: Translator, message: Unsent) -> str:
    question = translator.t_html("<b>Drop this message?</b> Nobody will get it. This cannot be undone.")
    if message.kind == Kind.STRIPE_REFUND:
        question = translator.t_html(
            "<b>Drop this refund?</b> The money stays with you, until it is refunded again with the button of /payment."
        )
    return f"{question}\n{described(translator, message)}"


def dropped(translator: Translator) -> str:
    return translator.t_html("Dropped: it is not sent. /outbox shows what else is waiting.")


def not_dropped(translator: Translator) -> str:
    return translator.t_html("Not dropped. It stays where it is.")
