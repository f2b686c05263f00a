"""A file that is written as a whole, or stays as it was, and belongs to whoever runs the shop."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

OWNER_ALONE = 0o600
FOR_OTHERS_TOO = 0o666  # less what the umask takes away
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def beside(path: Path) -> Path:
    """A name that nobody else uses."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}")


def write_whole(path: Path, content: bytes, mode: int = OWNER_ALONE) -> None:
    """All of it or nothing, whatever crashes; never readable for more than ``mode`` says, not even for a moment.

    Set up as root, the file of a shop that another user runs stays that user's, who could not start it any more.
    Raises OSError.
    """
    owner = (path if path.exists() else path.parent).stat()
    new = beside(path)
    descriptor = os.open(new, NEW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.geteuid() == 0:
                with suppress(OSError):
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
