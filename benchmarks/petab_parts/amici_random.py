"""AMICI at given parameter vectors of PEtab problems: what fails, as JSON on stdout.

Run by an interpreter that has amici, petab and a C++ compiler:
python benchmarks/petab_parts/amici_random.py MODELS_FOLDER POINTS_FOLDER PROBLEM.yaml ...
POINTS_FOLDER has for each problem NAME.json: "ids" of the estimated parameters, and "thetas", vectors of
them on their scales. Models are built into MODELS_FOLDER where they are not there yet.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

TOLERANCE = 1e-8
#: Of each simulation, as for the library beside which these numbers stand.
MAX_STEPS = 100_000
#: CPU seconds after which no further point of a problem is begun.
SECONDS = 900.0


def measure(yaml: Path, models: Path, points: Path) -> dict[str, Any]:
    """Return the points that AMICI cannot simulate, and why, and those whose gradient it cannot."""
    import amici
    import petab.v1 as petab
    from amici.importers.petab.v1 import import_petab_problem
    from amici.sim.sundials import SensitivityMethod, SensitivityOrder, simulation_status_to_str
    from amici.sim.sundials.petab.v1 import LLH, RDATAS, SLLH, simulate_petab

    problem = petab.Problem.from_yaml(yaml)
    given = json.loads((points / f"{yaml.stem}.json").read_text("utf-8"))
    model = import_petab_problem(problem, output_dir=models / yaml.stem, model_name=yaml.stem, verbose=False)
    solver = model.create_solver()
    solver.set_relative_tolerance(TOLERANCE)
    solver.set_absolute_tolerance(TOLERANCE)
    solver.set_max_steps(MAX_STEPS)
    solver.set_sensitivity_method(SensitivityMethod.forward)
    fixed = dict(zip(problem.x_ids, problem.x_nominal_scaled))
    failed, lost, llh, reasons = [], [], [], Counter()

    def run(theta: list[float], order: Any) -> dict[str, Any]:
        solver.set_sensitivity_order(order)
        return simulate_petab(
            problem, amici_model=model, solver=solver, scaled_parameters=True, scaled_gradients=True,
            problem_parameters=fixed | dict(zip(given["ids"], theta)),
        )  # fmt: skip

    began = time.process_time()
    for number, theta in enumerate(given["thetas"]):
        if time.process_time() - began > SECONDS:
            break
        found = run(theta, SensitivityOrder.none)
        value = float(found[LLH])
        llh.append(value if math.isfinite(value) else None)
        if not math.isfinite(value):
            failed.append(number)
            status = {simulation_status_to_str(r.status) for r in found[RDATAS]} - {"AMICI_SUCCESS"}
            reasons.update(status or {"no density"})
            continue
        slopes = run(theta, SensitivityOrder.first)[SLLH]
        if slopes is None or not all(math.isfinite(v) for v in slopes.values()):
            lost.append(number)
    return {
        "amici": amici.__version__,
        "tried": len(llh),
        "seconds": round(time.process_time() - began, 1),
        "failed": failed,
        "gradient lost": lost,
        "reasons": dict(reasons),
        "llh": llh,
    }


def main() -> None:
    """Measure all problems that are named."""
    logging.disable(logging.CRITICAL)
    models, points, *problems = map(Path, sys.argv[1:])
    found = {}
    for yaml in problems:
        try:
            found[yaml.stem] = measure(yaml, models, points)
        except Exception as error:  # a peer that fails is a result too
            found[yaml.stem] = {"error": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
