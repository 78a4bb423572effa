"""pyPESTO with AMICI: fits of a PEtab problem from many starts, as JSON on stdout.

Run by an interpreter that has pypesto, amici, petab and fides or SciPy:
python benchmarks/petab_parts/pypesto_peer.py MODELS_FOLDER STARTS PROBLEM.yaml
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any


def measure(models: Path, starts: int, yaml: Path) -> dict[str, Any]:
    """Return the best objectives and the CPU seconds of a start."""
    import numpy as np
    import petab.v1 as petab
    import pypesto
    import pypesto.optimize
    from pypesto.petab import PetabImporter

    logging.disable(logging.WARNING)
    np.random.seed(0)  # noqa: NPY002 (pyPESTO draws its starts from the global generator)
    problem = petab.Problem.from_yaml(yaml)
    importer = PetabImporter(problem, output_folder=str(models / yaml.stem), model_name=yaml.stem)
    objective = importer.create_problem(force_compile=False)
    began = time.process_time()
    result = pypesto.optimize.minimize(
        objective,
        optimizer=pypesto.optimize.ScipyOptimizer(method="L-BFGS-B"),
        n_starts=starts,
        progress_bar=False,
    )
    seconds = time.process_time() - began
    values = [float(value) for value in result.optimize_result.fval]
    counts = [one.n_fval or 0 for one in result.optimize_result.list]
    return {
        "pypesto": pypesto.__version__,
        "starts": starts,
        "values": values,
        "evaluations": float(np.mean(counts)),
        "seconds": seconds / starts,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
