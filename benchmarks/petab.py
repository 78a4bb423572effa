"""PEtab problems: right values, right gradients, and what they cost beside AMICI.

References are the log-likelihoods and gradients that come with the benchmark collection in $HYBRIDCELL_DATA
(`reference.json`: AMICI at tight tolerances). AMICI itself is measured where an interpreter that has it is
named: python benchmarks/petab.py --amici PYTHON [--amici-models FOLDER]. CPU time, one thread, medians,
rtol = atol = 1e-8. First calls are taken in fresh processes, with an empty and with a filled cache.
Run: python benchmarks/petab.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from report import one_thread, write

one_thread()

import jax  # noqa: E402
import jax.random as jr  # noqa: E402
import numpy as np  # noqa: E402
from petab_parts import accuracy, random_points, speed  # noqa: E402

import hybridcell as hc  # noqa: E402

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
#: Problems that are fitted, and minus the log-likelihood to be found.
FITTED = {"Boehm_JProteomeRes2014": 138.22200, "Fujita_SciSignal2010": -53.08378, "Raia_CancerResearch2011": 346.08978}
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
HERE = Path(__file__).parent


def amici(python: str, models: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what AMICI measured of itself, in another interpreter."""
    files = [str(DATA / name / f"{name}.yaml") for name in names]
    command = [python, str(HERE / "petab_parts" / "amici_peer.py"), models, *files]
    # its build tools stand beside the interpreter
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    return json.loads(done.stdout.strip().splitlines()[-1])


def fits(starts: int) -> tuple[list[list[Any]], dict[str, Any]]:
    """Fit from many starts, jointly and hierarchically."""
    rows, results = [], {}
    for name, known in FITTED.items():
        problem = hc.read_petab(DATA / name / f"{name}.yaml")
        for how, objective in (("joint", problem), ("hierarchical", problem.hierarchical())):
            started = speed.cpu()
            found = objective.fit(n_starts=starts, key=jr.key(0))
            seconds = speed.cpu() - started
            values = np.array([run.value for run in found.runs])
            best = float(np.nanmin(values))
            evaluations = float(np.median([run.evaluations for run in found.runs]))
            near = int(np.sum(values < best + 0.1))
            results[f"{name}, {how}"] = {
                "starts": starts, "best": best, "reference": known, "within 0.1 of best": near,
                "evaluations per start": evaluations, "CPU s per start": seconds / starts,
            }  # fmt: skip
            row = [name, how, best, known, f"{near} of {starts}", evaluations, seconds / starts]
            rows.append(row)
            print(row, flush=True)
    return rows, results


def main() -> None:
    """Measure everything and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--amici", default="", help="an interpreter that has amici and petab")
    parser.add_argument("--amici-models", default=tempfile.gettempdir() + "/amici_models")
    parser.add_argument("--quick", action="store_true", help="few starts and few random points")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit("Set HYBRIDCELL_DATA to the folder that holds petab-benchmark.")
    names = sorted(path.name for path in DATA.iterdir() if path.is_dir())
    peer = amici(options.amici, options.amici_models, TIMED) if options.amici else {}
    timed_rows, timed = speed.measure(DATA, TIMED, peer)
    first_rows, first = speed.first_gradients(DATA, TIMED)
    right_rows, right = accuracy.measure(DATA, names)
    fit_rows, fitted = fits(20 if options.quick else 100)
    jax.clear_caches()
    points = {name: random_points.measure(DATA, name, 100 if options.quick else 1000) for name in RANDOM}
    point_rows = [[name, *one["row"]] for name, one in points.items()]
    results = {"speed": timed, "first gradient": first, "accuracy": right, "fits": fitted, "random": points}
    tables = [
        ("Speed, ms CPU", speed.HEADER, timed_rows),
        ("From YAML to the first gradient, s CPU", speed.FIRST_HEADER, first_rows),
        ("Values and gradients against the references", accuracy.HEADER, right_rows),
        (
            "Fits from many starts (minus log-likelihood)",
            ["problem", "how", "best", "reference", "within 0.1 of best", "evaluations a start", "CPU s a start"],
            fit_rows,
        ),
        ("Random points within bounds", ["problem", *random_points.HEADER], point_rows),
    ]
    write("petab", results, tables)


if __name__ == "__main__":
    main()
