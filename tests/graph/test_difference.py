import numpy as np
import pytest

import hybridcell as hc
from hybridcell import Ensemble
from hybridcell._core.errors import InvalidValueError
from tests.graph.conftest import KINDS, NAMES, WEIGHTS


@pytest.fixture(scope="module")
def resistant():
    """Return an ensemble in which RAF -> ERK is much weaker and ERK -> RAF positive in all members."""
    models = []
    for factor in (0.2, 0.25, 0.3):
        weights = WEIGHTS.copy()
        weights[1, 0] *= factor
        weights[0, 1] = 0.15
        weights[2, 0] = 0.0
        models.append(hc.CellBox(NAMES, KINDS, weights))
    return hc.interactions(Ensemble.from_models(models))


def test_what_changed(trio_graph, resistant):
    table = trio_graph.diff(resistant)
    first = table.iloc[0]
    assert (first["source"], first["target"]) == ("RAF", "ERK")
    assert first["change"] == pytest.approx(0.2 - 0.8)
    assert first["separated"]
    assert not first["sign_flip"]
    flipped = table.set_index(["source", "target"]).loc[("ERK", "RAF")]
    assert flipped["sign_flip"]
    same = table.set_index(["source", "target"]).loc[("aRAF", "RAF")]
    assert same["change"] == 0.0
    assert not same["separated"]
    assert (np.diff(np.abs(table["change"])) <= 0).all()


def test_diff_is_antisymmetric(trio_graph, resistant):
    there = trio_graph.diff(resistant).set_index(["source", "target"])["change"].sort_index()
    back = resistant.diff(trio_graph).set_index(["source", "target"])["change"].sort_index()
    np.testing.assert_allclose(there, -back, atol=1e-15)


def test_single_models_are_never_called_separated(chain_graph, trio_graph):
    assert not chain_graph.diff(trio_graph.filter(top=2)).query("weight != 0")["separated"].any()


def test_what_cannot_be_compared(chain, chain_graph):
    with pytest.raises(InvalidValueError, match="one kind"):
        chain_graph.diff(hc.interactions(chain, kind="response"))
    other = hc.CellBox(["x", "RAF"], ["protein", "protein"], [[0, 1.0], [0, 0]])
    with pytest.raises(InvalidValueError, match="1 nodes in common"):
        chain_graph.diff(hc.interactions(other))
