from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.gene_network import NetworkExperiments
from hybridcell.graph.recovery import Recovered
from tests.fit.gene_network.networks import EDGES, GENES


def test_ranked_holds_every_ordered_pair_once(found):
    ranked = found.ranked()
    pairs = set(zip(ranked["source"], ranked["target"]))
    assert list(ranked.columns) == ["source", "target", "score"]
    assert pairs == {(a, b) for a in GENES for b in GENES if a != b}
    assert len(ranked) == len(pairs)
    assert ranked["score"].is_monotonic_decreasing
    assert all(found.scores.loc[b, a] == s for a, b, s in ranked.itertuples(index=False))


def test_the_graph_tells_signs_and_spread(found):
    edges = found.graph.edges.set_index(["source", "target"])
    for pair, weight in EDGES.items():
        assert edges.loc[pair, "sign"] == np.sign(weight)
        assert edges.loc[pair, "sign_stability"] == 1
        assert edges.loc[pair, "lower"] <= edges.loc[pair, "weight"] <= edges.loc[pair, "upper"]
        assert edges.loc[pair, "score"] == found.scores.loc[pair[1], pair[0]]
    assert found.graph.n_members == 2
    known = pd.DataFrame(list(EDGES), columns=["source", "target"])
    assert found.graph.compare(known).aupr == 1


def test_rates_are_those_of_the_data(found):
    assert list(found.rates.columns) == ["decay", "turnover"]
    assert (found.rates / 0.1).map(lambda r: 0.4 < r < 2.5).all().all()


def test_doubles_come_in_the_order_asked(found):
    doubles = found.predict_doubles([("A", "C"), ("C", "A"), ("B", "D")])
    assert doubles.shape == (3, 4)
    assert list(doubles.index) == ["A+C", "C+A", "B+D"]
    np.testing.assert_allclose(doubles.loc["A+C"], doubles.loc["C+A"])
    assert doubles.loc["A+C", ["A", "C"]].tolist() == [0, 0]


def test_no_pairs_no_rows(found):
    assert found.predict_doubles([]).shape == (0, 4)


def test_pairs_must_be_pairs_of_genes(found):
    with pytest.raises(UnknownNameError, match=r"no gene 'a'.*Did you mean 'A'"):
        found.predict_doubles([("a", "B")])
    for bad in [("A", "A"), ("A",), ("A", "B", "C"), "AB"]:
        with pytest.raises(InvalidValueError, match="not a pair"):
            found.predict_doubles([bad])


def test_it_shows_itself(found):
    assert repr(found).startswith("Recovered(4 genes, 2 members, best ")
    shown = found._repr_html_()
    assert "time courses" in shown
    assert shown.count("<tr>") > 10


@pytest.mark.parametrize("bad", [1, None, ("A", "B", "B"), {"A": 1}])
def test_what_is_no_pair_is_shown(found, bad):
    with pytest.raises(InvalidValueError, match="is not a pair; wanted the names of two different genes"):
        found.predict_doubles([("A", "B"), bad])


def _made(weights):
    data = NetworkExperiments(
        tuple("ABC"), np.full((4, 3), 0.5), np.ones((4, 3)), np.zeros((0, 0)), np.zeros((0, 0, 3)),
        np.zeros((0, 3)), np.zeros((0, 0)),
    )  # fmt: skip
    return Recovered(data, SimpleNamespace(weights=np.array(weights), n_members=len(weights), left_out=0))  # type: ignore[arg-type]


def test_equal_scores_keep_the_order_of_sources_then_of_targets():
    ranked = _made(np.ones((2, 3, 3))).ranked()
    pairs = list(zip(ranked["source"], ranked["target"]))
    assert pairs == [("A", "B"), ("A", "C"), ("B", "A"), ("B", "C"), ("C", "A"), ("C", "B")]
    strong = np.ones((2, 3, 3))
    strong[:, 0, 2] = -3.0  # [target, source]
    assert _made(strong).ranked().iloc[0].tolist() == ["C", "A", 3.0]


@given(st.permutations(range(3)))
@settings(max_examples=6)
def test_other_names_for_the_genes_rank_the_same_edges(order):
    weights = np.arange(18.0).reshape(2, 3, 3)
    first, turned = _made(weights), _made(weights[:, order][:, :, order])
    names = {new: "ABC"[old] for new, old in zip("ABC", order)}
    ranked = turned.ranked().replace({"source": names, "target": names})
    assert ranked.values.tolist() == first.ranked().values.tolist()


def test_without_courses_there_is_nothing_to_go_on_with():
    with pytest.raises(InvalidValueError, match="no time courses to go on with"):
        _made(np.ones((1, 3, 3))).predict_courses([1.0])
