from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import random_network, simulate_screen


@pytest.mark.parametrize("seed", range(5))
def test_random_networks_are_contractive_and_follow_the_rules(seed):
    entry = random_network(15, 3, 4, density=0.4, gain=0.7, seed=seed)
    gain = np.abs((entry.epsilon / entry.alpha)[:, None] * entry.weights)
    assert np.abs(np.linalg.eigvals(gain)).max() <= 0.7 + 1e-9
    drug, phenotype = (np.array([k == kind for k in entry.kinds]) for kind in ("drug", "phenotype"))
    assert (entry.weights[drug] == 0).all()
    assert (entry.weights[:, phenotype] == 0).all()
    assert (entry.weights[np.ix_(phenotype, drug)] == 0).all()
    assert (np.diag(entry.weights) == 0).all()
    assert (np.abs(entry.weights[phenotype]).sum(axis=1) > 0).all()
    assert simulate_screen(entry, doses=[1.0]).shape == (1 + 4 + 6, 22)


def test_random_networks_refuse_impossible_sizes():
    with pytest.raises(InvalidValueError, match="two proteins and one drug"):
        random_network(1, 0, 1)
    with pytest.raises(InvalidValueError, match="0 < gain < 1"):
        random_network(gain=1.0)
