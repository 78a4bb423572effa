"""One solve of the shipped MAPK cascade, and its gradient, by each solver at the same tolerances.

22 species, 30 rate constants, to t = 100, 201 points, tolerances 1e-6 and 1e-12. The error is the largest
deviation from SciPy's Radau method at 1e-10, over each species' largest value. The gradient is of the sum of
the last states over 30 rate constants; CasADi's is that of the CVODES adjoint. All take turns.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from peers.finding import ABSENT, find, versions
from peers.worker import Worker
from report import HERE
from timing import Job, interleaved, medians, waiting

import hybridcell as hc

CASCADE = HERE.parent / "networks" / "mapk_cascade" / "model.xml"
RTOL, ATOL, TIMES = 1e-6, 1e-12, np.linspace(0.0, 100.0, 201)
REPEATS = 15
PEERS = ("libRoadRunner", "COPASI", "SciPy", "CasADi")


def equations() -> dict[str, Any]:
    """Return the cascade as plain data: species, starts, constants, rate laws as formulas, stoichiometry."""
    import libsbml

    model = libsbml.readSBMLFromFile(str(CASCADE)).getModel()
    species = [one.getId() for one in model.getListOfSpecies()]
    constants = {one.getId(): one.getValue() for one in model.getListOfParameters()}
    constants |= {one.getId(): one.getSize() for one in model.getListOfCompartments()}
    laws, stoichiometry = [], []
    for reaction in model.getListOfReactions():
        laws.append(libsbml.formulaToL3String(reaction.getKineticLaw().getMath()).replace("^", "**"))
        change = dict.fromkeys(species, 0.0)
        for one in reaction.getListOfReactants():
            change[one.getSpecies()] -= one.getStoichiometry()
        for one in reaction.getListOfProducts():
            change[one.getSpecies()] += one.getStoichiometry()
        stoichiometry.append([change[name] for name in species])
    return {
        "species": species,
        "start": [model.getSpecies(name).getInitialConcentration() for name in species],
        "constants": constants,
        "parameters": [one.getId() for one in model.getListOfParameters()],
        "laws": laws,
        "stoichiometry": stoichiometry,
        "times": TIMES.tolist(),
        "rtol": RTOL,
        "atol": ATOL,
    }


def by_scipy(given: dict[str, Any], method: str, rtol: float, atol: float) -> Callable[[], np.ndarray]:
    """Return a solve by scipy.integrate.solve_ivp of rate laws that Python computes number by number."""
    from scipy.integrate import solve_ivp

    code = compile("(" + ", ".join(given["laws"]) + ",)", "laws", "eval")
    stoichiometry = np.array(given["stoichiometry"]).T
    names, constants = given["species"], given["constants"]

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        return stoichiometry @ np.array(eval(code, {**constants, **dict(zip(names, y.tolist()))}))

    span, start = (TIMES[0], TIMES[-1]), given["start"]

    def solve() -> np.ndarray:
        return solve_ivp(rate, span, start, method=method, t_eval=TIMES, rtol=rtol, atol=atol).y.T

    return solve


def by_roadrunner(given: dict[str, Any]) -> Callable[[], np.ndarray]:
    """Return a solve by libRoadRunner's CVODE."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(CASCADE))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = RTOL, ATOL
    runner.timeCourseSelections = [f"[{name}]" for name in given["species"]]

    def solve() -> np.ndarray:
        runner.reset()
        return np.array(runner.simulate(0.0, TIMES[-1], len(TIMES)))

    return solve


def by_copasi(given: dict[str, Any]) -> Callable[[], np.ndarray]:
    """Return a solve by COPASI's LSODA."""
    import basico

    model = basico.load_model(str(CASCADE))

    def solve() -> np.ndarray:
        frame = basico.run_time_course(
            duration=TIMES[-1],
            intervals=len(TIMES) - 1,
            model=model,
            r_tol=RTOL,
            a_tol=ATOL,
            use_sbml_id=True,
        )
        return frame[given["species"]].to_numpy()

    return solve


