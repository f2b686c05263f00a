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


def codes_of_all_and_hour() -> int:
    """A launch brings some hundred customers an hour; whoever has a thousand accounts mails no more at our expense."""
    return 500


def codes_of_a_newcomer() -> int:
    """A code and a corrected address. Half of all codes is kept for those who were sent fewer within a day: a few
    accounts that ask for ten each keep nobody else from buying."""
    return 2


def failure_mail_interval() -> timedelta:
    """Someone trying three cards in a row wants one mail, not three, and none while still typing."""
    return timedelta(minutes=10)


def lease() -> timedelta:
    """A worker that was silent for so long counts as dead. Much longer than a request to a service may take."""
    return timedelta(seconds=30)


def longest_backoff() -> timedelta:
    """While a service is down, and does not say for how long, its return must be noticed within a minute."""
    return timedelta(seconds=60)


def longest_database_backoff() -> timedelta:
    """Our own database asks for no rest: people wait in the chat, and what was sent waits to be noted."""
    return timedelta(seconds=3)


def telegram_timeout() -> timedelta:
    """One request. Whoever hangs up sooner may say a thing twice: Telegram takes no idempotency key."""
    return timedelta(seconds=20)


def resend_timeout() -> timedelta:
    """One request, which may carry a product's files."""
    return timedelta(seconds=20)


def upload_from() -> int:
    """Bytes. What is larger takes a while on an ordinary line, and counts as an upload: it has a lane of its own."""
    return 256 * 1024


def transfer_time(size: int) -> timedelta:
    """So much longer may a request with so many bytes take."""
    return timedelta(seconds=size / slowest_line())


def slowest_line() -> int:
    """Bytes a second: half a megabit, less than any line that a shop is on."""
    return 64 * 1024


def uploads_at_once() -> int:
    """Over one line they only slow each other down, and each is held in memory."""
    return 2


def repeats_of_unclear() -> int:
    """A file that may have arrived comes at most three times; then a person looks."""
    return 2


def stripe_timeout() -> timedelta:
    """One try of a request; two of them fit into ``gateway_timeout``."""
    return timedelta(seconds=6)


def card_timeout() -> timedelta:
    """A receipt without the card's last digits is better than one that comes late."""
    return timedelta(seconds=3)


def decline_look_up() -> timedelta:
    """Other mails wait for the place meanwhile, and Stripe is asked again."""
    return timedelta(seconds=3)


def decline_patience() -> timedelta:
    """While Stripe is down nobody can try again, and its webhooks come late, too; but its webhook has told of it."""
    return timedelta(hours=1)


def gateway_timeout() -> timedelta:
    """The customer's browser waits for the PaymentIntent; after this it is told to try again."""
    return timedelta(seconds=14)


def webhook_tolerance() -> timedelta:
    """How old, or how far ahead, a signed webhook may be (Stripe's own default)."""
    return timedelta(seconds=300)


def stripe_notes_per_second() -> float:
    """Far below what Stripe takes (25 a second in test mode): customers who are about to pay go first."""
    return 5.0


def chat_messages_per_second() -> float:
    """Telegram takes about thirty a second over all chats."""
    return 25.0


def chat_message_pause() -> timedelta:
    """Telegram takes about one message a second in one chat; two requests need not travel at the same speed."""
    return timedelta(seconds=1.1)


def bot_calls_per_second() -> float:
    """What is told and what is answered together stay below Telegram's thirty a second."""
    return 28.0


def sends_at_once() -> int:
    """Enough to fill a slow connection, few enough to end within the shutdown's ten seconds."""
    return 8


def events_remembered() -> timedelta:
    """Stripe lists its events for thirty days."""
    return timedelta(days=30)


def reconciliation_overlap() -> timedelta:
    """Asked for again in every round: clocks differ, and an event may be listed a little after its time."""
    return timedelta(minutes=15)


def reconciliation_pause() -> timedelta:
    """Between two rounds: what no webhook brought is known that soon."""
    return timedelta(minutes=10)


