import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell.graph import loops
from hybridcell.graph.loops import strongest_loops


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 8), max_length=st.integers(2, 5))
def test_they_are_the_strongest_of_all_cycles(seed, k, max_length):
    rng = np.random.default_rng(seed)
    strength = rng.random((6, 6)) * (rng.random((6, 6)) < 0.5)
    np.fill_diagonal(strength, 0.0)
    network = nx.from_numpy_array(strength.T, create_using=nx.DiGraph)

    def product(cycle):
        return np.prod([strength[b, a] for a, b in itertools.pairwise((*cycle, cycle[0]))])

    everything = sorted(
        (product(c) for c in nx.simple_cycles(network, length_bound=max_length)), reverse=True
    )
    found = strongest_loops(strength, k=k, max_length=max_length)
    np.testing.assert_allclose([product(c) for c in found], everything[:k], rtol=1e-12)
    assert len({frozenset(zip(c, (*c[1:], c[0]))) for c in found}) == len(found)


def test_signs_weights_and_words(trio_graph):
    table = trio_graph.feedback_loops()
    assert table["loop"].tolist() == ["RAF → ERK ⊣ RAF"]
    assert table["nodes"].tolist() == [("RAF", "ERK")]
    assert table["sign"].tolist() == [-1]
    assert table["weight"].iloc[0] == pytest.approx(0.8 * -0.1)
    assert table["sign_stability"].iloc[0] == pytest.approx(2 / 3)


def test_none_and_too_many(chain, trio_graph, monkeypatch):
    assert len(trio_graph.filter(top=1).feedback_loops()) == 0
    with pytest.raises(InvalidValueError, match="kind='local'"):
        hc.interactions(chain, kind="global").feedback_loops()
    with pytest.raises(InvalidValueError, match="k is 0"):
        trio_graph.feedback_loops(k=0)
    monkeypatch.setattr(loops, "MAX_EXPANSIONS", 1)
    with pytest.raises(NotConvergedError, match=r"filter\(top=500\)"):
        trio_graph.feedback_loops()
