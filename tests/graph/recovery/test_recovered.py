from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
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
