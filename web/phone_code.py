"""The page's own link as a QR code, so that who reads it on a computer can pay on the phone."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=512)  # five milliseconds each, and a page is read anew with every change of its payment
def phone_code(url: str) -> Markup:
    """An ``svg`` element with its quiet zone, half a kilobyte on the wire."""
    # A screen is neither torn nor stained: the least correction makes the largest squares.
    code = segno.make_qr(url, error="L", boost_error=False)
    return Markup(code.svg_inline(omitsize=True, svgclass=None, lineclass=None))  # noqa: S704 - nothing of it is a text
