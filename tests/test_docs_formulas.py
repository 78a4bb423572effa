"""Formulas of the pages and notebooks: each is one that the converter knows."""

from __future__ import annotations

import json
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from docutils.nodes import SkipNode, math

from tests.conftest import ROOT

_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\s][^$\n]*?)\$", re.DOTALL)


def texts() -> list[tuple[str, str]]:
    """Return names and texts of all pages, without their code."""
    pages = sorted((ROOT / "docs").glob("*/*.md"))
    found = [(str(page.relative_to(ROOT)), page.read_text()) for page in pages if "_build" not in page.parts]
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(notebook.read_text())["cells"]
        words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        found.append((notebook.name, "\n\n".join(words)))
    return [(name, re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)) for name, text in found]


FORMULAS = sorted(
    {(name, (one or other).strip()) for name, text in texts() for one, other in _FORMULA.findall(text)}
)


@pytest.fixture
def formulas(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("latex2mathml", reason="latex2mathml is not installed (pip install -e '.[docs]')")
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
    return __import__("formulas")


def test_there_are_formulas() -> None:
    assert len(FORMULAS) > 50


@pytest.mark.parametrize("kind", ["inline", "block"])
def test_every_formula_is_drawn(formulas: Any, kind: str) -> None:
    translator = SimpleNamespace(body=[], starttag=lambda node, tag, CLASS: f'<{tag} class="{CLASS}">')
    for name, formula in FORMULAS:
        with pytest.raises(SkipNode):
            getattr(formulas, f"draw_{kind}")(translator, math(formula, formula))
        drawn = "".join(translator.body)
        translator.body.clear()
        assert drawn.count("<math") == drawn.count("</math>") == 1, (name, formula)
        assert ('display="block"' in drawn) == (kind == "block")
        # what the converter does not know it leaves as it was written
        assert "\\" not in drawn, (name, formula)
        if kind == "block":
            assert drawn.startswith('<div class="formula">')
            assert drawn.endswith("</div>\n")
