"""Lists of payments for admins: newest first, by status, or what a search has found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.admin.dates import moment
from bot.customer.orders_texts import SIGNS
from checkout.language import LANGUAGES
from checkout.model.customer import shown_email
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.model.payment import Payment, Status
from checkout.model.search import LONGEST_ID, By, Page, Person, Search, SearchUsername
from messages import callbacks
from messages.language.payment_phrases import receipt_number
from messages.language.text import fill, shorten
from messages.language.translator import Translator

TITLE, ADDRESS, NAME, TYPED = 32, 40, 40, 60  # characters
NUMBERS_IN_A_ROW, FILTERS_IN_A_ROW = 5, 2  # a sign and its word are whole on a phone, two beside each other
# What is looked for nearly always; the rest is behind *More…*.
USUAL = (Search(By.ALL), *(Search(By.STATUS, one) for one in (Status.PAID, Status.REVIEW, Status.REFUNDED)))
SHORTEST_USERNAME, LONGEST_USERNAME = 4, 32

# What the customer need not see of a dispute is what an admin must.
ADMIN_SIGNS = {**SIGNS, Status.PROCESSING: "🏦", Status.DISPUTED: "⚠️"}


def status_words(translator: Translator) -> dict[Status, str]:
    """Short enough for a button, after their sign."""
    return {
        Status.PAID: translator.t("Paid"),
        Status.FAILED: translator.t("Declined"),
        Status.PENDING: translator.t("Unpaid"),
        Status.REFUNDED: translator.t("Given back"),
        Status.PARTIALLY_REFUNDED: translator.t("Partly back"),
        Status.REVIEW: translator.t("To look at"),
        Status.DISPUTED: translator.t("Dispute"),
        Status.PROCESSING: translator.t("At bank"),
        Status.CANCELED: translator.t("Canceled"),
        Status.EXPIRED: translator.t("Expired"),
    }


def status_typed(translator: Translator, typed: str) -> Status | None:
    """The status that a typed word means, be it Stripe's or a button's in either language; None when it is none."""
    word = "_".join(typed.lower().replace("-", " ").replace("_", " ").split())
    if word in frozenset(Status):
        return Status(word)
    said = [status_words(replace(translator, language=language)) for language in LANGUAGES]
    return next((status for words in said for status, one in words.items() if _plain(one) == _plain(typed)), None)


def _plain(word: str) -> str:
    """Hardly anybody types a ё."""
    return word.lower().replace("ё", "е")


def wrong_status(translator: Translator, typed: str) -> OutgoingChat:
    opening = translator.t_html(
        "“{typed}” is no status of a payment. Press one of the buttons, or write one of these after /payments:",
        typed=shorten(typed, TYPED),
    )
    words = [
        fill("{sign} <code>{status}</code> — {word}", sign=ADMIN_SIGNS[status], status=status, word=word)
        for status, word in status_words(translator).items()
    ]
    return OutgoingChat("\n".join([opening, "", *words]), filters(translator, Search(By.ALL), is_unfolded=True))


def listed(translator: Translator, page: Page, now: datetime, *, is_unfolded: bool = False) -> OutgoingChat:
    """A page of /payments; ``is_unfolded`` offers every filter."""
    lines = [_heading(translator, page)]
    if not page.payments:
        lines.append(translator.t_html("There are none."))
    lines += [_line(translator, number, one, now) for number, one in enumerate(page.payments, 1)]
    offered = filters(translator, page.search, is_unfolded=is_unfolded)
    return OutgoingChat("\n\n".join(lines), (*_buttons(translator, page), *offered))


def found(translator: Translator, page: Page, now: datetime) -> OutgoingChat:
    """A page of what /find has found, or what was looked for and how else to look."""
    if not page.payments:
        return _nothing(translator, page)
    lines = [_heading(translator, page)]
    lines += [_line(translator, number, one, now) for number, one in enumerate(page.payments, 1)]
    return OutgoingChat(
        "\n\n".join(lines), (*_buttons(translator, page), *_other_readings(translator, page.search, is_found=True))
    )


def _heading(translator: Translator, page: Page) -> str:
    value = page.search.value
    match page.search.by:
        case By.ALL:
            return translator.t_html("<b>Payments</b>, the newest first")
        case By.TO_DO:
            return translator.t_html("<b>Sold and yours to hand over</b>, the newest first")
        case By.STATUS:
            word = status_words(translator)[Status(value)]
            return translator.t_html("<b>Payments: {status}</b>, the newest first", status=word.lower())
        case By.CUSTOMER:
            return f"{translator.t_html('<b>Payments of</b>')} {person(page.person or Person(int(value), '', ''))}"
        case By.CARD:
            return translator.t_html("<b>Paid with a card ending in {digits}</b>", digits=value)
        case By.EMAIL if {one.email.lower() for one in page.payments} == {value.lower()}:
            return translator.t_html("<b>Payments of</b>") + fill(" <b>{email}</b>", email=shown_email(value))
        case By.EMAIL:
            return translator.t_html("<b>Addresses that begin with {beginning}</b>", beginning=shown_email(value))


def person(person: Person) -> str:
    """A link to the chat with them; HTML."""
    who = person.telegram_user_id
    name = shorten(person.name, NAME) or str(who)
    link = fill('<a href="tg://user?id={who}">{name}</a>', who=who, name=name)
    username = fill(" @{username}", username=person.username) if person.username else ""
    return link + username + (fill(" · <code>{who}</code>", who=who) if name != str(who) else "")


def _line(translator: Translator, number: int, payment: Payment, now: datetime) -> str:
    status = payment.status_at(now)
    return fill(
        "{number}. {sign} {word} · <b>{amount}</b> · {title}\n{address} · {when}",
        number=number,
        sign=ADMIN_SIGNS[status],
        word=status_words(translator)[status],
        amount=translator.money(payment.taken),
        title=shorten(translator.title_of(payment), TITLE),
        address=short_address(shown_email(payment.email)) or payment.telegram_user_id,
        when=moment(translator, payment.created_at, now),
    )


def short_address(email: str) -> str:
    """The whole address where it fits on a phone's line, else its two ends."""
    if len(email) <= ADDRESS:
        return email
    local, _, domain = email.rpartition("@")
    ending = f"…@{domain}" if len(domain) <= ADDRESS // 2 else f"…{email[-ADDRESS // 2 :]}"
    return (local or email)[: ADDRESS - len(ending)] + ending


