"""What each page says: the words that follow from a payment's status."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from checkout.model.catalog import Catalog
from checkout.model.intent_facts import NextAction
from checkout.model.invoice import is_invoice
from checkout.model.payment import PAYABLE, SETTLED, Payment, Status
from checkout.notifications.handover import Handover, handover_of
from checkout.purchase.open_pay_page import PageView
from messages.language.declines import tell_decline
from messages.language.formats import format_deadline
from messages.language.i18n import texts
from messages.language.payment_phrases import REFUND_DAYS
from messages.links import chat_url, support_url


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


def support_link(support: str) -> Link:
    """A Telegram name, an e-mail address or a web address as a link; anything else as it stands."""
    href = support_url(support)
    return Link(support.partition("://")[2].rstrip("/") if href == support else support, href)


def words_of(view: PageView, catalog: Catalog, now: datetime, *, is_here: bool) -> Words | None:
    """None where the form says what there is to say. ``is_here`` where the page hands out what was bought."""
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
        return _settled(view, catalog, is_here=is_here)
    return _unsettled(view.status, catalog.shop.support, language)


def alert_of(view: PageView) -> str:
    """Said right above the pay button: how the last attempt ended."""
    is_declined = view.status is Status.FAILED and view.is_payable
    return tell_decline(view.payment.failure_code or "", view.language) if is_declined else ""


def note_of(view: PageView, *, done: bool) -> str:
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


def _settled(view: PageView, catalog: Catalog, *, is_here: bool) -> Words:
    """A dispute is between the shop and the bank: the customer's receipt does not mention it."""
    payment, _ = view.payment, texts("page", view.language).gettext
    refunded = given_back(payment)
    if refunded == 0:
        return Words("good", _("Paid. Thank you!"), _what_comes(view, catalog, is_here=is_here))
    back = _("The money goes back the way you paid, usually within %(days)s business days.")
    lines = (back % {"days": REFUND_DAYS},)
    if refunded >= payment.taken.amount:
        return Words("good", _("The refund was issued"), lines)
    return Words("good", _("A partial refund was issued"), lines)


def _what_comes(view: PageView, catalog: Catalog, *, is_here: bool) -> tuple[str, ...]:
    """What is not sent by itself is not said to be; the words stay true for whoever opens the page again later."""
    payment, _ = view.payment, texts("page", view.language).gettext
    if is_here:
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


def given_back(payment: Payment) -> int:
    return min(payment.amount_refunded, payment.taken.amount)
