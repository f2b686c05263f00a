"""What `export FILE` may replace: an export, however a spreadsheet has saved it, and nothing else."""

from pathlib import Path

import pytest

from app.commands.export import _begins_like_an_export
from checkout.model.csv_rows import heading

PLAIN = heading().decode("utf-8-sig")


@pytest.mark.parametrize(
    ("saved", "is_ours"),
    [
        (heading(), True),
        (b"", True),
        (PLAIN.encode(), True),
        (PLAIN.replace(",", ";").replace("\r\n", "\n").encode(), True),
        (f'"{PLAIN.strip()}"\r\n'.replace(",", '","').encode(), True),
        (PLAIN.replace(",", "\t").encode("utf-16"), True),
        (b"payment_id,payment_intent_id,amount,email,amount_refunded,telegram_user_id\r\n", True),
        ("\ufeffdate,payment_id,email,amount\r\n".encode(), False),
        ("date,email\r\n".encode("utf-16"), False),
        (b"[shop]\nid = 'payment_id'\n" + PLAIN.encode(), False),
        (b"\xff\xfe\x00", False),
        (b"\n" + PLAIN.encode(), False),
    ],
)
def test_an_export_is_known_by_its_columns(tmp_path: Path, saved: bytes, is_ours: bool) -> None:
    (tmp_path / "payments.csv").write_bytes(saved)
    assert _begins_like_an_export(tmp_path / "payments.csv") == is_ours
