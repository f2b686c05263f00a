"""Lines of `.env` that nobody understands: what stands there is missing, and the line says why. So does a folder."""

from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from checkout.file_owner import MADE_BY_DOCKER
from tests.support.settings import GOOD_SETTINGS


@pytest.mark.parametrize(
    "line",
    [
        "BOT_TOKEN: {}",
        "BOT_TOKEN {}",
        "BOT TOKEN={}",
        "set BOT_TOKEN={}",
        "BOT_TOKEN='{}",
        'BOT_TOKEN="{}',
        "={}",
        "BOT_TOKEN",
        "// {}",
    ],
)
@pytest.mark.parametrize("before", ["", "PORT=8081\n", "# a note\n\n  \n", "\r\n\r\n"], ids=repr)
def test_a_line_that_is_none_is_named_by_its_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, before: str
) -> None:
    token = GOOD_SETTINGS["BOT_TOKEN"]
    (tmp_path / ".env").write_bytes(f"{before}{line.format(token)}\nLOG_LEVEL=DEBUG\n".encode())
    said = f".env: line {before.count(chr(10)) + 1} is not understood: write NAME=value"
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD_SETTINGS, "BOT_TOKEN": ""}, tmp_path)
    missing, named = map(str, caught.value.mistakes)
    assert missing.startswith("BOT_TOKEN is missing")
    assert named.startswith(said)
    assert token not in str(caught.value)
    settings = load_settings(GOOD_SETTINGS, tmp_path)
    assert [one for one in settings.warnings if str(one).startswith(said)] == list(settings.warnings)
    assert settings.log_level == "DEBUG"
    assert not caplog.records, "not said twice, with a number of the library's own"


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# a note", "export PORT=8081", " PORT = '8081' # mine", "DOMAIN=a.example\nPOSTGRES_PASSWORD="],
)
def test_every_other_line_is_understood(tmp_path: Path, text: str) -> None:
    (tmp_path / ".env").write_text(text)
    assert load_settings(GOOD_SETTINGS, tmp_path).warnings == ()


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({**GOOD_SETTINGS, "BOT_TOKEN": "", "BOT_TOKEN_FILE": str(tmp_path)}, tmp_path)
    assert str(refused.value).endswith("BOT_TOKEN_FILE, but: Is a directory"), "the path may be the secret itself"
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError) as refused:
        load_settings(GOOD_SETTINGS, tmp_path)
    assert str(refused.value) == f".env cannot be read: {MADE_BY_DOCKER}"
