"""What has not left the outbox, in words: what it is, to whom, since when, and why."""

from checkout.model.customer import mask_addresses, mask_email
from checkout.model.outbox import Channel, Kind, State, Unsent
from checkout.model.outgoing import Button, OutgoingChat
from checkout.notifications.manage_outbox import UnsentPage
from messages.language.formats import format_time
from messages.language.translator import Speech, fill, shorten

PAGE, TRY, DROP = "outbox:page:", "outbox:try:", "outbox:drop:"
REASON, RECIPIENT = 120, 40  # characters: ten messages stay below Telegram's 4096


def page(speech: Speech, found: UnsentPage, after: int) -> OutgoingChat:
    """``after`` is the id behind which the page begins."""
    if not found.messages:
        return OutgoingChat(speech.t_html("Nothing is waiting."), _first_page(speech) if after else ())
    heading = speech.t_html("<b>Not sent yet</b>, the oldest first:")
    blocks = [_block(speech, number, one) for number, one in enumerate(found.messages, 1)]
    rows = [_buttons(speech, number, one) for number, one in enumerate(found.messages, 1)]
    onward = [*(_first_page(speech) if after else ())]
    if found.more:
        following = f"{PAGE}{found.messages[-1].message_id}"
        onward.append((Button(speech.t("Next"), callback_data=following),))
    return OutgoingChat("\n\n".join([heading, *blocks]), (*rows, *onward))


def _first_page(speech: Speech) -> tuple[tuple[Button, ...], ...]:
    return ((Button(speech.t("From the beginning"), callback_data=f"{PAGE}0"),),)


def _buttons(speech: Speech, number: int, message: Unsent) -> tuple[Button, ...]:
    return (
        Button(speech.t("{number}: try now", number=number), callback_data=f"{TRY}{message.message_id}"),
        Button(speech.t("{number}: drop", number=number), callback_data=f"{DROP}{message.message_id}"),
    )


def _block(speech: Speech, number: int, message: Unsent) -> str:
    lines = [
        fill("<b>{number}.</b> ", number=number) + described(speech, message),
        _when(speech, message),
    ]
    if message.error:
        lines.append(speech.t_html("Why: {reason}", reason=why(speech, message.error)))
    return "\n".join(lines)


def described(speech: Speech, message: Unsent) -> str:
    """What it is and to whom: an address is masked, the payment leads to it."""
    sign = "✉️" if message.channel is Channel.MAIL else "💬"
    to = mask_email(message.recipient) if message.channel is Channel.MAIL else message.recipient
    kind = kind_word(speech, message.kind)
    told = fill("{sign} {kind} → {to}", sign=sign, kind=kind, to=shorten(to, RECIPIENT))
    return told + fill(" · <code>{payment_id}</code>", payment_id=message.payment_id) if message.payment_id else told


def _when(speech: Speech, message: Unsent) -> str:
    since = format_time(message.created_at, speech.language, speech.shop.timezone)
    if message.state is State.PARKED:
        return speech.t_html("Parked: it is not tried any more. Made {since}.", since=since)
    due = format_time(message.due_at, speech.language, speech.shop.timezone)
    return speech.nt(
        "Waiting since {since}, tried {n} time, next {due}.",
        "Waiting since {since}, tried {n} times, next {due}.",
        message.attempts,
        since=since,
        due=due,
    )


def kind_word(speech: Speech, kind: Kind) -> str:
    words = {
        Kind.PAY_MESSAGE: speech.t("Message with the pay button"),
        Kind.PAYMENT_PAID: speech.t("Receipt"),
        Kind.PAYMENT_FILE: speech.t("File"),
        Kind.PAYMENT_FAILED: speech.t("Notice of a decline"),
        Kind.PAYMENT_REFUNDED: speech.t("Notice of a refund"),
        Kind.MAIL_UNDELIVERED: speech.t("Notice that a mail came back"),
    }
    return words.get(kind, speech.t("Message to an admin"))


def why(speech: Speech, error: str) -> str:
    """The last error in plain words; one that is not known here as it was noted, without addresses."""
    known = {
        "has blocked the bot": speech.t("the customer has blocked the bot"),
        "no such chat": speech.t("there is no such chat any more"),
        "Telegram cannot be reached": speech.t("Telegram could not be reached"),
        "Telegram asks to wait": speech.t("Telegram asked to wait"),
        "larger than Telegram takes": speech.t("the file is larger than Telegram takes"),
        "Resend is still down": speech.t("Resend could not be reached"),
        "waits for the probe": speech.t("the service is down; it goes out when the service is back"),
        "not delivered in time": speech.t("the service took too long to answer"),
        "is gone": speech.t("its payment is not in the database"),
    }
    return next((words for part, words in known.items() if part in error), shorten(mask_addresses(error), REASON))


def tried(speech: Speech) -> str:
    return speech.t("It is being tried now.")


def gone(speech: Speech) -> str:
    return speech.t("It has left meanwhile, is just leaving, or was dropped. /outbox shows what is waiting.")


def ask_drop(speech: Speech, message: Unsent) -> str:
    question = speech.t_html("<b>Drop this message?</b> Nobody will get it. This cannot be undone.")
    return f"{question}\n{described(speech, message)}"


def dropped(speech: Speech) -> str:
    return speech.t_html("Dropped: it is not sent. /outbox shows what else is waiting.")


def not_dropped(speech: Speech) -> str:
    return speech.t_html("Not dropped. It stays where it is.")