def _buttons(translator: Translator, page: Page) -> ButtonRows:
    """A number for each payment, and the way on."""
    numbers = [
        Button(str(number), callback_data=callbacks.OPEN.data(one.payment_id))
        for number, one in enumerate(page.payments, 1)
    ]
    onward = []
    if page.payments and page.has_newer:
        onward.append(Button(_newer_word(translator, page.search), callback_data=callbacks.turn_page(page, newer=True)))
    if page.payments and page.has_older:
        onward.append(
            Button(_older_word(translator, page.search), callback_data=callbacks.turn_page(page, newer=False))
        )
    return (*_rows(numbers, NUMBERS_IN_A_ROW), *([tuple(onward)] if onward else []))


def _newer_word(translator: Translator, search: Search) -> str:
    return translator.t("‹ Back") if search.by is By.EMAIL else translator.t("‹ Newer")


def _older_word(translator: Translator, search: Search) -> str:
    return translator.t("More ›") if search.by is By.EMAIL else translator.t("Older ›")


def filters(translator: Translator, shown: Search, *, is_unfolded: bool) -> ButtonRows:
    """The usual ones and *More…*; all where that was pressed, and where what is shown is none of the usual."""
    offered = {Search(By.ALL): translator.t("All")}
    for status, word in status_words(translator).items():
        offered[Search(By.STATUS, status)] = f"{ADMIN_SIGNS[status]} {word}"
    is_unfolded = is_unfolded or (shown.by is By.STATUS and shown not in USUAL)
    buttons = [
        Button(
            f"• {offered[search]}" if search == shown else offered[search], callback_data=callbacks.first_page(search)
        )
        for search in (offered if is_unfolded else USUAL)
    ]
    more = () if is_unfolded else ((Button(translator.t("More…"), callback_data=callbacks.all_filters(shown)),),)
    return (*_rows(buttons, FILTERS_IN_A_ROW), *more)


def _rows(buttons: Sequence[Button], in_a_row: int) -> ButtonRows:
    return tuple(tuple(buttons[at : at + in_a_row]) for at in range(0, len(buttons), in_a_row))