def ours(given: dict[str, Any]) -> tuple[Callable[[], np.ndarray], Job, Job, np.ndarray]:
    """Return our solve, jobs of the compiled solve and gradient, and the gradient."""
    network = hc.read_sbml(str(CASCADE))
    where = np.array([network.equations.constants.index(name) for name in given["parameters"]])
    solve = hc.Solve(rtol=RTOL, atol=ATOL)

    def states(values: Any, ts: np.ndarray = TIMES) -> Any:
        changed = network.with_values(network.values.at[where].set(values))
        return hc.simulate(changed, t1=ts[-1], ts=ts, solve=solve).values[0]

    values = network.values[where]
    whole = jax.jit(states)
    slope = jax.jit(jax.grad(lambda v: jnp.sum(states(v, TIMES[-1:]))))
    order = [list(network.equations.states).index(name) for name in given["species"]]
    return (
        lambda: np.asarray(whole(values))[:, order],
        waiting(whole, values),
        waiting(slope, values),
        np.asarray(slope(values)),
    )


def once(solve: Callable[[], np.ndarray]) -> None:
    """Do a job whose result does not count."""
    solve()


def run() -> dict[str, Any]:
    """Return the figures of every solver; what is not installed is said to be."""
    given = equations()
    wanted = by_scipy(given, "Radau", 1e-10, 1e-18)()
    scale = np.abs(wanted).max(axis=0)
    own, job, slope_job, slope = ours(given)
    states: dict[str, np.ndarray] = {"hybridcell": own()}
    jobs: dict[str, Job] = {"hybridcell": job, "hybridcell, gradient": slope_job}
    slopes = {"hybridcell": slope}
    makers = {
        "SciPy": lambda one: by_scipy(one, "LSODA", RTOL, ATOL),
        "libRoadRunner": by_roadrunner,
        "COPASI": by_copasi,
    }
    for name, make in makers.items():
        if versions([name])[name] != ABSENT:
            solve = make(given)
            states[name], jobs[name] = solve(), partial(once, solve)
    with ExitStack() as stack:
        python = find("CasADi")
        if python is not None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "cascade.json"
            path.write_text(json.dumps(given), encoding="utf-8")
            for what in ("states", "gradient"):
                peer = stack.enter_context(Worker(python, "casadi_cascade.py", path, what))
                jobs["CasADi" if what == "states" else "CasADi, gradient"] = peer.run
                (states if what == "states" else slopes)["CasADi"] = np.array(peer.ready["result"])
        median = medians(interleaved(jobs, REPEATS))
    found: dict[str, Any] = {}
    for name in ("hybridcell", *PEERS):
        if name not in states:
            found[name] = ABSENT
            continue
        found[name] = {
            "ms": 1e3 * median[name],
            "error": float((np.abs(states[name] - wanted).max(axis=0) / scale).max()),
            "times the time of hybridcell": median[name] / median["hybridcell"],
        }
        if name in slopes:
            found[name]["gradient, ms"] = 1e3 * median[f"{name}, gradient"]
            found[name]["gradient / solve, ratio"] = median[f"{name}, gradient"] / median[name]
    if "CasADi" in slopes:
        apart = np.abs(slopes["CasADi"] - slope).max() / np.abs(slope).max()
        found["hybridcell"]["largest difference of the gradient from CasADi's"] = float(apart)
    return found


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    rows = []
    for name, one in results.items():
        if isinstance(one, str):
            rows.append([name, one, "", "", "", ""])
            continue
        slope, ratio = one.get("gradient, ms", ""), one.get("gradient / solve, ratio", "")
        times = one["times the time of hybridcell"]
        rows.append([name, one["ms"], f"{one['error']:.1e}", times, slope, ratio])
    header = ["program", "ms", "error", "times the time of hybridcell", "gradient, ms", "gradient / solve"]
    return [("One solve of a stiff cascade, 22 species, 30 rate constants", header, rows)]
