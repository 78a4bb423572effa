from __future__ import annotations

import jax.random as jr
import pytest

from hybridcell.fit.gene_network import RecoverySettings, fit_networks, read_experiments
from tests.fit.gene_network.networks import QUICK, experiments


@pytest.fixture(scope="session")
def data():
    return read_experiments(experiments())


@pytest.fixture(scope="session")
def fits(data):
    return fit_networks(data, n_members=2, settings=RecoverySettings(**QUICK), key=jr.key(0))
