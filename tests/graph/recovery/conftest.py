from __future__ import annotations

import pytest

from hybridcell.fit.gene_network import RecoverySettings
from hybridcell.graph.recovery import recover
from tests.fit.gene_network.networks import QUICK, experiments


@pytest.fixture(scope="session")
def found():
    return recover(experiments(), n=2, settings=RecoverySettings(**QUICK))
