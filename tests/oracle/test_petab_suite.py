"""The PEtab test suite, versions 1 and 2: the likelihood of every case, simulations of a third by default."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.oracle.petab_judge import ALL, DATA, in_order, names, needs, read, solution_of

SUITE = "petab-test-suite"
pytestmark = [needs(SUITE), pytest.mark.slow]
CASES = [
    f"{version}/sbml/{name}" for version in ("v1.0.0", "v2.0.0") for name in names(f"{SUITE}/{version}/sbml")
]


def test_nothing_is_missing():
    assert len(CASES) == 20 + 31


def opened(case):
    """Return the problem of a case, its solution and its folder."""
    folder = DATA / SUITE / case
    solution = solution_of(folder / f"_{folder.name}_solution.yaml")
    return read(folder / f"_{folder.name}.yaml"), solution, folder


@pytest.mark.parametrize("case", CASES)
def test_likelihood_and_priors(case):
    problem, solution, _ = opened(case)
    llh = problem.log_likelihood()
    assert llh == pytest.approx(solution["llh"], abs=solution["tol_llh"])
    if "unnorm_log_posterior" in solution:
        assert problem.log_posterior() == pytest.approx(
            solution["unnorm_log_posterior"], abs=solution["tol_unnorm_log_posterior"]
        )
        assert _log_priors(problem) == pytest.approx(solution["log_prior"], abs=1e-12)


@pytest.mark.parametrize("case", CASES if ALL else CASES[::3])
def test_simulations_and_chi2(case):
    problem, solution, folder = opened(case)
    simulated = problem.simulate()
    [file] = solution["simulation_files"]
    wanted = pd.read_csv(folder / file, sep="\t")
    np.testing.assert_allclose(
        in_order(simulated), in_order(wanted), rtol=0, atol=solution["tol_simulations"]
    )
    assert problem.chi2() == pytest.approx(solution["chi2"], abs=solution["tol_chi2"])


def _log_priors(problem):
    """Return the log prior of each parameter: what is lost without the others."""
    from hybridcell.fit.estimation.priors import log_density, prior_bounds
    from hybridcell.fit.petab.objective import _implicit_prior

    found = {}
    for p in problem.statement.parameters:
        prior = p.prior or _implicit_prior(p, problem.statement.version)
        if p.estimate and prior is not None:
            found[p.id] = float(log_density(prior, np.array([p.nominal]), *prior_bounds(prior, p))[0])
    assert sum(found.values()) == pytest.approx(problem.log_prior(), abs=1e-12)
    return found
