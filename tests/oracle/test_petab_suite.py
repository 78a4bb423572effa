"""The PEtab test suite, versions 1 and 2: likelihood, priors, simulations and chi2; every fourth case by
default."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.oracle.petab_judge import ALL, DATA, in_order, names, needs, read, solution_of

SUITE = "petab-test-suite"
pytestmark = [needs(SUITE), pytest.mark.slow]
EVERY = [
    f"{version}/sbml/{name}" for version in ("v1.0.0", "v2.0.0") for name in names(f"{SUITE}/{version}/sbml")
]
CASES = EVERY if ALL else EVERY[1::4]


def test_nothing_is_missing():
    assert len(EVERY) == 20 + 31


@pytest.mark.parametrize("case", CASES)
def test_a_case(case):
    folder = DATA / SUITE / case
    solution = solution_of(folder / f"_{folder.name}_solution.yaml")
    problem = read(folder / f"_{folder.name}.yaml")
    assert problem.log_likelihood() == pytest.approx(solution["llh"], abs=solution["tol_llh"])
    if "unnorm_log_posterior" in solution:
        assert problem.log_posterior() == pytest.approx(
            solution["unnorm_log_posterior"], abs=solution["tol_unnorm_log_posterior"]
        )
        assert _log_priors(problem) == pytest.approx(solution["log_prior"], abs=1e-12)
    [file] = solution["simulation_files"]
    wanted = pd.read_csv(folder / file, sep="\t")
    np.testing.assert_allclose(
        in_order(problem.simulate()), in_order(wanted), rtol=0, atol=solution["tol_simulations"]
    )
    assert problem.chi2() == pytest.approx(solution["chi2"], abs=solution["tol_chi2"])


def _log_priors(problem):
    """Return the log prior of each parameter: what is lost without the others."""
    from hybridcell.fit.estimation.priors import log_density, prior_bounds
    from hybridcell.fit.petab.prior_groups import implicit_prior

    found = {}
    for p in problem.statement.parameters:
        prior = p.prior or implicit_prior(p, problem.statement.version)
        if p.estimate and prior is not None:
            found[p.id] = float(log_density(prior, np.array([p.nominal]), *prior_bounds(prior, p))[0])
    assert sum(found.values()) == pytest.approx(problem.log_prior(), abs=1e-12)
    return found
