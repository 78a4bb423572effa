"""Priors of estimated parameters: which there are, which are one, and what they say together."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation.priors import log_prior
from hybridcell.fit.petab.prior_groups import group_priors, implicit_prior
from hybridcell.fit.petab.scales import Scales
from hybridcell.io.petab.statement import PetabParameter, Prior

NORMAL = Prior(family="normal", parameters=(0.5, 2.0))
ON_SCALE = Prior(family="normal", parameters=(-1.0, 0.3), on_scale=True)
CUT = Prior(family="laplace", parameters=(1.0, 0.5), truncated=True)
PARAMETERS = [
    PetabParameter(id="a", prior=NORMAL, scale="log10", lower=0.01, upper=10.0),
    PetabParameter(id="b", prior=ON_SCALE, scale="log10", lower=0.01, upper=10.0),
    PetabParameter(id="c", prior=CUT, scale="lin", lower=0.5, upper=4.0),
    PetabParameter(id="d", prior=NORMAL, scale="log10", lower=0.01, upper=10.0),
    PetabParameter(id="e", prior=ON_SCALE, scale="log", lower=0.01, upper=10.0),
    PetabParameter(id="f", scale="lin", lower=0.5, upper=4.0),
]
THETA = np.array([[-0.3, -0.8, 1.2, 0.4, -1.1, 2.0], [0.1, 0.2, 3.0, -1.0, 0.3, 1.0]])


def test_equal_priors_are_one():
    assert [group.places.tolist() for group in group_priors(PARAMETERS, 1)] == [[0, 3], [1], [2], [4]]


def test_together_they_say_what_they_say_one_by_one():
    linear = np.array([Scales(PARAMETERS).to_linear(theta) for theta in THETA])
    found = sum(g.log_density(jnp.asarray(THETA), jnp.asarray(linear)) for g in group_priors(PARAMETERS, 1))
    np.testing.assert_allclose(found, [log_prior(PARAMETERS, row) for row in linear], rtol=1e-12)


def test_version_2_means_a_uniform_prior_by_none():
    [*_, last] = group_priors(PARAMETERS, 2)
    assert last.places.tolist() == [5]
    np.testing.assert_allclose(last.log_density(jnp.asarray(THETA), jnp.asarray(THETA)), -np.log(3.5))


@pytest.mark.parametrize(("lower", "upper"), [(-np.inf, 1.0), (0.0, np.inf), (2.0, 2.0)])
def test_bounds_that_are_none_are_no_prior(lower, upper):
    assert implicit_prior(PetabParameter(id="k", lower=lower, upper=upper), 2) is None
