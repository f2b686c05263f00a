"""The first catalogue: written once, with an id of its own, and never over another shop's."""

import errno
import os
import shutil
from pathlib import Path
from unicodedata import normalize

import pytest

from checkout.catalog.load_catalog import load_catalog
from checkout.model.money import Money
from checkout.model.text import file_name
from tests.support.project import CATALOG_FILE
from tests.support.setup.new_shop import NewShop


def path_of(new_shop: NewShop) -> Path:
    return new_shop.folder / "catalog.toml"


def put_sample(new_shop: NewShop) -> None:
    shutil.copy(CATALOG_FILE, new_shop.folder)
    shutil.copytree(CATALOG_FILE.parent / "files", new_shop.folder / "files")


async def test_no_folder_is_made_that_is_called_like_a_home(new_shop: NewShop) -> None:
    (new_shop.folder / ".env").write_text("CATALOG=~/shop/catalog.toml\n")
    (new_shop.folder / "~/shop").mkdir(parents=True)
    said = await new_shop.set_up()
    (remains,) = said.remains
    assert (said.code, remains.partition(",")[0]) == (1, "CATALOG has a ~ where the path begins")
    assert not any((new_shop.folder / "~/shop").iterdir())


async def test_what_was_answered_stands_in_it(new_shop: NewShop) -> None:
    (new_shop.folder / "files").mkdir()
    (new_shop.folder / "files/1f3a").write_bytes(b"%PDF-")
    (new_shop.folder / "files/guide.pdf").symlink_to("1f3a")  # customers see the link's name
    more = '--timezone Europe/Tallinn --product-file files/guide.pdf --seller "\\"A\\" \\\\ B"'
    assert (await new_shop.set_up(more=more)).code == 0
    catalog = load_catalog(path_of(new_shop))
    (product,) = catalog.products.values()
    assert (catalog.shop.name, catalog.shop.seller, catalog.shop.support) == ("Night Books", '"A" \\ B', "@nightbooks")
    assert catalog.shop.timezone.key == "Europe/Tallinn"
    assert (product.sku, product.title.in_("en"), product.price) == ("city-guide", "City guide", Money(1900, "eur"))
    assert product.files == (new_shop.folder.resolve() / "files/guide.pdf",)
    assert 'files = ["files/guide.pdf"]' in path_of(new_shop).read_text()


