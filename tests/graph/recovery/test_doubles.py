from __future__ import annotations

import jax.numpy as jnp
import numpy as np

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
