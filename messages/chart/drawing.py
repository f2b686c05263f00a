"""A pen that knows where it wrote."""

from dataclasses import dataclass
from functools import lru_cache

import fontpkg_noto_sans
from PIL import Image, ImageDraw, ImageFont

BOLD = 650


@dataclass(frozen=True, slots=True)
class Box:
    """What a text covers, in pixels from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Pen:
    """Draws on an image of its own; ``written`` is every text and where it stands."""

    def __init__(self, width: int, height: int, paper: str) -> None:
        self.image = Image.new("RGB", (width, height), paper)
        self.written: list[Box] = []
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: int,
        color: str,
        *,
        anchor: str = "la",
        bold: bool = False,
        halo: str = "",
    ) -> Box:
        """Where ``at`` stands in the text is Pillow's ``anchor``; a ``halo`` keeps it readable over lines."""
        font = _font(size, bold)
        stroke = 5 if halo else 0
        self._draw.text(at, text, color, font, anchor=anchor, stroke_width=stroke, stroke_fill=halo or None)
        box = Box(text, *self._draw.textbbox(at, text, font, anchor=anchor))
        self.written.append(box)
        return box

    def width(self, text: str, size: int) -> float:
        return _width(text, size)

    def bar(self, corners: tuple[float, float, float, float], color: str) -> None:
        """Left, top, right, bottom; the last pixel on the right and at the bottom is not part of it."""
        left, top, right, bottom = (round(one) for one in corners)
        if right > left and bottom > top:
            self._draw.rectangle((left, top, right - 1, bottom - 1), color)

    def rule(self, left: float, right: float, y: float, color: str) -> None:
        self._draw.line((left, round(y), right, round(y)), color, 2)


@lru_cache(maxsize=512)  # the days of a year, and some amounts
def _width(text: str, size: int) -> float:
    return float(_font(size, False).getlength(text))


@lru_cache(maxsize=8)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf"), size)
    if bold:
        font.set_variation_by_axes([BOLD, 100])  # weight, width
    return font