def reconciliation_pause_in_silence() -> timedelta:
    """While no webhook arrives, asking is the only way that customers hear: one request a minute."""
    return timedelta(minutes=1)


def quiet_before_look_up() -> timedelta:
    """A payment under way that nothing was heard of for so long is asked about."""
    return timedelta(minutes=15)


def authentication_grace() -> timedelta:
    """Whoever is in the middle of their bank's check when the link ends may finish it."""
    return timedelta(minutes=30)


def voucher_settling() -> timedelta:
    """What was paid on a voucher's last day is told by the bank up to two working days later."""
    return timedelta(days=4)


def transfer_lifetime() -> timedelta:
    """Stripe names no end for a bank transfer: longer than any bank takes, weekends and holidays included."""
    return timedelta(days=10)


def pause_after_refusal() -> timedelta:
    """What Stripe refused now it will refuse in a minute too; an hour later somebody may have mended it."""
    return timedelta(hours=1)


def older_copy_patience() -> timedelta:
    """What waits at a start leaves without Stripe's word after this, as long as a try waits for a service at most."""
    return timedelta(minutes=1)


def webhook_patience() -> timedelta:
    """Webhooks take seconds; one that has not come after this may never come."""
    return timedelta(minutes=3)


def receipt_again_pause() -> timedelta:
    """A second press, or an update that comes twice, is not a second mail."""
    return timedelta(seconds=60)


def late_deliveries() -> int:
    """What was missing again each time it was to leave is there for one process and not for another: a person looks."""
    return 3


def late_delivery_pause() -> timedelta:
    """Before the second of them: while one replica is updated after the other they need not agree."""
    return timedelta(minutes=10)


def fees_pauses() -> tuple[timedelta, ...]:
    """Before what Stripe takes is asked for again: it captures in the background, most often in seconds, and within an
    hour."""
    return timedelta(minutes=1), timedelta(hours=1)


def purchase_again_pause() -> timedelta:
    """A double tap sends what was bought once."""
    return timedelta(seconds=10)


def question_lifetime() -> timedelta:
    """Who has not answered within an hour has forgotten what was asked; much shorter than Stripe keeps its keys."""
    return timedelta(hours=1)


def giving_up() -> timedelta:
    """What was tried for so long in vain needs a person; nobody waits longer, whatever a service asks for."""
    return timedelta(days=3)


def files_kept() -> timedelta:
    """A product's file that no mail has carried for so long is no longer the product's, or nobody buys it."""
    return timedelta(days=30)


def invoice_lifetime() -> timedelta:
    """An invoice is forwarded, read in the evening, and discussed: a pay link's day would be too short."""
    return timedelta(days=7)


def outage_told_after() -> timedelta:
    """Services stumble for minutes every week; what lasts longer, admins want to know."""
    return timedelta(minutes=15)


def outage_quiet() -> timedelta:
    """A service that is down is asked at least every minute: failures further apart are two outages."""
    return timedelta(minutes=5)


def slow_message() -> timedelta:
    """What waits for less is simply on its way."""
    return timedelta(minutes=1)


def unfinished_kept() -> timedelta:
    """Codes that were not used, and what an unfinished conversation knows of a person: nobody goes on after a day."""
    return timedelta(days=1)


def code_sends_kept() -> timedelta:
    """Longer than any limit of codes looks back."""
    return timedelta(days=2)


def handled_updates_kept() -> timedelta:
    """Longer than Telegram repeats an update."""
    return timedelta(days=7)


def sent_messages_kept() -> timedelta:
    """How a message looked and what led to no payment: after a month nobody asks any more."""
    return timedelta(days=30)


def provider_events_kept() -> timedelta:
    """Much longer than Stripe repeats or lists an event (thirty days): a repeated one is known by its id."""
    return timedelta(days=90)


def sales_in_one_message() -> int:
    """As many lines with titles and addresses as fit into Telegram's 4096 characters."""
    return 15
