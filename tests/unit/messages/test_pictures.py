"""The catalogue's pictures: small, upright, without a camera's notes, and refused where they are none."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from checkout.errors import CatalogError, InvalidInput
from messages.pictures import CHAT_SIDE, PAGE_SIDE, chat_picture, page_picture, picture_mistakes
from messages.showable_catalog import load_showable_catalog
from tests.support.project import CATALOG

ORIENTATION, MAKER = 274, 271


def painted(file: Path, size: tuple[int, int] = (1600, 900), mode: str = "RGB", orientation: int = 1) -> Path:
    picture = Image.new(mode, size, "navy" if mode == "RGB" else 0)
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "A camera of somebody"
    picture.save(file, exif=exif) if file.suffix == ".jpg" else picture.save(file)
    return file


def seen(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("name", "mode"), [("a.jpg", "RGB"), ("a.png", "RGBA"), ("a.png", "P"), ("a.png", "L"), ("a.webp", "RGBA")]
)
def test_each_kind_is_made_small_for_page_and_chat(tmp_path: Path, name: str, mode: str) -> None:
    file = painted(tmp_path / name, mode=mode)
    page, chat = page_picture(file), chat_picture(file)
    assert (seen(page.content).format, seen(page.content).size) == ("WEBP", (PAGE_SIDE, 81))
    assert (page.width, page.height, page.content_type) == (PAGE_SIDE, 81, "image/webp")
    assert (seen(chat.content).format, seen(chat.content).size) == ("JPEG", (CHAT_SIDE, 450))
    assert len(page.content) < 6_000


def test_it_stands_upright_and_tells_nothing_of_the_camera(tmp_path: Path) -> None:
    lying = painted(tmp_path / "a.jpg", orientation=6)
    for picture in (page_picture(lying), chat_picture(lying)):
        assert picture.height > picture.width
        assert not seen(picture.content).getexif()


def test_a_small_one_is_not_blown_up_and_no_transparency_turns_black(tmp_path: Path) -> None:
    file = painted(tmp_path / "a.png", (30, 20), "RGBA")
    assert (page_picture(file).width, page_picture(file).height) == (30, 20)
    assert seen(chat_picture(file).content).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("size", "in_chat"),
    [
        ((800, 40), (800, 40)),
        ((1600, 60), (800, 40)),
        ((3000, 1), (800, 40)),
        ((60, 1600), (40, 800)),
        ((21, 1), (21, 2)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_strip_gets_paper_around_it_for_telegram(
    tmp_path: Path, size: tuple[int, int], in_chat: tuple[int, int]
) -> None:
    flat = seen(chat_picture(painted(tmp_path / "a.png", size)).content)
    assert flat.size == in_chat


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"\xff\xd8\xff\xe0 cut short", b"%PDF-1.4"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (file := tmp_path / "odd.jpg").write_bytes(content)
    with pytest.raises(InvalidInput, match="is no picture"):
        page_picture(file)
    shop = replace(CATALOG.shop, logo=file)
    products = {"guide": replace(CATALOG.products["guide"], image=tmp_path / "gone.jpg")}
    logo, guide = picture_mistakes(replace(CATALOG, shop=shop, products=products))
    assert (logo[0], guide[0]) == ("shop.logo", "product guide.image")


def test_a_picture_that_is_cut_off_is_no_picture(tmp_path: Path) -> None:
    whole = painted(tmp_path / "a.jpg").read_bytes()
    (half := tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput):
        page_picture(half)


def test_a_catalogue_with_pictures_is_taken_and_one_with_none_of_them_is_not(tmp_path: Path) -> None:
    text = (
        '[shop]\nid = "a"\nname = "A"\nsupport = "@a"\nseller = "A"\nlogo = "logo.png"\n'
        '[[product]]\nsku = "p"\ntitle = "P"\nprice = "1.00"\ncurrency = "EUR"\nimage = "p.jpg"\n'
    )
    (catalog := tmp_path / "catalog.toml").write_text(text)
    with pytest.raises(CatalogError, match=r"product 1\.image: there is no file 'p\.jpg'"):
        load_showable_catalog(catalog)
    painted(tmp_path / "logo.png", mode="RGBA")
    (tmp_path / "p.jpg").write_bytes(b"words")
    with pytest.raises(CatalogError, match=r"product p\.image: .* is no picture"):
        load_showable_catalog(catalog)
    page_picture.cache_clear()
    painted(tmp_path / "p.jpg")
    assert load_showable_catalog(catalog).products["p"].image == tmp_path / "p.jpg"
