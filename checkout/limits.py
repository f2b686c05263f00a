"""Every limit, each a function with its number and its reason. Times are timedeltas."""

from datetime import timedelta


def code_lifetime() -> timedelta:
    """Ten minutes: long enough for a slow mailbox, short enough that a found code is worthless."""
    return timedelta(minutes=10)


def code_tries() -> int:
    """Five guesses of a million possible codes; after that a new code is needed."""
    return 5


def code_cooldown() -> timedelta:
    """Between two codes to one customer or one address: most mails arrive within a minute."""
    return timedelta(seconds=60)


def codes_per_address_and_hour() -> int:
    """Nobody's mailbox is to be flooded through us, whoever asks."""
    return 5


def codes_per_customer_and_day() -> int:
    """One customer cannot use us to knock on many mailboxes."""
    return 10


def failure_mail_interval() -> timedelta:
    """Someone trying three cards in a row wants one mail, not three."""
    return timedelta(minutes=10)


def lease() -> timedelta:
    """A worker that died gives its messages back after this; every send ends well before it."""
    return timedelta(seconds=60)


def longest_backoff() -> timedelta:
    """While a service is down its return must be noticed within a minute."""
    return timedelta(seconds=60)


def send_timeout() -> timedelta:
    """One try to send a message. Far below the lease, so that no other worker repeats a send in flight."""
    return timedelta(seconds=20)


def gateway_timeout() -> timedelta:
    """The customer's browser waits for the PaymentIntent; after this it is told to try again."""
    return timedelta(seconds=14)


def webhook_tolerance() -> timedelta:
    """How old, or how far ahead, a signed webhook may be (Stripe's own default)."""
    return timedelta(seconds=300)


def mails_per_second() -> float:
    """Resend takes five requests a second from a team; codes need room beside receipts."""
    return 4.0


def chat_messages_per_second() -> float:
    """Telegram takes about thirty a second over all chats."""
    return 25.0


def chat_message_pause() -> timedelta:
    """Telegram takes about one message a second in one chat."""
    return timedelta(seconds=1)


def sends_at_once() -> int:
    """Enough to fill a slow connection, few enough to end within the shutdown's ten seconds."""
    return 8


def giving_up() -> timedelta:
    """A message that one provider refuses to take for so long needs a person."""
    return timedelta(days=3)
