"""Every example in a docstring runs, and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


WITH_EXAMPLES = sorted(
    _module(path)
    for path in (ROOT / "hybridcell").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for examples that write files
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        runner.run(example, out=report.append)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")  # Matplotlib warns of many open figures
    assert runner.tries > 0, f"{name} has examples that doctest does not find"
    assert runner.failures == 0, "".join(report)
