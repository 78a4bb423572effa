import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import hybridcell as hc
from hybridcell.infer.identifiability import identifiability


@pytest.fixture(scope="module")
def chain():
    """S -> P -> nothing, of which P is measured late, in unknown quantity of S."""
    network = hc.read_sbml("S -> P; k1*S; P -> ; k2*P; S = 4; P = 0; k1 = 2; k2 = 0.5")
    ts = np.linspace(3.0, 6.0, 8)
    exact = hc.simulate(network, t1=6.0, ts=ts)["P"].T
    data = AnnData(exact, obs=pd.DataFrame({"time": ts}, index=[f"{t:g}" for t in ts]))
    data.var_names, data.layers["sd"] = ["P"], np.full(exact.shape, 0.02)
    return hc.fit(network, data, free=["k1", "k2"], key=jr.key(0), progress=False)


def test_proposes_what_is_not_measured_and_when(chain):
    found = identifiability(chain, key=jr.key(1))
    assert found.verdicts["k2"] == "identifiable"
    assert found.verdicts["k1"] == "practically not"
    measuring = [text for text in found.advice if text.startswith("Measure")]
    assert measuring
    assert "then k1 becomes identifiable" in measuring[0]
    assert any(text.startswith("Measure P early") or text.startswith("Measure S") for text in measuring)
    assert "an error of 10% of its largest value, and no less than 0.02" in measuring[0]
