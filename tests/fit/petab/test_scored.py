"""Likelihoods with slopes and informations."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.petab.scored import scored


@pytest.mark.parametrize(
    "name", ["conditions, version 1", pytest.param("noises, version 1", marks=pytest.mark.suite)]
)
def test_they_are_those_of_the_problem(problem_of, name):
    problem = problem_of(name)
    thetas = np.stack([problem.nominal, problem.nominal + 0.01])
    values, slopes, informations = scored(problem.compiled, thetas)
    np.testing.assert_allclose(values, problem.log_likelihood(thetas), rtol=1e-9)
    np.testing.assert_allclose(slopes, problem.gradient(thetas), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(informations[0], problem.fisher_information(), rtol=1e-9, atol=1e-12)


def test_what_is_no_number_fails(problem_of):
    problem = problem_of("conditions, version 1")
    values, slopes, _ = scored(problem.compiled, np.full((2, len(problem.free)), np.nan))
    assert (values == -np.inf).all()
    assert np.isnan(slopes).all()
