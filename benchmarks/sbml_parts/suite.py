"""The SBML Test Suite: what each program computes right, by tag, and what a case costs."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from sbml_parts.data import Case, read_cases, unpack_suite
from sbml_parts.tools import TOOLS, Refused, simulator

VERDICTS = ("pass", "mismatch", "refused", "error", "timeout", "crash")
_SECONDS = 60.0


def judge(case: Case, found: dict[str, np.ndarray]) -> str:
    """Return "pass" or "mismatch": \\|wanted - found\\| <= absolute + relative \\|wanted\\| in every cell."""
    for name, wanted in case.wanted.items():
        values = np.asarray(found.get(name, ()), dtype=float)
        if values.shape != wanted.shape:
            return "mismatch"
        with np.errstate(invalid="ignore"):
            close = np.abs(wanted - values) <= case.absolute + case.relative * np.abs(wanted)
        same = (wanted == values) | (np.isnan(wanted) & np.isnan(values))
        if not (same | (close & np.isfinite(wanted) & np.isfinite(values))).all():
            return "mismatch"
    return "pass"


def work(tool: str, folder: str, ids: list[str]) -> None:
    """Simulate cases one after the other and print a line for each: what a worker process does."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # programs print what they like
    run, cases = simulator(tool), {case.id: case for case in read_cases(Path(folder))}
    for name in ids:
        start, detail = time.process_time(), ""
        try:
            verdict = judge(cases[name], run(cases[name]))
        except Refused as refusal:
            verdict, detail = "refused", str(refusal)
        except Exception as error:
            verdict, detail = "error", f"{type(error).__name__}: {error}"
        seconds = time.process_time() - start
        answers.write(
            json.dumps({"case": name, "verdict": verdict, "seconds": seconds, "detail": detail[:200]})
        )
        answers.write("\n")
        answers.flush()


def run(arguments: list[str]) -> dict[str, Any]:
    """Judge the programs; arguments: names of programs, and a number of cases (evenly spread)."""
    unknown = [word for word in arguments if word not in TOOLS and not word.isdigit()]
    if unknown:
        sys.exit(f"There is no program {unknown[0]!r}; there are: {', '.join(TOOLS)}; or a number of cases.")
    tools = [word for word in arguments if word in TOOLS] or list(TOOLS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpack_suite(Path(scratch))
        cases = read_cases(folder)
        for word in filter(str.isdigit, arguments):
            cases = [cases[k] for k in np.linspace(0, len(cases) - 1, int(word)).astype(int)]
        answers = {tool: _judge_all(tool, folder, [case.id for case in cases]) for tool in tools}
    return {
        "cases": len(cases),
        "programs": {t: _summary(a) for t, a in answers.items()},
        "tags": _tags(cases, answers),
    }


def _judge_all(tool: str, folder: Path, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Run a program in a process of its own, which starts anew after a crash or a case without end."""
    answers: dict[str, dict[str, Any]] = {}
    while len(answers) < len(ids):
        left = [name for name in ids if name not in answers]
        worker = subprocess.Popen(
            [sys.executable, sys.argv[0], "suite-worker", tool, str(folder), *left],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        fate = _listen(worker, answers, len(ids))
        worker.kill()
        worker.wait()
        if fate:
            name = next(name for name in left if name not in answers)
            answers[name] = {"case": name, "verdict": fate, "seconds": _SECONDS, "detail": ""}
    return answers


def _listen(worker: Any, answers: dict[str, dict[str, Any]], wanted: int) -> str:
    """Take answers until all are there ("") or the worker is lost ("timeout", "crash")."""
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stdout, selectors.EVENT_READ)
        while len(answers) < wanted:
            if not selector.select(_SECONDS * (2 if not answers else 1)):
                return "timeout"
            line = worker.stdout.readline()
            if not line:
                return "crash"
            answer = json.loads(line)
            answers[answer["case"]] = answer
    return ""


def _summary(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(answer["verdict"] for answer in answers.values())
    seconds = np.array([answer["seconds"] for answer in answers.values()])
    return {
        **{verdict: counts[verdict] for verdict in VERDICTS},
        "median seconds": float(np.median(seconds)),
        "p90 seconds": float(np.quantile(seconds, 0.9)),
        "total seconds": float(seconds.sum()),
        "not passed": {
            name: f"{answer['verdict']} {answer['detail']}".strip()
            for name, answer in sorted(answers.items())
            if answer["verdict"] != "pass"
        },
    }


def _tags(cases: list[Case], answers: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for case in cases:
        for tag in dict.fromkeys(case.tags):
            row = table.setdefault(tag, {"cases": 0, **dict.fromkeys(answers, 0)})
            row["cases"] += 1
            for tool, found in answers.items():
                row[tool] += found[case.id]["verdict"] == "pass"
    return dict(sorted(table.items()))


def merged(before: dict[str, Any] | None, found: dict[str, Any]) -> dict[str, Any]:
    """Return new results together with those of programs that did not run this time."""
    if not before or before["cases"] != found["cases"] or before["tags"].keys() != found["tags"].keys():
        return found
    programs = {**before["programs"], **found["programs"]}
    return {
        "cases": found["cases"],
        "programs": {tool: programs[tool] for tool in TOOLS if tool in programs},
        "tags": {tag: {**before["tags"][tag], **row} for tag, row in found["tags"].items()},
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the Markdown tables of this part."""
    header = ["program", "pass", "rate", *VERDICTS[1:], "median s", "p90 s", "total s"]
    rows = [
        [
            tool,
            row["pass"],
            f"{row['pass'] / results['cases']:.1%}",
            *(row[verdict] for verdict in VERDICTS[1:]),
            row["median seconds"],
            row["p90 seconds"],
            row["total seconds"],
        ]
        for tool, row in results["programs"].items()
    ]
    return [
        (
            f"SBML Test Suite, {results['cases']} time-course cases, CPU seconds from file to result",
            header,
            rows,
        )
    ]
