from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import UnknownNameError
from hybridcell.data import as_perturbation_data, datasets, networks, truth_edges


def test_the_demonstration_screen():
    adata = datasets.demo()
    data = as_perturbation_data(adata)
    assert np.bincount(data.order).tolist() == [1, 18, 144]
    assert (datasets.demo(seed=0).X == adata.X).all()
    assert (datasets.demo(seed=1).X != adata.X).any()
    assert len(truth_edges(adata)) == len(networks.load("mapk_pi3k").edges)


def test_options_reach_the_simulation():
    adata = datasets.signaling(drugs=["aMEK"], doses=[1.0], times=[1.0, 2.0], missing=0.5, noise=0.0)
    assert adata.obs["time"].tolist() == [1.0, 2.0, 1.0, 2.0]
    assert np.isnan(adata.X).any()


def test_an_unknown_network_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'mapk_pi3k'"):
        datasets.signaling(network="mapk")
