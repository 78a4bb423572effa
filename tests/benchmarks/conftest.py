"""Benchmarks are scripts that import one another from their folder, and set the environment they run in."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = str(Path(__file__).resolve().parents[2] / "benchmarks")
#: What the tests here import by its name.
_SCRIPTS = (
    "report", "timing", "goals", "overview", "regressions", "run",
    "peers.finding", "peers.worker", "gpu_parts.comparing", "networks_parts.gradient",
    "networks_parts.problem", "petab_parts.accuracy", "petab_parts.starts", "solvers_parts.random_network",
)  # fmt: skip

# The folder is on the path for as long as this takes: a script is not to be taken for an installed package of
# its name (petab), nor its environment for that of other tests.
_kept = dict(os.environ)
sys.path.append(FOLDER)
try:
    for _script in _SCRIPTS:
        importlib.import_module(_script)
finally:
    sys.path.remove(FOLDER)
    os.environ.clear()
    os.environ.update(_kept)


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)
