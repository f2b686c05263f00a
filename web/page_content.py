"""What each page shows: the words that follow from a payment's status."""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from checkout.model.catalog import Catalog, Product
from checkout.model.customer import mask_email, shown_email
from checkout.model.intent_facts import NextAction
from checkout.model.invoice import is_invoice
from checkout.model.money import Money
from checkout.model.payment import PAYABLE, SETTLED, Fulfilment, Payment, Status
from checkout.model.text import file_name
from checkout.notifications.handover import Handover, handover_of
from checkout.purchase.open_pay_page import PageView
from messages.language.declines import tell_decline
from messages.language.formats import format_deadline, format_money, format_size
from messages.language.i18n import texts
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import REFUND_DAYS, on_its_way, receipt_number
from messages.links import chat_url, support_url

LONG = 12  # characters of an amount that need a line of their own on a phone
NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Link:
    """``href`` is empty where the text is no address."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Words:
    """The part that changes with the status. ``tone`` is for the eye: calm, wait, good or bad."""

    tone: str
    heading: str
    lines: tuple[str, ...]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """``number`` is the file's in the catalogue; ``size`` in words."""

    number: int
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment as the templates need it: ready words, nothing to compute."""

    status: str
    revision: str
    language: str
    title: str
    description: str
    amount: str
    email: str
    button: str
    is_long: bool
    words: Words | None
    alert: str
    note: str
    facts: tuple[tuple[str, str], ...]
    access: tuple[str, ...]
    files: tuple[Download, ...]
    has_form: bool
    is_settled: bool
    is_test: bool


def support_link(support: str) -> Link:
    """A Telegram name, an e-mail address or a web address as a link; anything else as it stands."""
    href = support_url(support)
    return Link(support.partition("://")[2].rstrip("/") if href == support else support, href)


def revision_of(view: PageView) -> str:
    """Changes when the page has something else to say; a script compares it.

    A digest: that a card was reported stolen is not to be read in the page's source either.
    """
    payment = view.payment
    parts = (payment.payment_id, view.status, payment.amount_refunded, payment.failure_code or "", view.is_payable)
    voucher = payment.voucher.url if payment.voucher else ""
    told = ".".join(map(str, (*parts, payment.fulfilment, voucher, payment.is_untouched, on_its_way(payment))))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def show(view: PageView, catalog: Catalog, now: datetime, *, done: bool) -> Shown:
    """As it reads at ``now`` (UTC); ``done`` for who comes back from a confirmation."""
    payment, language = view.payment, view.language
    title, description = _product_words(payment, catalog, language)
    amount = format_money(payment.taken, language)
    is_long = len(amount) >= LONG
    product = bought(view, catalog)
    _ = texts("page", language).gettext
    return Shown(
        status=str(view.status),
        revision=revision_of(view),
        language=language,
        title=title,
        description=description,
        amount=amount,
        email=mask_email(shown_email(payment.email)),
        # Plain spaces: the name is to be typed and searched for; the style keeps it on one line where it is short.
        button=_("Pay %(amount)s") % {"amount": amount if is_long else amount.translate(NO_BREAK_SPACES)},
        is_long=is_long,
        words=_words(view, catalog, now),
        alert=_alert(view),
        note=_note(view, done=done),
        facts=_facts(payment, catalog, language) if view.status in SETTLED else (),
        access=tuple(product.text.in_(language).splitlines()) if product else (),
        files=_downloads(product, language) if product else (),
        has_form=view.is_payable,
        is_settled=view.status in SETTLED,
        is_test=not payment.livemode,
    )


def bought(view: PageView, catalog: Catalog) -> Product | None:
    """What the page hands out as the chat does: what was delivered by the program, and was not given back whole."""
    payment = view.payment
    if not payment.is_bought or payment.fulfilment is not Fulfilment.DELIVERED:
        return None
    product = catalog.sold_as(payment.sku, payment.title)
    return product if product and handover_of(catalog, product.sku) is Handover.PROGRAM else None


def _downloads(product: Product, language: str) -> tuple[Download, ...]:
    sizes = [format_size(path.stat().st_size, language) for path in product.files]
    names = [file_name(path.name) for path in product.files]
    return tuple(Download(*one) for one in zip(itertools.count(), names, sizes, strict=False))


def _product_words(payment: Payment, catalog: Catalog, language: str) -> tuple[str, str]:
    """The catalogue's while it still sells what this payment was made for, else the payment's own."""
    product = catalog.sold_as(payment.sku, payment.title)
    return (product.title.in_(language), product.description.in_(language)) if product else (payment.title, "")


def _words(view: PageView, catalog: Catalog, now: datetime) -> Words | None:
    """None where the form says what there is to say."""
    payment, language = view.payment, view.language
    if view.status is Status.EXPIRED or (view.status in PAYABLE and not view.is_on_sale):
        return _closed(view, catalog.shop.support)
    if view.under_way is not None:
        return _under_way(view.under_way, catalog.shop.support, language)
    if view.status is Status.PENDING and payment.voucher:
        return _voucher(payment.voucher, catalog.shop.timezone, language, now)
    if view.is_payable:
        return None
    if view.status in SETTLED:
        return _settled(view, catalog)
    return _unsettled(view.status, catalog.shop.support, language)


def _alert(view: PageView) -> str:
    """Said right above the pay button: how the last attempt ended."""
    is_declined = view.status is Status.FAILED and view.is_payable
    return tell_decline(view.payment.failure_code or "", view.language) if is_declined else ""


def _note(view: PageView, *, done: bool) -> str:
    """Said at the same place, where nothing went wrong."""
    _ = texts("page", view.language).gettext
    if not view.is_payable:
        return ""
    if view.status is Status.CANCELED:
        return _("That attempt was canceled. Nothing was charged, and you can pay again.")
    if done and view.status is Status.PENDING and not view.payment.voucher:
        return _("No payment has been made yet. If you have just confirmed one, this page will show it in a moment.")
    return ""


def action_of(view: PageView, bot_username: str) -> Link | None:
    """The one thing to do where there is nothing to pay; None while Telegram has not told the bot's name."""
    _ = texts("page", view.language).gettext
    if not bot_username or view.is_payable:
        return None
    if view.status is Status.EXPIRED:
        return Link(_("Get a new link"), chat_url(bot_username, view.payment.sku))
    return Link(_("Open the chat"), chat_url(bot_username))


