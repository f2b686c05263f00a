"""What each page shows of a payment, ready for the templates."""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime

from checkout.model.catalog import Catalog, Product
from checkout.model.customer import mask_email, shown_email
from checkout.model.money import Money
from checkout.model.payment import SETTLED, Fulfilment, Payment
from checkout.model.text import file_name
from checkout.notifications.handover import Handover, handover_of
from checkout.purchase.open_pay_page import PageView
from messages.language.formats import format_deadline, format_money, format_size
from messages.language.i18n import texts
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import on_its_way, receipt_number
from web.page_words import Words, alert_of, given_back, note_of, words_of

LONG = 12  # characters of an amount that need a line of their own on a phone
NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


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


def revision_of(view: PageView) -> str:
    """Changes when the page has something else to say; a script compares it.

    A digest: that a card was reported stolen is not to be read in the page's source either.
    """
    payment = view.payment
    parts = (payment.payment_id, view.status, payment.amount_refunded, payment.failure_code or "", view.is_payable)
    address = mask_email(shown_email(payment.email))
    voucher = payment.voucher.url if payment.voucher else ""
    told = ".".join(map(str, (*parts, payment.fulfilment, voucher, payment.is_untouched, on_its_way(payment), address)))
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
        words=words_of(view, catalog, now, is_here=product is not None),
        alert=alert_of(view),
        note=note_of(view, done=done),
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


def _facts(payment: Payment, catalog: Catalog, language: str) -> tuple[tuple[str, str], ...]:
    """The lines of the receipt, name and value."""
    _ = texts("page", language).gettext
    facts = [(_("Paid"), format_money(payment.taken, language))]
    for label, amount in ((_("Refunded"), given_back(payment)), (_("Refund on its way"), on_its_way(payment))):
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
