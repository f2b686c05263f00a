"""A file that this user may not use, mostly because another one has made it: whose it is, and what helps."""

import errno
import os
import pwd
import shlex
from pathlib import Path


def in_words(error: OSError) -> str:
    """The reason, with the file where one is named, and what helps where that is known."""
    return f"{error.filename}: {why(Path(error.filename), error)}" if error.filename else str(error)


def why(path: Path, error: OSError, *, is_ours: bool = True) -> str:
    """Why ``path`` cannot be used. What is not ``is_ours`` alone (a file to sell, say) may be read by everybody."""
    reason = error.strerror or type(error).__name__
    if error.errno != errno.EACCES:
        return reason
    closed = _in_the_way(path.absolute())
    owner, ours, typed = closed.stat().st_uid, os.geteuid(), shlex.quote(str(closed))
    needs = "rx" if closed.is_dir() else "r"
    if not is_ours:
        # A home is better left closed, and a service may have none of it open, whatever its mode says.
        instead = "put it into the shop's folder, or " if closed.is_dir() else ""
        helps = f"{instead}sudo chmod a+{needs} {typed}"
    elif owner == ours:
        helps = f"chmod u+w{needs} {typed}"
    else:
        helps = f"sudo chown {_name(ours)} {typed}"
    return f"{reason}: {closed} belongs to {_name(owner)}, and this runs as {_name(ours)}; what helps: {helps}"


def _in_the_way(path: Path) -> Path:
    """A folder that lets us in nowhere below it, the file itself, or the folder that takes no new one."""
    for folder in reversed(path.parents):
        if not _may_use(folder, os.X_OK):
            return folder
    return path if path.exists() and not _may_use(path, os.R_OK | os.W_OK) else path.parent


def _may_use(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=True)


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # in a container there may be no name for it
        return str(user_id)
