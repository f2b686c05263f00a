"""A file that this user may not use, mostly because another one has made it: whose it is, and what helps."""

import errno
import os
import pwd
import shlex
from contextlib import suppress
from pathlib import Path

from checkout.sentence import Said, joined, t, words_of

A_FOLDER = t("it is a folder, and is to be a file")
MADE_BY_DOCKER = t("it is an empty folder (Docker makes one for a missing file); take it away, and put the file there")


def in_words(error: OSError) -> Said:
    """The reason, with the file where one is named, and what helps where that is known."""
    if isinstance(error, FileNotFoundError) and not error.filename:
        return t("the folder that this was started in is gone: cd into the shop's folder")
    return joined(": ", [error.filename, why(Path(error.filename), error)]) if error.filename else words_of(error)


def why(path: Path, error: OSError, *, is_ours: bool = True, instead: Said = "") -> Said:
    """Why ``path`` cannot be used. What is not ``is_ours`` alone (a file to sell, say) may be read by everybody.

    ``instead`` is what helps where the file was not meant to be in a folder that is another's.
    """
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno == errno.EISDIR:
        return MADE_BY_DOCKER if _is_empty(path) else A_FOLDER
    if error.errno != errno.EACCES:
        return reason
    closed = _in_the_way(path.absolute())
    owner, ours, typed = closed.stat().st_uid, os.geteuid(), shlex.quote(str(closed))
    needs = "rx" if closed.is_dir() else "r"
    helps: Said
    if not is_ours:
        # A home is better left closed, and a service may have none of it open, whatever its mode says.
        open_it = f"sudo chmod a+{needs} {typed}"
        helps = t("put it into the shop's folder, or {command}", command=open_it) if closed.is_dir() else open_it
    elif owner == ours:
        helps = f"chmod u+w{needs} {typed}"
    else:
        helps = f"sudo chown {_name(ours)} {typed}"
        if _is_needed_by_others(closed):
            helps = t("a folder that belongs to {us} (sudo install -d -o {us} FOLDER makes one)", us=_name(ours))
        if instead and closed.is_dir():
            helps = t("{instead}, or {own}", instead=instead, own=helps)
    return t(
        "{reason}: {path} belongs to {owner}, and this runs as {us}; what helps: {helps}",
        reason=reason,
        path=closed,
        owner=_name(owner),
        us=_name(ours),
        helps=helps,
    )


def _is_empty(folder: Path) -> bool:
    """Of any other somebody has need: nobody is told to take it away."""
    with suppress(OSError):
        return not any(folder.iterdir())
    return False


def _in_the_way(path: Path) -> Path:
    """A folder that lets us in nowhere below it, the file itself, or the folder that takes no new one."""
    for folder in reversed(path.parents):
        if not _may_use(folder, os.X_OK):
            return folder
    return path if path.exists() and not _may_use(path, os.R_OK | os.W_OK) else path.parent


def _is_needed_by_others(closed: Path) -> bool:
    """The root, a home, what homes lie in, and what lies beside these: whoever gives it away locks others out."""
    homes = {Path(user.pw_dir) for user in pwd.getpwall() if user.pw_uid != os.geteuid()}
    is_top = closed.parent == Path("/") or any(closed in home.parents for home in homes)
    return closed.is_dir() and (is_top or closed in homes)


def _may_use(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=True)


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # in a container there may be no name for it
        return str(user_id)
