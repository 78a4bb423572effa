"""Every example in a docstring runs, and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hybridcell as hc
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


# ---------------------------------------------------------------- what is public says all of itself

#: Public, but shown where it was made: an example of its own would take a minute.
SHOWN_ELSEWHERE = {"pl.distillation": "how-to/distill.md"}


def _public() -> Iterator[tuple[str, Any]]:
    """Every function and class that `hc` and its namespaces offer."""
    for name in hc.__all__:
        thing = getattr(hc, name)
        if isinstance(thing, ModuleType):
            yield from ((f"{name}.{inner}", getattr(thing, inner)) for inner in thing.__all__)
        else:
            yield name, thing


PUBLIC = {
    name: thing
    for name, thing in _public()
    if inspect.isfunction(thing) or (inspect.isclass(thing) and not issubclass(thing, Exception))
}


def _section(text: str, title: str) -> str | None:
    """Return what stands in a section of a docstring, None where there is no such section."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n---|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    return found and found[1]


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_has_an_example_that_runs(name):
    examples = _section(inspect.getdoc(PUBLIC[name]) or "", "Examples")
    assert examples, f"hc.{name} has no examples"
    if name in SHOWN_ELSEWHERE:
        page = ROOT / "docs" / SHOWN_ELSEWHERE[name]
        assert f"hc.{name}(" in page.read_text(encoding="utf-8")
    else:
        assert ">>> " in examples


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if inspect.isfunction(thing)])
def test_every_argument_and_result_of_a_public_function_is_explained(name):
    text = inspect.getdoc(PUBLIC[name]) or ""
    parameters = list(inspect.signature(PUBLIC[name]).parameters.values())
    explained = _section(text, "Parameters") or ""
    heads = " ".join(line for line in explained.splitlines() if not line.startswith(" "))
    missing = [one.name for one in parameters if not re.search(rf"(?<!\w){re.escape(one.name)}(?!\w)", heads)]
    assert missing == [], f"hc.{name} does not explain {missing}"
    assert _section(text, "Returns"), f"hc.{name} does not say what it returns"


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if inspect.isclass(thing)])
def test_the_parts_of_a_public_class_are_explained(name):
    text = inspect.getdoc(PUBLIC[name]) or ""
    if inspect.isabstract(PUBLIC[name]) or not inspect.signature(PUBLIC[name]).parameters:
        return
    assert _section(text, "Parameters") or _section(text, "Attributes"), f"hc.{name} does not explain itself"