def how_to_find(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Whom or what shall I look for? Write it after the command:\n"
            "<code>/find anna@example.com</code> — an address or its beginning\n"
            "<code>/find @anna</code> — a name in Telegram\n"
            "<code>/find 123456789</code> — a Telegram id\n"
            "<code>/find 4242</code> — the last four digits of a card\n"
            "<code>/find No. 1</code> — the number of a receipt"
        )
    )


def _nothing(translator: Translator, page: Page) -> OutgoingChat:
    value = shorten(page.search.value, TYPED)
    match page.search.by:
        case By.CARD:
            said = translator.t_html(
                "No payment was made with a card that ends in {digits}, nor by a customer with this Telegram id.",
                digits=value,
            )
        case By.CUSTOMER:
            said = translator.t_html("There is no payment of a customer with the Telegram id {who}.", who=value)
        case _:
            said = translator.t_html("There is no payment with an address that begins with “{typed}”.", typed=value)
    return OutgoingChat(f"{said}\n\n{_how_else(translator)}", _other_readings(translator, page.search, is_found=False))


def _how_else(translator: Translator) -> str:
    return translator.t_html(
        "I find payments by e-mail address (or its beginning), @name or id in Telegram, a card's last four digits, or a"
        " receipt's number (No. 1); not by people's own names. /payments shows the newest."
    )


def _other_readings(translator: Translator, search: Search, *, is_found: bool) -> ButtonRows:
    """What else the same text may mean."""
    value = search.value
    readings = []
    if value.isascii() and value.isdigit() and len(value) <= LONGEST_ID:
        readings = [
            (By.CARD, translator.t("Card •••• {typed}", typed=value), len(value) == 4),
            (By.CUSTOMER, translator.t("Telegram id {typed}", typed=value), is_found or len(value) != 4),
            (By.EMAIL, translator.t("Addresses with {typed}…", typed=value), True),
        ]
    elif search.by is By.EMAIL and _may_be_username(value):
        in_telegram = callbacks.find_as(SearchUsername(value))
        return ((Button(translator.t("In Telegram: @{typed}", typed=value), callback_data=in_telegram),),)
    return tuple(
        (Button(words, callback_data=callbacks.find_as(Search(by, value))),)
        for by, words, fits in readings
        if fits and by != search.by
    )


def open_receipt(translator: Translator, payment: Payment) -> tuple[Button, ...]:
    words = translator.t("🧾 Receipt No. {number}", number=receipt_number(payment))
    return (Button(words, callback_data=callbacks.OPEN.data(payment.payment_id)),)


def _may_be_username(text: str) -> bool:
    return (
        SHORTEST_USERNAME <= len(text) <= LONGEST_USERNAME
        and text.isascii()
        and text.replace("_", "").isalnum()
        and text[0].isalpha()
    )


def none_begins_so(translator: Translator, typed: str) -> str:
    return translator.t_html("No payment's address is {typed}. Alike:", typed=shorten(shown_email(typed), TYPED))


def no_such_payment(translator: Translator, name: str) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "There is no payment “{name}”. Give its receipt's number, or the id that begins with pay_ or pi_. /find"
            " looks for a customer, /payments shows the newest.",
            name=shorten(name, TYPED),
        )
    )


def nobody_called(translator: Translator, wanted: SearchUsername) -> OutgoingChat:
    said = translator.t_html(
        "Nobody who is called @{username} in Telegram has written to me. Names change: try the address.",
        username=shorten(wanted.username, TYPED),
    )
    return OutgoingChat(f"{said}\n\n{_how_else(translator)}")


def several_called(translator: Translator, wanted: SearchUsername, people: Sequence[Person]) -> OutgoingChat:
    lines = [
        translator.t_html(
            "Several customers were called @{username} when they were last here. Whose payments?",
            username=wanted.username,
        )
    ]
    lines += [f"{number}. {person(one)}" for number, one in enumerate(people, 1)]
    buttons = [
        Button(str(number), callback_data=callbacks.find_as(Search(By.CUSTOMER, str(one.telegram_user_id))))
        for number, one in enumerate(people, 1)
    ]
    return OutgoingChat("\n".join(lines), _rows(buttons, NUMBERS_IN_A_ROW))


def button_too_old(translator: Translator) -> str:
    return translator.t("This button does not work any more. /payments shows the newest payments.")
