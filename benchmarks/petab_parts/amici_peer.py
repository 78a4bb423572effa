"""AMICI on PEtab problems: CPU times of building, simulating and of forward gradients, as JSON on stdout.

Run by an interpreter that has amici, petab and a C++ compiler:
python benchmarks/petab_parts/amici_peer.py MODELS_FOLDER PROBLEM.yaml ...
Models are built into MODELS_FOLDER where they are not there yet.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

TOLERANCE = 1e-8
REPEATS = 11


def cpu() -> float:
    """Return CPU seconds of this process and of those it started."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def median_ms(function: Any) -> float:
    """Return the median CPU time of a call, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return 1e3 * statistics.median(times)


def measure(yaml: Path, models: Path) -> dict[str, Any]:
    """Return what AMICI needs for one problem."""
    import amici
    import petab.v1 as petab
    from amici.importers.petab.v1 import import_petab_problem
    from amici.sim.sundials import SensitivityMethod, SensitivityOrder, run_simulations
    from amici.sim.sundials.petab.v1 import EDATAS, LLH, simulate_petab

    problem = petab.Problem.from_yaml(yaml)
    folder = models / yaml.stem
    built = folder.exists()
    started = cpu()
    model = import_petab_problem(problem, output_dir=folder, model_name=yaml.stem, verbose=False)
    build = None if built else cpu() - started
    solver = model.create_solver()
    solver.set_relative_tolerance(TOLERANCE)
    solver.set_absolute_tolerance(TOLERANCE)
    solver.set_max_steps(100_000)
    found: dict[str, Any] = {"amici": amici.__version__, "build CPU s": build}
    for name, order in (("simulate", SensitivityOrder.none), ("gradient", SensitivityOrder.first)):
        solver.set_sensitivity_order(order)
        solver.set_sensitivity_method(SensitivityMethod.forward)

        def whole() -> Any:
            return simulate_petab(problem, amici_model=model, solver=solver, scaled_gradients=True)

        result = whole()
        found["llh"] = float(result[LLH])
        edatas = result[EDATAS]
        found[f"{name} ms"] = median_ms(lambda: run_simulations(model, solver, edatas))  # noqa: B023
        found[f"simulate_petab, {name} ms"] = median_ms(whole)
    return found


def main() -> None:
    """Measure all problems that are named."""
    models, *problems = map(Path, sys.argv[1:])
    found = {}
    for yaml in problems:
        try:
            found[yaml.stem] = measure(yaml, models)
        except Exception as error:  # a peer that fails is a result too
            found[yaml.stem] = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
