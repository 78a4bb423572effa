"""CasADi: a cascade by CVODES, and the adjoint gradient of the sum of its last states.

python casadi_cascade.py FILE.json states|gradient; the file is what benchmarks/solvers.py writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import casadi  # pyright: ignore[reportMissingImports]
import numpy as np
from serving import serve


def main(path: str, what: str) -> None:
    """Get ready and do jobs."""
    given = json.loads(Path(path).read_text("utf-8"))
    species, names = given["species"], given["parameters"]
    x, p = casadi.SX.sym("x", len(species)), casadi.SX.sym("p", len(names))
    known = {**given["constants"], **{name: x[k] for k, name in enumerate(species)}}
    known |= {name: p[k] for k, name in enumerate(names)}
    rates = casadi.vertcat(*(eval(law, {"__builtins__": {}}, known) for law in given["laws"]))
    change = casadi.mtimes(casadi.DM(np.array(given["stoichiometry"]).T), rates)
    options = {"reltol": given["rtol"], "abstol": given["atol"], "max_num_steps": 100_000}
    times = given["times"] if what == "states" else given["times"][-1:]
    solver = casadi.integrator(
        "cascade", "cvodes", {"x": x, "p": p, "ode": change}, given["times"][0], times, options
    )
    start = casadi.DM(given["start"])
    values = casadi.DM([given["constants"][name] for name in names])
    if what == "states":

        def job() -> np.ndarray:
            return np.array(solver(x0=start, p=values)["xf"]).T
    else:
        symbol = casadi.MX.sym("p", len(names))
        last = casadi.sum1(solver(x0=start, p=symbol)["xf"])
        gradient = casadi.Function("gradient", [symbol], [casadi.gradient(last, symbol)])

        def job() -> np.ndarray:
            return np.array(gradient(values)).ravel()

    serve(job, {"version": casadi.__version__, "result": job().tolist()})


if __name__ == "__main__":
    main(*sys.argv[1:])
