from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.mechanisms.cellbox import edge_prior
from tests.tolerances import ANALYTIC

NAMES = ("RAS", "MEK", "ERK")
EDGES = [
    {"source": "RAS", "target": "MEK", "sign": 1},
    {"source": "ERK", "target": "RAS", "sign": -1},
    {"source": "MEK", "target": "ERK", "sign": 0},
]
RESPONSE = np.array([[0.0, 0.3, 0.2], [-0.4, 0.0, 0.5], [0.1, -0.6, 0.0]])


def test_edges_land_on_target_and_source():
    prior = edge_prior(EDGES, NAMES)
    assert prior.known.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert prior.sign.tolist() == [[0, 0, -1], [1, 0, 0], [0, 0, 0]]
    assert prior.n_edges == 3
    assert not prior.hard


def test_the_penalty_counts_edges_outside_and_against():
    prior = edge_prior(EDGES, NAMES)
    outside = 0.3 + 0.5 + 0.1  # MEK -> RAS, ERK -> MEK, RAS -> ERK
    against = 0.2 + 0.4  # ERK -> RAS should be negative, RAS -> MEK positive
    assert float(prior.penalty(jnp.asarray(RESPONSE))) == pytest.approx(outside + against, rel=1e-12)
    fitting = np.where(prior.known > 0, np.where(prior.sign != 0, prior.sign, 1.0), 0.0)
    assert float(prior.penalty(jnp.asarray(fitting))) == 0.0


def test_a_soft_prior_changes_nothing_and_a_hard_one_the_signs():
    np.testing.assert_array_equal(edge_prior(EDGES, NAMES).constrain(jnp.asarray(RESPONSE)), RESPONSE)
    found = edge_prior(EDGES, NAMES, mode="hard").constrain(jnp.asarray(RESPONSE))
    wanted = RESPONSE.copy()
    wanted[0, 2], wanted[1, 0] = -0.2, 0.4
    np.testing.assert_allclose(found, wanted, **ANALYTIC)


def test_a_signed_edge_that_starts_at_zero_can_still_move():
    prior = edge_prior(EDGES, NAMES, mode="hard")
    slope = jax.grad(lambda r: jnp.sum(prior.constrain(r)))(jnp.zeros((3, 3)))
    np.testing.assert_array_equal(slope, np.where(prior.sign != 0, prior.sign, 1.0))


def test_an_edge_may_come_twice_and_the_known_sign_stays():
    for order in (1, -1):
        edges = [{"source": "a", "target": "b", "sign": s} for s in (0, 1)][::order]
        assert edge_prior(edges, ("a", "b")).sign[1, 0] == 1.0


def test_edges_that_contradict_are_refused():
    edges = [{"source": "a", "target": "b", "sign": s} for s in (1, -1)]
    with pytest.raises(DataError, match="'a' -> 'b' both signs"):
        edge_prior(edges, ("a", "b"))


def test_self_edges_are_refused():
    with pytest.raises(DataError, match="'a' acting on itself"):
        edge_prior([{"source": "a", "target": "a"}], ("a", "b"))


def test_an_unknown_node_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no node \(named by the prior\) 'MEk1'. Did you mean 'MEK'"):
        edge_prior([{"source": "RAS", "target": "MEk1"}], NAMES)


def test_an_unknown_mode_is_refused():
    with pytest.raises(InvalidValueError, match=r"prior_mode is 'Hard'.*Did you mean 'hard'"):
        edge_prior(EDGES, NAMES, mode="Hard")