def _voucher(voucher: NextAction, timezone: ZoneInfo, language: str, now: datetime) -> Words:
    _ = texts("page", language).gettext
    until = format_deadline(voucher.until, language, timezone, now)
    lines = (
        _("Pay by %(time)s. We will tell you in the chat and by e-mail once the money has come.") % {"time": until},
        _("If you would rather pay another way, you can do so below."),
    )
    return Words("wait", _("The payment details are ready"), lines, Link(_("Payment details"), voucher.url))


def _under_way(another: Payment, support: str, language: str) -> Words:
    """Why this link takes nothing now."""
    if another.status is Status.REVIEW:
        return _unsettled(another.status, support, language)
    _ = texts("page", language).gettext
    heading = _("A payment for this is under way already")
    if another.voucher is None:
        line = _("So that you do not pay twice, there is no second one until the bank has answered.")
        return Words("wait", heading, (line, _("We will tell you the result in the chat and by e-mail.")))
    line = _("So that you do not pay twice, there is no second one while its payment details can be used.")
    return Words("wait", heading, (line,), Link(_("Payment details"), another.voucher.url))


def _closed(view: PageView, support: str) -> Words:
    """That nothing was charged is said only where Stripe cannot know better."""
    _ = texts("page", view.language).gettext
    whom, lines = {"support": support}, [_("If you have just paid, wait: we will tell you in the chat and by e-mail.")]
    if view.status is Status.EXPIRED:
        lines.append(_("If not, ask the bot for a new link."))
        untouched, heading = _("Nothing was charged. Ask the bot for a new link."), _("This payment link has expired")
    else:
        lines.append(_("Questions? Write to %(support)s.") % whom)
        untouched = _("Nothing was charged. Questions? Write to %(support)s.") % whom
        heading = _("This cannot be bought now")
    return Words("calm", heading, (untouched,) if view.payment.is_untouched else tuple(lines))


def _unsettled(status: Status, support: str, language: str) -> Words:
    _ = texts("page", language).gettext
    if status is Status.PROCESSING:
        return Words(
            "wait",
            _("The payment is being processed"),
            (
                _("Some banks need several days for it. You can close this page."),
                _("We will tell you the result in the chat and by e-mail."),
            ),
        )
    return Words(
        "wait",
        _("The shop is looking into this payment"),
        (
            _("You need not pay again. We will write to you as soon as it is settled."),
            _("Questions? Write to %(support)s.") % {"support": support},
        ),
    )


def _settled(view: PageView, catalog: Catalog) -> Words:
    """A dispute is between the shop and the bank: the customer's receipt does not mention it."""
    payment, _ = view.payment, texts("page", view.language).gettext
    given_back = _given_back(payment)
    if given_back == 0:
        return Words("good", _("Paid. Thank you!"), _what_comes(view, catalog))
    back = _("The money goes back the way you paid, usually within %(days)s business days.")
    lines = (back % {"days": REFUND_DAYS},)
    if given_back >= payment.taken.amount:
        return Words("good", _("The refund was issued"), lines)
    return Words("good", _("A partial refund was issued"), lines)


def _what_comes(view: PageView, catalog: Catalog) -> tuple[str, ...]:
    """What is not sent by itself is not said to be; the words stay true for whoever opens the page again later."""
    payment, _ = view.payment, texts("page", view.language).gettext
    if bought(view, catalog):
        return (_("Your purchase is below and in the chat."),)
    if not payment.waits_for_a_person:
        return (_("Everything else is in the chat."),)
    receipt, support = _("The receipt comes by e-mail."), {"support": catalog.shop.support}
    if is_invoice(payment.sku):
        return (receipt,)
    if handover_of(catalog, payment.sku) is Handover.PERSON:
        return receipt, _("The shop sees to the rest in person. Questions? Write to %(support)s.") % support
    return receipt, _(
        "Your purchase cannot be sent at the moment; the shop knows of it. Questions? Write to %(support)s."
    ) % support


def _given_back(payment: Payment) -> int:
    return min(payment.amount_refunded, payment.taken.amount)


def _facts(payment: Payment, catalog: Catalog, language: str) -> tuple[tuple[str, str], ...]:
    """The lines of the receipt, name and value."""
    _ = texts("page", language).gettext
    facts = [(_("Paid"), format_money(payment.taken, language))]
    for label, amount in ((_("Refunded"), _given_back(payment)), (_("Refund on its way"), on_its_way(payment))):
        if amount:
            facts.append((label, format_money(Money(amount, payment.taken.currency), language)))
    if payment.paid_at:
        facts.append((_("Date"), format_deadline(payment.paid_at, language, catalog.shop.timezone)))
    if method := describe_method(payment.facts.card):
        facts.append((_("Paid with"), method))
    if number := receipt_number(payment):
        facts.append((_("Receipt"), _("No. %(number)s") % {"number": number}))
    facts.append((_("Payment"), payment.payment_id))
    return tuple(facts)
