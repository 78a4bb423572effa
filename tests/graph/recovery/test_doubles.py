from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.gene_network import NetworkExperiments
from hybridcell.graph.recovery.doubles import double_knockouts
from hybridcell.mechanisms.gene_network import equilibrium
from tests.fit.gene_network.networks import truth

PAIRS = [(0, 1), (0, 2), (1, 3), (1, 2)]


def test_doubles_are_close_to_the_truth(found):
    made = np.ones((4, 4))
    for row, pair in enumerate(PAIRS):
        made[row, list(pair)] = 0
    gold = np.asarray(equilibrium(truth(), jnp.asarray(made))[0])
    predicted = double_knockouts(found.data, found.fits, PAIRS)
    assert np.sqrt(np.mean((predicted - gold) ** 2)) < 0.04


def test_what_the_networks_miss_in_a_single_is_put_back(found):
    # D does nothing to B, which the networks leave at 0.5 where A is gone; measured is 0.12
    states = np.array([[0.0, 0.5, 0.5, 0.0], [0.0, 0.5, 0.5, 0.5], [0.7, 0.9, 0.5, 0.0]])

    class Fits:
        def steady_states(self, made):
            assert made.tolist() == [[0, 1, 1, 0], [0, 1, 1, 1], [1, 1, 1, 0]]
            return states[None].copy()

    predicted = double_knockouts(found.data, Fits(), [(0, 3)])  # type: ignore[arg-type]
    assert abs(predicted[0, 1] - found.data.steady[3, 1]) < 0.005
    assert predicted[0, [0, 3]].tolist() == [0, 0]


class Linear:
    """Networks in which every gene without a producer keeps a share of the untouched level."""

    def __init__(self, left=0.6):
        self.left = left

    def steady_states(self, made):
        return np.stack([np.where(made == 0, 0.0, self.left * made.mean(axis=1, keepdims=True))] * 2)


def _measured(knockouts):
    """Return steady states of three genes: two wild types, then single knockouts as (gene, levels)."""
    made = np.ones((2 + len(knockouts), 3))
    for row, (gene, _) in enumerate(knockouts, start=2):
        made[row, gene] = 0.0
    levels = [[0.6, 0.6, 0.6], [0.62, 0.58, 0.6], *(level for _, level in knockouts)]
    empty = np.zeros((0, 0))
    return NetworkExperiments(
        ("A", "B", "C"),
        np.array(levels, dtype=float),
        made,
        empty,
        np.zeros((0, 0, 3)),
        np.zeros((0, 3)),
        empty,
    )


def test_a_double_of_one_gene_twice_is_the_measured_single():
    data = _measured([(0, [0.0, 0.1, 0.55])])
    found = double_knockouts(data, Linear(), [(0, 0), (1, 1)])
    # what is far outside the noise is put back whole
    assert abs(found[0, 1] - 0.1) < 0.01
    assert found[0, 0] == found[1, 1] == 0.0
    # nothing was measured without B: the networks stand
    np.testing.assert_allclose(found[1], [0.4, 0.0, 0.4])


def test_replicates_in_which_a_gene_was_not_measured_do_not_hide_the_others():
    once = double_knockouts(_measured([(0, [0.0, 0.1, 0.55])]), Linear(), [(0, 0)])
    again = _measured([(0, [0.0, 0.1, 0.55]), (0, [0.0, np.nan, 0.55])])
    assert abs(once[0, 1] - 0.1) < 0.01
    np.testing.assert_allclose(double_knockouts(again, Linear(), [(0, 0)]), once, atol=0.02)
    lost = double_knockouts(_measured([(0, [0.0, np.nan, 0.55])]), Linear(), [(0, 0)])
    assert lost[0, 1] == pytest.approx(0.4)
    assert np.isfinite(lost).all()


def test_the_order_of_pairs_and_genes_is_that_of_the_rows():
    data = _measured([(0, [0.0, 0.1, 0.55]), (1, [0.3, 0.0, 0.2])])
    pairs = [(0, 1), (1, 0), (2, 1), (0, 2)]
    found = double_knockouts(data, Linear(), pairs)
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)
    for row, pair in enumerate(pairs):
        np.testing.assert_allclose(found[row], double_knockouts(data, Linear(), [pair])[0], atol=1e-12)
        assert not found[row, list(pair)].any()
    assert (found >= 0).all()
