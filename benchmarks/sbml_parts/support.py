"""docs/reference/sbml-support.md: what of SBML is computed right, by the tags of the test suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from report import RESULTS

from sbml_parts.suite import VERDICTS
from sbml_parts.tools import TOOLS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sbml-support.md"
_NAMES = {"numpy": 'backend="numpy"', "jax": 'backend="jax"'}
_ABOUT = """\
# SBML support

<!-- Made by `python benchmarks/sbml.py --parts suite`; edit benchmarks/sbml_parts/support.py instead. -->

`hc.read_sbml` takes Levels 1 to 3. What it computes is judged by the time-course cases of the core language
in the [SBML Test Suite](https://github.com/sbmlteam/sbml-test-suite): a case passes when every value at every
time is within the case's tolerance. A *mismatch* is a wrong number without notice; a *refusal* names the
element and the feature (`UnsupportedSBMLError`)."""


def write_page() -> None:
    """Write the page from the committed results."""
    from hybridcell._core.files import write_text

    write_text(PAGE, support_page(json.loads((RESULTS / "sbml.json").read_text("utf-8"))))


def support_page(document: dict[str, Any]) -> str:
    """Return the page for the results of a run of the suite."""
    suite = document["results"]["suite"]
    tools = [tool for tool in TOOLS if tool in suite["programs"]]
    names = [_NAMES.get(tool, tool) for tool in tools]
    # other parts may have been run since
    date = document.get("parts", {}).get("suite", document)["date"]
    lines = [_ABOUT, "", f"Run of {date} over {suite['cases']} cases:", ""]
    lines += [*_row("program", "pass", *VERDICTS[1:]), "|" + "---|" * (len(VERDICTS) + 1)]
    for tool, name in zip(tools, names):
        found = suite["programs"][tool]
        share = f"{found['pass']} ({found['pass'] / suite['cases']:.1%})"
        lines += _row(name, share, *(found[verdict] for verdict in VERDICTS[1:]))
    missed = {name: why for tool in tools[:2] if tool in _NAMES for name, why in _missed(suite, tool)}
    lines += ["", "## What does not pass", ""]
    lines += [f"- {case}: {why}" for case, why in sorted(missed.items())] or ["Nothing: every case passes."]
    lines += ["", "## By tag", "", "A case has several tags. Numbers are cases that pass.", ""]
    lines += [*_row("tag", "cases", *names), "|" + "---|" * (len(tools) + 2)]
    for tag, row in suite["tags"].items():
        lines += _row(tag, row["cases"], *(row[tool] for tool in tools))
    return "\n".join(lines) + "\n"


def _missed(suite: dict[str, Any], tool: str) -> list[tuple[str, str]]:
    return [(f"{case}, {_NAMES[tool]}", why) for case, why in suite["programs"][tool]["not passed"].items()]


def _row(*cells: Any) -> list[str]:
    return ["| " + " | ".join(str(cell) for cell in cells) + " |"]
