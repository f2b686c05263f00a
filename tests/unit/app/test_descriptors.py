"""The limit of open files, tried in a process of its own: it cannot be lowered and raised again at will."""

import subprocess
import sys

from tests.support.project import ROOT

LOWER_AND_RAISE = """
import resource, sys
hard = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
from app.runtime.descriptors import raised_descriptor_limit
print(raised_descriptor_limit(), resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_the_limit_is_raised_as_far_as_the_system_lets_it_be() -> None:
    for hard in (64, 300):
        command = [sys.executable, "-c", LOWER_AND_RAISE, str(hard)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == f"{hard} ({hard}, {hard})\n"
