"""PEtab problems: right values, right gradients, and what they cost beside AMICI.

References are the log-likelihoods and gradients that come with the benchmark collection in $HYBRIDCELL_DATA
(`reference.json`: AMICI at tight tolerances). AMICI and pyPESTO are measured where an interpreter has them
(HYBRIDCELL_PEERS). CPU time, one thread, medians, rtol = atol = 1e-8. First calls are taken in fresh
processes, with an empty and with a filled cache, imports not counted. Parts that are not run keep their
results of last time.
Run: python benchmarks/petab.py [--amici PYTHON] [--parts speed first accuracy fits starts random]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from report import last_run, one_thread, stamped, write

one_thread()

from peers.finding import find, versions  # noqa: E402
from petab_parts import accuracy, fits, random_points, speed, starts  # noqa: E402

import hybridcell as hc  # noqa: E402

HERE = Path(__file__).parent
DATA = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "petab-benchmark"
#: Problems that are timed.
TIMED = (
    "Boehm_JProteomeRes2014",
    "Fujita_SciSignal2010",
    "Raia_CancerResearch2011",
    "Brannmark_JBC2010",
    "Lucarelli_CellSystems2018",
    "Bachmann_MSB2011",
)
#: Problems of which random points are tried.
RANDOM = (
    "Boehm_JProteomeRes2014",
    "Borghans_BiophysChem1997",
    "Brannmark_JBC2010",
    "Bruno_JExpBot2016",
    "Crauste_CellSystems2017",
    "Elowitz_Nature2000",
    "Fujita_SciSignal2010",
    "Perelson_Science1996",
    "Rahman_MBS2016",
    "Raia_CancerResearch2011",
)
PARTS = ("speed", "first", "accuracy", "fits", "starts", "random")


def problem_of(name: str) -> Any:
    """Return a problem of the collection."""
    return hc.read_petab(DATA / name / f"{name}.yaml")


def amici(python: str, script: str, *folders: str, names: Sequence[str]) -> dict[str, Any]:
    """Return what AMICI measures of itself, by a script of `petab_parts` in another interpreter."""
    files = [str(DATA / name / f"{name}.yaml") for name in names]
    command = [python, str(HERE / "petab_parts" / script), *folders, *files]
    # its build tools stand beside the interpreter
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.strip().splitlines()[-1])


def amici_random(python: str, models: str, n: int) -> dict[str, Any]:
    """Return what AMICI makes of the random points."""
    with tempfile.TemporaryDirectory() as folder:
        for name in RANDOM:
            random_points.write_points(Path(folder), problem_of(name), n)
        return amici(python, "amici_random.py", models, folder, names=RANDOM)


def measure(options: argparse.Namespace, kept: dict[str, Any]) -> dict[str, Any]:
    """Return the results of the wanted parts, and those of last time of the others."""
    names = sorted(path.name for path in DATA.iterdir() if path.is_dir())
    if options.amici and "random" in options.parts:
        kept["AMICI, random"] = amici_random(options.amici, options.amici_models, options.points)
    if options.amici and {"speed", "first"} & set(options.parts):
        found = amici(options.amici, "amici_peer.py", options.amici_models, names=TIMED)
        builds = {name: one.get("build CPU s") for name, one in kept.get("AMICI", {}).items()}
        for name, one in found.items():
            one["build CPU s"] = one.get("build CPU s") or builds.get(name)
        kept["AMICI"] = found
    if options.amici and "accuracy" in options.parts:
        doubtful = accuracy.not_computed_again(DATA, names)
        kept["AMICI, values"] = amici(options.amici, "amici_values.py", options.amici_models, names=doubtful)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: speed.measure(problem_of, TIMED),
        "first": lambda: speed.first_gradients(DATA, TIMED),
        "accuracy": lambda: accuracy.measure(DATA, problem_of, names),
        "fits": lambda: fits.measure(problem_of, options.starts),
        "starts": lambda: starts.measure(problem_of, DATA, options.amici_models),
        "random": lambda: {n: random_points.measure(problem_of(n), options.points) for n in RANDOM},
    }
    for part in options.parts:
        kept[part] = parts[part]()
    return kept


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--amici", default=find("AMICI") or "", help="an interpreter with amici and petab")
    parser.add_argument("--amici-models", default=tempfile.gettempdir() + "/amici_models")
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--points", type=int, default=100, help="random points of each problem")
    options = parser.parse_args()
    if not DATA.is_dir():
        print("petab is left out: set HYBRIDCELL_DATA to a folder that has petab-benchmark.")
        return
    last = last_run("petab")
    results = measure(options, dict(last.get("results", {})))
    peer = results.get("AMICI", {})
    tables = [
        ("Speed, ms CPU", speed.HEADER, speed.rows(results.get("speed", {}), peer)),
        (
            "From YAML to the first gradient, s CPU",
            speed.FIRST_HEADER,
            speed.first_rows(results.get("first", {}), peer),
        ),
        (
            "Values and gradients against the references",
            accuracy.HEADER,
            accuracy.rows(results.get("accuracy", {}), results.get("AMICI, values")),
        ),
        ("Fits from many starts", fits.HEADER, fits.rows(results.get("fits", {}))),
        ("Fits from 20 starts beside pyPESTO", starts.HEADER, starts.rows(results.get("starts", {}))),
        (
            "Random points within bounds",
            random_points.HEADER,
            random_points.rows(results.get("random", {}), results.get("AMICI, random")),
        ),
    ]
    peers = versions(("AMICI", "pyPESTO"))
    stamps = stamped(last, options.parts)
    shown = {part: stamps[part] for part in PARTS if part in results}
    write("petab", results, [table for table in tables if table[2]], peers=peers, parts=shown)


if __name__ == "__main__":
    main()
