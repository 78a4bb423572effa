"""Problems of the PEtab-SciML test suite: likelihoods, simulations, gradients; three of them by default."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from tests.oracle.petab_judge import ALL, DATA, names, needs, read, solution_of

FOLDER = "petab-sciml-testsuite/sciml_problem_import"
#: In the right-hand side, with array inputs, frozen.
SAMPLE = ("001", "015", "033")
CASES = names(FOLDER, SAMPLE)
pytestmark = [needs(FOLDER), pytest.mark.slow]


def test_nothing_is_missing():
    assert len(CASES) == (20 if ALL else len(SAMPLE))


@pytest.mark.parametrize("case", CASES)
def test_a_problem(case):
    folder = DATA / FOLDER / case
    solution = solution_of(folder / "solutions.yaml")
    problem = read(folder / "petab" / "problem.yaml", hc.Solve(rtol=1e-8, atol=1e-10))
    key, of = ("llh", "likelihood") if "llh" in solution else ("log_posterior", "posterior")
    value = problem.log_likelihood() if of == "likelihood" else problem.log_posterior()
    assert value == pytest.approx(solution[key], abs=1e-3)
    wanted = pd.read_csv(folder / "simulations.tsv", sep="\t")["simulation"]
    np.testing.assert_allclose(problem.simulate()["simulation"], wanted, rtol=0, atol=1e-3)
    found, wanted = _pairs(problem, problem.gradient(of=of), folder, solution["grad_files"])
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-3 * np.abs(wanted).max())


def _pairs(problem, gradient, folder, files):
    """Return the gradient and the reference, where there is one."""
    mechanistic = pd.read_csv(folder / files["mech"], sep="\t").set_index("parameterId")["value"]
    known = mechanistic.index.intersection(gradient.index)
    # what is not estimated has no slope to compare
    found, wanted = [gradient[known].to_numpy()], [mechanistic[known].to_numpy()]
    for network, arrays in problem.arrays(gradient).items():
        if network not in files:
            continue
        with h5py.File(folder / files[network]) as file:
            group = file["parameters"][network]
            for name, slopes in arrays.items():
                layer, array = name.rsplit(".", 1)
                if layer not in group or array not in group[layer]:
                    continue
                reference = np.asarray(group[layer][array])
                # an empty one: the array is frozen
                found.append(slopes.ravel())
                wanted.append(reference.ravel() if reference.size else np.zeros(slopes.size))
    return np.concatenate(found), np.concatenate(wanted)
