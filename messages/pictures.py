"""The catalogue's pictures as they are shown: small, upright, and without what a camera wrote into them."""

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from checkout.catalog.mistakes import Mistake
from checkout.errors import InvalidInput
from checkout.model.catalog import Catalog
from checkout.sentence import t, words_of

FORMATS = ("JPEG", "PNG", "WEBP")
PAGE_SIDE, CHAT_SIDE = 144, 800  # pixels at most; the page shows half of it, for screens that have two for one
LONGEST = 20  # times as long as it is wide: Telegram takes no photo that is longer, and nobody could buy what it shows
PAPER = "white"  # under what is transparent, where a format knows no transparency


@dataclass(frozen=True, slots=True)
class Picture:
    """``version`` follows from the content."""

    content: bytes
    content_type: str
    width: int
    height: int
    version: str


@lru_cache(maxsize=1024)
def page_picture(path: Path) -> Picture:
    """Raises InvalidInput for what is no picture, or gone."""
    return _drawn(_opened(path, PAGE_SIDE), "WEBP", quality=80)


@lru_cache(maxsize=1024)
def chat_picture(path: Path) -> Picture:
    """Raises InvalidInput for what is no picture, or gone."""
    seen = _opened(path, CHAT_SIDE)
    width, height = max(seen.width, -(-seen.height // LONGEST)), max(seen.height, -(-seen.width // LONGEST))
    flat = Image.new("RGB", (width, height), PAPER)
    flat.paste(seen, ((width - seen.width) // 2, (height - seen.height) // 2), seen.getchannel("A"))
    return _drawn(flat, "JPEG", quality=85)


def picture_mistakes(catalog: Catalog) -> list[Mistake]:
    """One for each that cannot be shown. Afterwards those that can are ready."""
    named = {f"product {sku}.image": product.image for sku, product in catalog.products.items()}
    mistakes: list[Mistake] = []
    for key, path in {"shop.logo": catalog.shop.logo, **named}.items():
        try:
            if path is not None:
                page_picture(path)
                chat_picture(path)
        except InvalidInput as error:
            mistakes.append((key, words_of(error)))
    return mistakes


def _opened(path: Path, side: int) -> Image.Image:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            # JPEG reads no more than is wanted; the others have to be read whole.
            picture.draft("RGB", (2 * side, 2 * side))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InvalidInput(t("{path} is no picture that can be shown; JPEG, PNG and WebP are", path=path)) from None
    upright.thumbnail((side, side))
    return upright


def _drawn(picture: Image.Image, name: str, *, quality: int) -> Picture:
    file = io.BytesIO()
    picture.save(file, name, quality=quality)
    content = file.getvalue()
    version = hashlib.sha256(content).hexdigest()[:16]
    return Picture(content, Image.MIME[name], *picture.size, version)
