"""What the command `checkout-bot` starts. Other programs have an `app` and a `db` too: a PYTHONPATH that leads to them
leads neither this process astray, nor those that it starts."""

import os
import sys
from pathlib import Path


def main() -> int:
    """As app.cli.main; Ctrl-C may come before that can say so."""
    found = os.environ.get("PYTHONPATH")
    others = {os.path.abspath(folder) for folder in found.split(os.pathsep)} if found else set()
    ours = str(Path(__file__).parent)
    if ours not in others:  # else it is how this program itself is found
        os.environ.pop("PYTHONPATH", None)
        sys.path.append(ours)
        sys.path.sort(key=others.__contains__)  # behind everything else, each part in its order
    try:
        from app import cli

        return cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped by Ctrl-C.\n")
        return 130
