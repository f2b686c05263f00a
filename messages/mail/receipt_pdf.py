"""The receipt on paper: one page of A4 in the pay page's colours and order, the same bytes for the same payment."""

import html
import io
from collections import OrderedDict
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import HRFlowable, KeepInFrame, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from checkout.model.catalog import Catalog
from checkout.model.customer import shown_email
from checkout.model.payment import Payment
from messages.language.formats import format_money
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import PaymentPhrases, paid_at, receipt_number
from messages.language.text import shorten
from messages.mail.receipt_fonts import FONT, fonts_lock, runs, undrawn

INK, QUIET, LINE, GROUND = HexColor("#171a21"), HexColor("#565d6b"), HexColor("#d9dee7"), HexColor("#f2f4f8")
MARGIN = 58
VALUE_LIMIT = 350
FRAME_PADDING = 6  # reportlab's own, inside the margins
WIDTH, HEIGHT = (side - 2 * (MARGIN + FRAME_PADDING) for side in A4)
INSET = 16  # of the plate with the facts
Flowables = list[Any]
_drawn: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()  # chat and mail want the same paper within a second
DRAWN_KEPT = 16


def receipt_pdf(payment: Payment, catalog: Catalog, language: str) -> bytes:
    """The receipt of a paid payment as PDF, times in the shop's zone. Safe to call from several threads."""
    phrases = PaymentPhrases.of(catalog, "", language)
    key = (
        payment.payment_id, phrases.title_of(payment), payment.taken, payment.email, payment.paid_at,
        payment.receipt_number, payment.payment_intent_id, payment.facts.card, payment.is_real_money,
        catalog.shop, language,
    )  # fmt: skip
    with fonts_lock:
        if key not in _drawn:
            _drawn[key] = _draw(payment, phrases)
            while len(_drawn) > DRAWN_KEPT:
                _drawn.popitem(last=False)
        return _drawn[key]


def warm_up(phrases: PaymentPhrases) -> None:
    """Draws an empty page: the font is parsed once for the process."""
    with fonts_lock:
        SimpleDocTemplate(io.BytesIO(), pagesize=A4).build([_text(phrases.shop.name, 10, INK)])


def _draw(payment: Payment, phrases: PaymentPhrases) -> bytes:
    pdf = io.BytesIO()
    document = SimpleDocTemplate(
        pdf,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        invariant=1,
        title=_heading(payment, phrases),
        author=phrases.shop.name,
        creator="checkout-bot",
        lang=phrases.language,
    )
    made_at = paid_at(payment).strftime("D:%Y%m%d%H%M%SZ")

    def fix_date(canvas: Any, _: Any) -> None:
        canvas.setDateFormatter(lambda *_: made_at)
        canvas.setViewerPreference("DisplayDocTitle", "true")

    # However much the shop has to say of itself: the paper stays one page, and what is on it becomes smaller.
    document.build([KeepInFrame(WIDTH, HEIGHT, _story(payment, phrases), mode="shrink")], onFirstPage=fix_date)
    return pdf.getvalue()


def _story(payment: Payment, phrases: PaymentPhrases) -> Flowables:
    shop = phrases.shop
    return [
        _text(shop.name, 12, INK),
        *_test_note(payment, phrases),
        Spacer(0, 20),
        _text(_heading(payment, phrases), 24, INK),
        Spacer(0, 22),
        _items(payment, phrases),
        Spacer(0, 22),
        _facts(payment, phrases),
        Spacer(0, 28),
        HRFlowable(width="100%", thickness=0.6, color=LINE, spaceAfter=10),
        _text(shop.seller, 10, QUIET),
        _text(f"{phrases.t('Questions? Write to us:')} {shop.support}", 10, QUIET),
    ]


def _test_note(payment: Payment, phrases: PaymentPhrases) -> Flowables:
    return (
        [] if payment.is_real_money else [_text(phrases.t("This was a test payment: no money has moved."), 10, QUIET)]
    )


def _heading(payment: Payment, phrases: PaymentPhrases) -> str:
    number = receipt_number(payment)
    return phrases.t("Receipt No. {number}", number=number) if number else phrases.t("Receipt")


def _items(payment: Payment, phrases: PaymentPhrases) -> Table:
    price = price_on_paper(payment, phrases)
    title = shorten(phrases.title_of(payment), VALUE_LIMIT) or payment.sku
    head = [
        _text(phrases.t("Product"), 10, QUIET),
        _text(phrases.t("Quantity"), 10, QUIET, right=True),
        _text(phrases.t("Amount"), 10, QUIET, right=True),
    ]
    item = [_text(title, 12, INK), _text("1", 12, INK, right=True), _text(price, 12, INK, right=True)]
    total = [_text(phrases.t("Total paid"), 12, INK), _text(price, 20, INK, right=True), ""]
    style = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE),
        ("LINEBELOW", (0, 1), (-1, 1), 0.6, LINE),
        ("VALIGN", (0, 0), (-1, 1), "TOP"),
        ("VALIGN", (0, 2), (-1, 2), "MIDDLE"),
        ("SPAN", (1, 2), (2, 2)),
    ]
    return _table([head, item, total], [WIDTH * 0.52, WIDTH * 0.18, WIDTH * 0.30], style)


def price_on_paper(payment: Payment, phrases: PaymentPhrases) -> str:
    """With the currency's code where no font has its sign."""
    price = phrases.price(payment)
    return format_money(payment.taken, phrases.language, by_code=True) if undrawn(price) else price


def _facts(payment: Payment, phrases: PaymentPhrases) -> Table:
    facts = [
        (phrases.t("Date"), phrases.moment(paid_at(payment))),
        (phrases.t("Paid with"), describe_method(payment.facts.card)),
        (phrases.t("E-mail"), shown_email(payment.email)),
        (phrases.t("Payment"), payment.payment_id),
        (phrases.t("Payment at Stripe"), payment.payment_intent_id or ""),
    ]
    rows = [[_text(label, 10, QUIET), _text(shorten(value, VALUE_LIMIT), 10, INK)] for label, value in facts if value]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, -1), GROUND),
        ("ROUNDEDCORNERS", [9, 9, 9, 9]),
        ("LEFTPADDING", (0, 0), (0, -1), INSET),
        ("RIGHTPADDING", (1, 0), (1, -1), INSET),
        ("TOPPADDING", (0, 0), (-1, 0), INSET),
        ("BOTTOMPADDING", (0, -1), (-1, -1), INSET),
    ]
    return _table(rows, [WIDTH * 0.34, WIDTH * 0.66], style, gap=4)


def _table(rows: Flowables, widths: list[float], style: list[tuple[Any, ...]], gap: float = 7) -> Table:
    padding = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), gap),
        ("BOTTOMPADDING", (0, 0), (-1, -1), gap),
    ]
    return Table(rows, colWidths=widths, style=TableStyle([*padding, *style]))


def _text(text: str, size: float, color: HexColor, *, right: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "text",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.4,
        textColor=color,
        alignment=TA_RIGHT if right else 0,
    )
    return Paragraph("".join(_marked_up(name, part) for name, part in runs(text)), style)


def _marked_up(font_name: str, text: str) -> str:
    escaped = html.escape(text)
    return escaped if font_name == FONT else f'<font name="{font_name}">{escaped}</font>'
