import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import hybridcell as hc


@pytest.fixture(scope="session")
def screen():
    return hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)


@pytest.fixture(scope="session")
def fitted(screen):
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    return hc.fit(model, screen, steps=20, progress=False, key=jr.key(1))


@pytest.fixture(scope="session")
def network_fit():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    names = [p.id for p in network.parameters]
    values = dict(zip(network.equations.constants, np.asarray(network.values)))
    chosen = [id for id in names if values[id] > 0][:3]
    network = network.with_parameters({id: hc.Parameter(values[id], transform="log") for id in chosen})
    readout = network.species[0].id
    ts = np.array([0.5, 1.0, 1.5, 2.0])
    exact = np.asarray(hc.simulate(network, t1=2.0, ts=ts)[readout]).T
    data = AnnData(exact, obs=pd.DataFrame({"time": ts}, index=[f"{t:g}" for t in ts]))
    data.var_names = [readout]
    data.layers["sd"] = np.full(exact.shape, 0.02)
    return hc.fit(network, data, warm_start="none", retries=0, progress=False, key=jr.key(0))
