"""Networks of draws."""

from __future__ import annotations

import jax
import numpy as np

import hybridcell as hc
from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.posterior.members import ensemble_of
from tests.infer.problems import TIMES, optimum


def test_members_simulate_what_their_draws_say(decaying):
    posterior = laplace(decaying, at=optimum(), n=8, key=jax.random.key(0))
    ensemble = ensemble_of(posterior, 3)
    assert ensemble.result == ("success",) * 3
    for theta, member in zip(posterior.thinned(3), ensemble):
        k, a0 = 10**theta
        found = np.asarray(hc.simulate(member, t1=8.0, ts=TIMES)["A"])
        np.testing.assert_allclose(np.ravel(found), a0 * np.exp(-k * TIMES), rtol=1e-4)


def test_members_of_a_fit_know_its_data(fitted):
    ensemble = ensemble_of(laplace(fitted, n=4, key=jax.random.key(0)), 4)
    assert ensemble.train is fitted.train
    assert np.ptp(np.asarray(ensemble.members.values), axis=0).max() > 0