@pytest.fixture
def guide_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nobody looks for what is the shop's: in somebody's home."""
    guide = tmp_path_factory.mktemp("home") / "guide.pdf"
    guide.write_bytes(b"%PDF-")
    return guide.resolve()


async def test_a_file_that_lies_elsewhere_is_taken_and_named(new_shop: NewShop, guide_elsewhere: Path) -> None:
    said = await new_shop.set_up({**new_shop.flags, "--product-file": str(guide_elsewhere)})
    assert said.code == 0
    assert f"{guide_elsewhere} lies outside of the shop's folder" in said.text
    (product,) = load_catalog(path_of(new_shop)).products.values()
    assert product.files == (guide_elsewhere,)


@pytest.mark.parametrize("typed", ["{folder}/Мой чай.pdf", "'{folder}/Мой чай.pdf'", r"{folder}/Мой\ чай.pdf"])
async def test_a_file_from_a_mac_is_found_as_its_name_looks_also_dropped_into_the_terminal(
    new_shop: NewShop, typed: str
) -> None:
    on_disk = new_shop.folder.resolve() / normalize("NFD", "Мой чай.pdf")
    on_disk.write_bytes(b"%PDF-")
    folder = str(new_shop.folder) if "\\" not in typed else str(new_shop.folder).replace(" ", "\\ ")
    said = await new_shop.set_up({**new_shop.flags, "--product-file": typed.format(folder=folder)})
    assert said.code == 0
    path_of(new_shop).write_text(normalize("NFC", path_of(new_shop).read_text()))  # as somebody types it
    (product,) = load_catalog(path_of(new_shop)).products.values()
    assert [(one, file_name(one.name)) for one in product.files] == [(on_disk, "Мой чай.pdf")]


async def test_why_it_could_not_be_written_is_said_in_words(new_shop: NewShop) -> None:
    said = await new_shop.set_up({**new_shop.flags, "--catalog": "/proc/shop/catalog.toml"})
    assert "The catalogue /proc/shop/catalog.toml could not be written: No such file or directory" in said.remains


@pytest.mark.parametrize("dropped", ["{file}", "'{file}'"])
async def test_a_file_that_may_not_be_read_is_no_end_of_the_set_up(
    new_shop: NewShop, guide_elsewhere: Path, monkeypatch: pytest.MonkeyPatch, dropped: str
) -> None:
    is_file = Path.is_file

    def closed(path: Path) -> bool:
        if path == guide_elsewhere:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", closed)
    typed = dropped.format(file=guide_elsewhere)
    said = await new_shop.set_up({**new_shop.flags, "--product-file": typed})
    assert said.code == 1
    assert any(one.startswith(f"--product-file: {typed}: Permission denied") for one in said.remains)


@pytest.mark.parametrize(
    ("name", "title", "begins", "sku"),
    [
        ("Лавка", "Путеводитель", "shop-", "product"),
        ("Night Market", "A/B", "night-market-", "a-b"),
        ("X" * 60, "é", "x" * 24 + "-", "product"),
    ],
)
async def test_each_shop_has_an_id_of_its_own(new_shop: NewShop, name: str, title: str, begins: str, sku: str) -> None:
    assert (await new_shop.set_up({**new_shop.flags, "--shop-name": name, "--product-title": title})).code == 0
    catalog = load_catalog(path_of(new_shop))
    letters = catalog.shop.shop_id.removeprefix(begins)
    assert len(letters) == 8
    assert letters.isalpha()
    assert list(catalog.products) == [sku]


async def test_a_catalogue_that_is_there_stays_whatever_flags_say(new_shop: NewShop) -> None:
    await new_shop.set_up()
    before = path_of(new_shop).read_bytes()
    said = await new_shop.set_up({**new_shop.flags, "--shop-name": "Another"})
    assert said.code == 0
    assert path_of(new_shop).read_bytes() == before
    assert "stays as it is: Night Books" in said.text


async def test_the_sample_gives_way_to_ones_own_and_is_kept(new_shop: NewShop) -> None:
    put_sample(new_shop)
    assert (await new_shop.set_up()).code == 0
    assert load_catalog(path_of(new_shop)).shop.name == "Night Books"
    assert (new_shop.folder / "catalog.toml.bak").read_bytes() == CATALOG_FILE.read_bytes()


async def test_the_sample_alone_is_no_shop(new_shop: NewShop) -> None:
    put_sample(new_shop)
    said = await new_shop.set_up({**new_shop.services(), **new_shop.keys()})
    assert said.code == 1
    assert any("is the sample" in one for one in said.remains)
    assert path_of(new_shop).read_bytes() == CATALOG_FILE.read_bytes()


async def test_a_catalogue_with_mistakes_is_named_and_left_as_it_is(new_shop: NewShop) -> None:
    path_of(new_shop).write_text("[shop]\nname = 'x'\n")
    said = await new_shop.set_up()
    assert said.code == 1
    assert any("shop.id: is missing" in one for one in said.remains)
    assert path_of(new_shop).read_text() == "[shop]\nname = 'x'\n"


@pytest.mark.parametrize("answers", [["--shop-name", "--product-price"], ["--seller"], ["--product-currency"]])
async def test_what_was_answered_once_is_not_asked_for_again(new_shop: NewShop, answers: list[str]) -> None:
    """ "Then run setup again: what is done stays done."""
    (new_shop.folder / "guide.pdf").write_bytes(b"%PDF-")
    said = await new_shop.set_up({**new_shop.without(*answers), "--product-file": "guide.pdf"})
    assert {one.partition(":")[0] for one in said.remains} == set(answers)
    assert not path_of(new_shop).exists()
    rest = {name: new_shop.flags[name] for name in answers}
    assert (await new_shop.set_up({**new_shop.services(), **rest})).code == 0
    catalog = load_catalog(path_of(new_shop))
    assert (catalog.shop.name, catalog.shop.seller) == ("Night Books", "Night Books OÜ, Tallinn")
    product = catalog.products["city-guide"]
    assert (product.price, [one.name for one in product.files]) == (Money(1900, "eur"), ["guide.pdf"])
    assert {one.name for one in new_shop.folder.iterdir()} - {".env.bak"} == {".env", "catalog.toml", "guide.pdf"}


@pytest.mark.parametrize("kept", ["[]", "null", '"x"', '{"shop_name": 5, "seller": ["x"]}', "{", "\udcff"])
async def test_what_is_no_answer_is_asked_for(new_shop: NewShop, kept: str) -> None:
    path_of(new_shop).with_name(".catalog.toml.begun").write_text(kept, errors="surrogateescape")
    said = await new_shop.set_up(new_shop.without("--shop-name", "--seller"))
    assert {one.partition(":")[0] for one in said.remains} == {"--shop-name", "--seller"}


async def test_an_answer_that_has_become_wrong_is_not_kept(new_shop: NewShop) -> None:
    guide = new_shop.folder / "guide.pdf"
    guide.write_bytes(b"%PDF-")
    await new_shop.set_up({**new_shop.without("--product-price"), "--product-file": "guide.pdf"})
    guide.unlink()
    price = {**new_shop.services(), "--product-price": "19.00"}
    assert (await new_shop.set_up(price)).remains[0] == "--product-file: There is no file guide.pdf"
    assert (await new_shop.set_up(new_shop.services())).code == 0
    (product,) = load_catalog(path_of(new_shop)).products.values()
    assert product.files == ()


async def test_a_catalogues_mistakes_remain_one_by_one(new_shop: NewShop) -> None:
    path_of(new_shop).touch()
    said = await new_shop.set_up()
    assert len(said.remains) == 2
    assert all(one.startswith(str(path_of(new_shop))) for one in said.remains)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_what_root_sets_up_in_anothers_folder_is_that_users(new_shop: NewShop) -> None:
    os.chown(new_shop.folder, 4711, 4711)
    before = os.umask(0o077)
    try:
        assert (await new_shop.set_up()).code == 0
    finally:
        os.umask(before)
    assert {one.stat().st_uid for one in new_shop.folder.iterdir()} == {4711}


async def test_what_a_receipt_cannot_show_is_refused_before_it_is_written(new_shop: NewShop) -> None:
    said = await new_shop.set_up({**new_shop.flags, "--seller": "متجر"})
    assert said.code == 1
    assert not path_of(new_shop).exists()
