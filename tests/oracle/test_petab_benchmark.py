"""The benchmark collection: likelihoods and gradients; the small problems by default."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

import hybridcell as hc
from tests.oracle.petab_judge import ALL, DATA, largest_error, names, needs, read

FOLDER = "petab-benchmark"
SMALL = (
    "Blasi_CellSystems2016", "Boehm_JProteomeRes2014", "Borghans_BiophysChem1997",
    "Crauste_CellSystems2017", "Perelson_Science1996",
)  # fmt: skip
#: Of these also forward sensitivities are compiled by default.
FORWARD = ("Boehm_JProteomeRes2014",)
PROBLEMS = names(FOLDER, SMALL)
pytestmark = [needs(FOLDER), pytest.mark.slow]


def reference(name):
    return json.loads((DATA / FOLDER / name / "reference.json").read_text(encoding="utf-8"))


WITH_GRADIENT = [name for name in PROBLEMS if "perturbed_point" in reference(name)]


@cache
def problem_of(name):
    return read(DATA / FOLDER / name / f"{name}.yaml", hc.Solve(rtol=1e-8, atol=1e-8))


def test_nothing_is_missing():
    assert len(PROBLEMS) == (18 if ALL else len(SMALL))
    assert len(WITH_GRADIENT) == (15 if ALL else len(SMALL) - 1)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_likelihood_at_the_nominal_parameters(name):
    wanted = reference(name)["llh"]
    assert problem_of(name).log_likelihood() == pytest.approx(wanted, abs=1e-3 + 1e-4 * abs(wanted))


#: A gradient costs a compilation; the others are judged in the suite.
WHICH = [pytest.param(name, marks=[] if name in FORWARD else [pytest.mark.suite]) for name in WITH_GRADIENT]


@pytest.mark.parametrize("name", WHICH)
def test_the_gradient_away_from_the_optimum(name):
    problem, point = problem_of(name), reference(name)["perturbed_point"]
    theta = np.array([point["theta_scaled"][id] for id in problem.free])
    wanted = np.array([point["gradient_scaled"][id] for id in problem.free])
    assert problem.log_likelihood(theta) == pytest.approx(point["llh"], abs=1e-3 + 1e-4 * abs(point["llh"]))
    assert largest_error(problem.gradient(theta), wanted) <= 1e-3
    if (ALL or name in FORWARD) and not problem.compiled.noise.laplace.any():
        residuals, jacobian = map(np.asarray, problem.compiled.residuals(theta[None]))
        assert largest_error(-residuals[0] @ jacobian[0], wanted) <= 1e-4
