"""The systemd unit: read by systemd where it is there, and as tight as it says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

UNIT = ROOT / "deploy/checkout-bot.service"
MOST_EXPOSED = 25  # of 100, as `systemd-analyze security` counts: below 20 to 30 it says OK


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd here")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def settings() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE))


def test_systemd_reads_it_without_a_complaint(tmp_path: Path) -> None:
    """With a program that is there: where it will be installed, nothing is yet."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/checkout-bot/bin/checkout-bot serve", "/bin/true"))
    done = analyze("verify", "--man=no", str(copy))
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_little_is_left_to_whoever_breaks_in() -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", str(UNIT))
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_the_shop_where_its_files_are_and_waits_for_its_end() -> None:
    unit = settings()
    assert unit["ExecStart"] == "/opt/checkout-bot/bin/checkout-bot serve"
    assert unit["WorkingDirectory"] == f"/var/lib/{unit['StateDirectory']}"
    assert int(unit["TimeoutStopSec"]) > 10
    # Given up, it would stay closed until somebody looks.
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == ("always", "0")


def test_the_installed_program_has_all_of_its_files_that_are_not_python() -> None:
    """`make install` builds a package: what its patterns leave out is missing there, and only there."""
    known = set(re.findall(r'"\*(\.\w+)"', (ROOT / "pyproject.toml").read_text().partition("package-data")[2]))
    rooms = ("app", "bot", "checkout", "db", "messages", "providers", "sandbox", "web")
    listed = subprocess.run(["git", "ls-files", *rooms], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    suffixes = {Path(name).suffix for name in listed.stdout.splitlines() if "typecheck" not in name}
    assert suffixes - known == {".py"}
