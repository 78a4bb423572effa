from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import NotConvergedError
from hybridcell.fit.gene_network.fitting import usable
from tests.fit.gene_network.networks import EDGES, GENES


def test_true_edges_and_their_signs_are_found(fits):
    weights = fits.weights.mean(axis=0)
    strongest = np.argsort(-np.abs(weights), axis=None)[:3]
    found = {(GENES[k % 4], GENES[k // 4]): weights.flat[k] for k in strongest}
    assert found.keys() == EDGES.keys()
    assert all(found[pair] * weight > 0 for pair, weight in EDGES.items())


def test_rates_are_learned(fits):
    # nothing pushes D, so that its own rate is the least known
    np.testing.assert_allclose(np.exp(np.asarray(fits.networks.log_decay))[:, :3], 0.1, rtol=0.3)


def test_stimuli_are_found(fits):
    hit = np.abs(fits.push).mean(axis=0).argmax(axis=1)
    assert hit.tolist() == [0, 1, 2]


def test_steady_states_are_those_of_each_member(fits):
    states = fits.steady_states(np.array([[1.0, 1, 1, 1], [0, 1, 1, 1]]))
    assert states.shape == (2, 2, 4)
    assert fits.settled.all()
    assert (states[:, 1, 0] == 0).all()
    assert (states[:, 1, 1] < states[:, 0, 1]).all()


def test_members_that_got_stuck_are_left_out():
    misfit = np.array([10.0, np.nan, 11.0, 40.0, 11.4])
    # the fourth has the least penalty, and explains the least all the same
    assert usable(misfit, np.array([1.0, 1.0, 2.0, 0.5, 2.0]), 1000).tolist() == [0, 2, 4]


def test_a_larger_penalty_may_explain_less():
    assert usable(np.array([10.0, 20.0, 30.0]), np.array([1.0, 2.0, 3.0]), 1000).tolist() == [0, 1, 2]


def test_nothing_finite_is_an_error():
    with pytest.raises(NotConvergedError, match="No member"):
        usable(np.array([np.nan, np.inf]), np.ones(2), 10)
