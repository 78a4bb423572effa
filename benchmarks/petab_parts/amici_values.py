"""AMICI's log-likelihoods at the nominal parameters of PEtab problems, as JSON on stdout.

For references that nobody has computed again. Run by an interpreter that has amici, petab and a C++ compiler:
python benchmarks/petab_parts/amici_values.py MODELS_FOLDER PROBLEM.yaml ...
Models are built, without sensitivities, into MODELS_FOLDER where they are not there yet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

#: As the reference's, and ours.
TOLERANCE = 1e-8


def value(yaml: Path, models: Path) -> float:
    """Return the log-likelihood of one problem."""
    import petab.v1 as petab
    from amici.importers.petab.v1 import import_petab_problem
    from amici.sim.sundials.petab.v1 import LLH, simulate_petab

    problem = petab.Problem.from_yaml(yaml)
    name = f"{yaml.stem}_values"
    model = import_petab_problem(
        problem, output_dir=models / name, model_name=name, verbose=False, generate_sensitivity_code=False
    )
    solver = model.create_solver()
    solver.set_relative_tolerance(TOLERANCE)
    solver.set_absolute_tolerance(TOLERANCE)
    solver.set_max_steps(100_000)
    return float(simulate_petab(problem, amici_model=model, solver=solver)[LLH])


def main() -> None:
    """Compute the values of all problems that are named."""
    models, *problems = map(Path, sys.argv[1:])
    print(json.dumps({yaml.stem: value(yaml, models) for yaml in problems}))


if __name__ == "__main__":
    main()
