import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.graph.half_samples import Stability, stability


@pytest.fixture(scope="module")
def found(small_screen):
    _, screen, model = small_screen
    return stability(model, screen, pairs=4, steps=40, key=jr.key(0), progress=False)


def test_true_edges_are_stable_and_shares_are_consistent(found, small_screen):
    network = small_screen[0]
    names = list(network.nodes)
    edges = found.edges
    true = np.array(
        [network.weights[names.index(t), names.index(s)] != 0 for s, t in edges.iloc[:, :2].values]
    )
    assert edges["frequency"][true].mean() > edges["frequency"][~true].mean() + 0.3
    assert (edges["both"] <= edges["frequency"] + 1e-12).all()
    # every half names the same number of edges
    assert edges["frequency"].sum() == pytest.approx(found.n_edges)
    assert edges["frequency"].is_monotonic_decreasing


def test_the_bound_is_that_of_the_paper(found):
    assert Stability(found.edges, n_edges=10, n_possible=200, pairs=5).bound(0.75) == pytest.approx(1.0)
    assert found.bound(1.0) < found.bound(0.6)
    # by default about one chance edge is expected in 90 % of the halves
    assert found.bound(0.9) == pytest.approx(1.0, abs=0.6)
    assert (found.select(0.6)["frequency"] >= 0.6).all()
    for threshold in (0.5, 1.1):
        with pytest.raises(InvalidValueError, match=r"above 0\.5"):
            found.select(threshold)


def test_shows_itself(found):
    assert repr(found).startswith("Stability(")
    assert "frequency" in found._repr_html_()


def test_what_cannot_be_halved(small_screen):
    _, screen, model = small_screen
    with pytest.raises(DataError, match="3 conditions"):
        stability(model, screen.subset([0, 1, 2]), key=jr.key(0))
    with pytest.raises(InvalidValueError, match="pairs is 0"):
        stability(model, screen, pairs=0, key=jr.key(0))
    network = hc.read_sbml("S1 -> S2; k*S1; k=1; S1=1; S2=0")
    with pytest.raises(InvalidValueError, match="wanted a CellBox"):
        stability(network, screen, key=jr.key(0))
