"""What a paid payment hands over: the receipt and the product's own files, read when they are sent."""

import logging
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from checkout.model.outgoing import Attachment
from checkout.model.payment import Payment
from checkout.model.text import file_name
from messages.language.payment_phrases import PaymentPhrases, receipt_number
from messages.mail.receipt_pdf import receipt_pdf

log = logging.getLogger(__name__)


def receipt_attachment(payment: Payment, phrases: PaymentPhrases) -> Attachment:
    """``receipt-000123.pdf`` or ``kvitantsiya-000123.pdf``: ASCII, for old mail programs."""
    word = "kvitantsiya" if phrases.language == "ru" else "receipt"
    name = f"{word}-{receipt_number(payment) or payment.payment_id}.pdf"
    return Attachment(name, receipt_pdf(payment, phrases.catalog, phrases.language), "application/pdf")


@dataclass(frozen=True, slots=True)
class Delivery:
    """The product's files that could be read and hold something; unless ``is_whole`` the shop must send the rest."""

    files: tuple[Attachment, ...]
    is_whole: bool


def deliver(payment: Payment, phrases: PaymentPhrases) -> Delivery:
    """Reads the files of the product; a product that has left the catalogue has none."""
    product = phrases.product_of(payment)
    if product is None:
        return Delivery((), is_whole=False)
    files = tuple(file for path in product.files if (file := _read(path)))
    return Delivery(files, is_whole=len(files) == len(product.files))


def product_file(payment: Payment, number: int, phrases: PaymentPhrases) -> Attachment | None:
    """File ``number`` of the product, counted from 0; None when it is there no more."""
    product = phrases.product_of(payment)
    if product is None or number >= len(product.files):
        return None
    return _read(product.files[number])


def _read(path: Path) -> Attachment | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        log.error("a product's file cannot be read: %s", error)
        return None
    if not content:
        log.error("a product's file is empty: %s", path)
        return None
    type_ = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(file_name(path.name), content, type_, sha256(content).hexdigest())
