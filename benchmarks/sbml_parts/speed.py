"""Speed: first results, simulating again, many parameter sets, gradients; libRoadRunner in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from report import CpuClock
from timing import interleaved, median_ratio, medians, waiting

import hybridcell as hc
from sbml_parts.biomodels import read, simulate_by_roadrunner
from sbml_parts.data import BioModel, read_biomodels, within_rule

#: Models of 93 and of several hundred species, for first results.
_LARGE = ("19", "469", "235")
_TOLERANCE = 1e-8
_REPEATS = 7
#: A loss and its gradient take milliseconds each.
_GRADIENT_REPEATS = 101
_SETS = 1024
CASCADE = Path(__file__).parents[2] / "networks" / "mapk_cascade" / "model.xml"

#: What a fresh process does: read the file, then compute the first trajectory.
_FIRST = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
path, tool, t_end = sys.argv[1], sys.argv[2], float(sys.argv[3])
if tool == "libRoadRunner":
    import roadrunner
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    start = time.process_time()
    runner = roadrunner.RoadRunner(path)
    loaded = time.process_time()
    runner.simulate(0, t_end, 201)
else:
    import hybridcell as hc
    start = time.process_time()
    network = hc.read_sbml(path)
    loaded = time.process_time()
    hc.simulate(network, t1=t_end, n_points=201, solve=hc.Solve(rtol=1e-6, backend=tool))
end = time.process_time()
print(json.dumps({"load": loaded - start, "first result": end - start}))
"""


def run(arguments: list[str]) -> dict[str, Any]:
    """Measure; arguments: numbers of models."""
    models = read_biomodels(arguments)
    large = [model for model in read_biomodels(list(_LARGE)) if not arguments or model in models]
    return {
        "first": {model.id: _first(model) for model in large},
        "again": {model.id: _again(model) for model in models},
        "sets": _many_sets(),
        "gradient": _gradient(),
    }


def _first(model: BioModel) -> dict[str, Any]:
    """Time fresh processes: with an empty cache of compiled programs, with it filled, and the peer."""
    row: dict[str, Any] = {"species": model.sizes["species"], "reactions": model.sizes["reactions"]}
    with tempfile.TemporaryDirectory() as cache:
        for label, tool in (
            ("numpy", "numpy"),
            ("jax", "jax"),
            ("jax, cached", "jax"),
            ("libRoadRunner",) * 2,
        ):
            row[label] = _fresh(model, tool, cache)
    return row


def _fresh(model: BioModel, tool: str, cache: str) -> Any:
    import os

    done = subprocess.run(
        [sys.executable, "-c", _FIRST, str(model.path), tool, str(model.t_end)],
        capture_output=True,
        text=True,
        env={**os.environ, "HYBRIDCELL_CACHE": cache},
        check=False,
    )
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:200]
    return json.loads(done.stdout.splitlines()[-1])


def _median_seconds(job: Callable[[], Any], repeats: int = _REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        with CpuClock() as clock:
            job()
        seconds.append(clock.seconds)
    return float(np.median(seconds))


def _again(model: BioModel) -> dict[str, Any]:
    """Time simulation from the start once everything is loaded and compiled, and its accuracy."""
    from sbml_parts.data import judged

    row: dict[str, Any] = {}
    names = judged(model)
    for backend in ("jax", "numpy"):
        try:
            network = read(model)
            solve = hc.Solve(rtol=_TOLERANCE, atol=_TOLERANCE * 1e-3 * model.typical, backend=backend)

            def simulate(network: Any = network, solve: Any = solve) -> Any:
                return hc.simulate(network, t1=model.t_end, ts=model.times, solve=solve)

            row[f"{backend} error"] = within_rule(simulate().to_dataframe(amounts=names), model)
            row[backend] = _median_seconds(simulate, 3 if backend == "numpy" else _REPEATS)
        except Exception as error:
            row[backend] = f"{type(error).__name__}: {error}"[:200]
    try:
        peer = simulate_by_roadrunner(model, _TOLERANCE)
        row["libRoadRunner error"] = within_rule(peer(), model)
        row["libRoadRunner"] = _median_seconds(peer)
    except Exception as error:
        row["libRoadRunner"] = f"{type(error).__name__}: {error}"[:200]
    if isinstance(row["jax"], float) and isinstance(row["libRoadRunner"], float):
        row["ratio"] = row["jax"] / row["libRoadRunner"]
    return row


def _many_sets() -> dict[str, Any]:
    """Time 1,024 parameter sets of the MAPK cascade in one call, beside libRoadRunner one after the other."""
    import pandas as pd
    import roadrunner

    network = hc.read_sbml(str(CASCADE))
    names = [one.id for one in network.definition.parameters]
    rng = np.random.default_rng(0)
    base = np.array([network.definition.parameters[k].value for k in range(len(names))], dtype=float)
    sets = base * np.exp(0.3 * rng.normal(size=(_SETS, len(names))))
    table = pd.DataFrame(sets, columns=names, index=[f"set {k}" for k in range(_SETS)])
    ts = np.linspace(0.0, 100.0, 201)
    solve = hc.Solve(rtol=1e-6, atol=1e-12)

    def ours() -> Any:
        return hc.simulate(network, t1=ts[-1], ts=ts, conditions=table, solve=solve)

    found = ours()
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(CASCADE))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-6, 1e-12
    species = list(network.equations.states)
    runner.timeCourseSelections = ["time", *species]

    def theirs(rows: np.ndarray) -> list[np.ndarray]:
        results = []
        for row in rows:
            runner.reset()
            for name, value in zip(names, row):
                runner[name] = value
            results.append(np.array(runner.simulate(0.0, 100.0, 201))[:, 1:])
        return results

    peers = 128
    wanted = np.stack(theirs(sets[:peers]))
    values = np.asarray(found.values)[:peers]
    apart = np.abs(values - wanted).max(axis=1) / np.abs(wanted).max(axis=1)
    own = _median_seconds(ours, 3) / _SETS
    other = _median_seconds(lambda: theirs(sets[:peers]), 3) / peers
    return {
        "sets": _SETS,
        "ms per solve": 1e3 * own,
        "libRoadRunner ms per solve": 1e3 * other,
        "times faster": other / own,
        "largest difference": float(apart.max()),
        "succeeded": int(found.success.sum()),
    }


