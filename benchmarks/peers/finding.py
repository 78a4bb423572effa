"""Where each peer is: in this interpreter, or in one that HYBRIDCELL_PEERS names.

Heavy peers (PyTorch, CasADi, AMICI, pyPESTO) need not stand beside the library: make an environment for
them and name its interpreter, several parted by a colon (a semicolon on Windows).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

VARIABLE = "HYBRIDCELL_PEERS"
ABSENT = "not installed"
#: Names of the peers and of the distributions they come in.
PEERS = {
    "libRoadRunner": "libroadrunner",
    "COPASI": "copasi-basico",
    "SciPy": "scipy",
    "CasADi": "casadi",
    "PyTorch": "torch",
    "AMICI": "amici",
    "pyPESTO": "pypesto",
    "synergy": "synergy",
    "scikit-learn": "scikit-learn",
}
_ASK = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def interpreters() -> list[str]:
    """Return this interpreter, then those that the environment names."""
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [sys.executable, *(name for name in named if name)]


@cache
def _holds(python: str) -> dict[str, str]:
    """Return the versions of the distributions that an interpreter has, of those that are peers."""
    command = [python, "-c", _ASK, *PEERS.values()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{VARIABLE} names {python!r}, which is no Python that runs here ({error}).")
    return json.loads(done.stdout)


def find(*peers: str) -> str | None:
    """Return an interpreter that has all these peers, this one first; None where none has."""
    wanted = {PEERS[peer] for peer in peers}
    for python in interpreters():
        if wanted <= _holds(python).keys():
            return python
    return None


def versions(peers: Sequence[str]) -> dict[str, str]:
    """Return the version of each peer, or "not installed"."""
    found = {}
    for peer in peers:
        python = find(peer)
        found[peer] = ABSENT if python is None else _holds(python)[PEERS[peer]]
    return found
