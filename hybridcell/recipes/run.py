"""`hc.run`: a recipe from beginning to end, into one folder."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hybridcell._core.config import config
from hybridcell.recipes.build import Builder
from hybridcell.recipes.job import run_job
from hybridcell.recipes.outputs import Outputs
from hybridcell.recipes.recipe import Recipe, read_recipe
from hybridcell.recipes.report import report_markdown
from hybridcell.recipes.result import Check, RunResult, check_expectations
from hybridcell.recipes.state import State
from hybridcell.recipes.studies import run_studies
from hybridcell.recipes.versions import versions


def run(
    path_or_name: str | os.PathLike[str],
    *,
    set: Mapping[str, Any] | Sequence[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    smoke: bool = False,
    progress: bool | Callable[[str], None] | None = None,
) -> RunResult:
    """Run a recipe: load, split, fit, judge, read the graph, screen, export; all of it into one folder.

    Parameters
    ----------
    path_or_name
        A TOML file, or the name of a shipped recipe ("demo", "melanoma").
    set
        Overrides: texts such as "fit.steps=200", or a dict such as {"fit.steps": 200}.
    out
        Folder for the results; default what the recipe says, else ``hybridcell-run/<name>`` here. Files of
        the same names are replaced one by one, others are left alone.
    smoke
        Apply the recipe's [smoke] table: a test of seconds whose numbers mean nothing.
    progress
        True or False: lines and bars always or never. None: where someone is looking. A function is given the
        lines instead.

    Returns
    -------
    RunResult
        Tables, files, numbers, and whether [expect] holds. A check that fails does not raise; see `passed`.

    Raises
    ------
    UnknownNameError
        When there is no such recipe.
    FileFormatError
        When the recipe has a table or key that means nothing; nothing has run then.
    HybridCellError
        Whatever a step raises.

    Examples
    --------
    >>> import hybridcell as hc
    >>> result = hc.run("demo", smoke=True, out="results")  # doctest: +SKIP
    >>> result.tables["accuracy"]  # doctest: +SKIP
    """
    started = time.perf_counter()
    recipe = read_recipe(path_or_name, set=set, smoke=smoke)
    say, bars = _voices(progress)
    outputs = Outputs(_folder(recipe, out)).prepare()
    say(f"{recipe.title}\n  writing to {outputs.folder}")
    state = State(recipe=recipe, build=Builder(recipe), out=outputs, say=say, bars=bars)
    (run_studies if "studies" in recipe.tables else run_job)(state)
    checks = _judge(state)
    seconds = time.perf_counter() - started
    _write_record(state, checks, seconds)
    outputs.text("report.md", report_markdown(state, checks, seconds))
    say(f"Done in {seconds:.0f} s: {outputs.folder / 'report.md'}")
    return RunResult(
        name=recipe.name,
        title=recipe.title,
        folder=outputs.folder,
        tables=state.tables,
        artifacts=dict(outputs.written),
        metrics=state.metrics,
        checks=checks,
        objects=state.objects,
        seconds=seconds,
    )


def _voices(progress: bool | Callable[[str], None] | None) -> tuple[Callable[[str], None], bool | None]:
    """Return where lines go, and whether bars are shown."""
    if callable(progress):
        return progress, None
    show = config.progress if progress is None else progress
    if show is None:
        show = sys.stderr.isatty()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return (say if show else lambda line: None), progress


def _folder(recipe: Recipe, out: str | os.PathLike[str] | None) -> Path:
    if out is not None:
        return Path(out).expanduser()
    named = (recipe.table("output") or {}).get("folder")
    return Path(named).expanduser() if named else Path("hybridcell-run") / recipe.name


def _judge(state: State) -> tuple[Check, ...]:
    expect = state.recipe.tables.get("expect", {})
    if not state.recipe.judged or not expect:
        return ()
    checks = check_expectations(expect, state.metrics, where=state.recipe.path.name)
    for check in checks:
        state.say(f"  {'as expected' if check.passed else 'NOT as expected'}: {check}")
    return checks


def _write_record(state: State, checks: tuple[Check, ...], seconds: float) -> None:
    """Write what is needed to do it again: the recipe, the overrides, the versions, and every number."""
    recipe, out = state.recipe, state.out
    out.text("recipe.toml", recipe.path.read_text(encoding="utf-8"))
    record = {
        "recipe": recipe.name,
        "smoke": recipe.smoke,
        "overrides": recipe.changed,
        "seconds": round(seconds, 1),
        "versions": versions(),
        "checks": [
            {"metric": c.metric, "found": _in_json(c.found), "wanted": c.wanted, "passed": c.passed}
            for c in checks
        ],
        "metrics": {name: _in_json(value) for name, value in state.metrics.items()},
    }
    out.text("run.json", json.dumps(record, indent=2, default=str) + "\n")


def _in_json(value: float) -> float | str | None:
    """Return a number as JSON can hold it, which knows neither NaN nor infinity."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)