def _gradient() -> dict[str, Any]:
    """Time a loss of the MAPK cascade and its gradient with respect to 30 rate constants, both compiled."""
    network = hc.read_sbml(str(CASCADE))
    names = [one.id for one in network.definition.parameters]
    where = np.array([network.equations.constants.index(name) for name in names])
    ts = np.linspace(0.0, 100.0, 21)
    solve = hc.Solve(rtol=1e-6, atol=1e-12)
    wanted = np.asarray(hc.simulate(network, t1=ts[-1], ts=ts, solve=solve).values)[0]
    scale = np.abs(wanted).max(axis=0)

    def loss(logs: Any) -> Any:
        values = network.values.at[where].set(jnp.exp(logs))
        trajectory = hc.simulate(network.with_values(values), t1=ts[-1], ts=ts, solve=solve)
        return jnp.mean(((trajectory.values[0] - 1.1 * wanted) / scale) ** 2)

    logs = jnp.log(network.values[where])
    forward, both = jax.jit(loss), jax.jit(jax.value_and_grad(loss))
    _, slope = jax.block_until_ready(both(logs))
    jax.block_until_ready(forward(logs))
    steps = 1e-5 * np.eye(len(names))
    differences = np.array([(forward(logs + s) - forward(logs - s)) / 2e-5 for s in steps])
    jobs = {"forward": waiting(forward, logs), "gradient": waiting(both, logs)}
    seconds = interleaved(jobs, _GRADIENT_REPEATS)
    median = medians(seconds)
    return {
        "parameters": len(names),
        "forward ms": 1e3 * median["forward"],
        "gradient ms": 1e3 * median["gradient"],
        "ratio": median_ratio(seconds, "gradient", "forward"),
        "error": float(np.abs(slope - differences).max() / np.abs(differences).max()),
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the Markdown tables of this part."""
    labels = ("numpy", "jax", "jax, cached", "libRoadRunner")
    first = [
        [name, row["species"], row["reactions"], *(_first_result(row[label]) for label in labels)]
        for name, row in results["first"].items()
    ]
    keys = ("jax", "numpy", "libRoadRunner", "ratio", "jax error", "numpy error", "libRoadRunner error")
    again = [[name, *(row.get(key, "") for key in keys)] for name, row in results["again"].items()]
    ratios = [row["ratio"] for row in results["again"].values() if "ratio" in row]
    again.insert(0, ["median", "", "", "", float(np.median(ratios)) if ratios else "", "", "", ""])
    return [
        (
            "First result in a fresh process after import, CPU seconds (rtol 1e-6, 201 points)",
            ["model", "species", "reactions", *labels],
            first,
        ),
        (
            f"Simulating again, CPU seconds (rtol {_TOLERANCE:g}, 201 points), and worst cell by the rule",
            ["model", "jax", "numpy", "libRoadRunner", "jax / libRoadRunner", *keys[4:]],
            again,
        ),
        *(
            (title, list(results[key]), [list(results[key].values())])
            for key, title in (
                ("sets", "Parameter sets of a MAPK cascade (22 species, 30 parameters), one call"),
                ("gradient", "Gradient with respect to 30 parameters of the MAPK cascade"),
            )
        ),
    ]


def _first_result(measured: Any) -> Any:
    return measured["first result"] if isinstance(measured, dict) else measured
