"""Rewiring keeps degrees and signs, and changes the rest."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, UnknownNameError
from hybridcell.data import shuffle_edges


@st.composite
def networks(draw):
    pairs = draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), unique=True, min_size=1, max_size=40)
    )
    signs = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=len(pairs), max_size=len(pairs)))
    return pd.DataFrame(
        {
            "source": [f"n{a}" for a, _ in pairs],
            "target": [f"n{b}" for _, b in pairs],
            "sign": signs,
            "origin": np.arange(len(pairs)),
        }
    )


def degrees(edges: pd.DataFrame, end: str) -> dict:
    return edges.groupby([end, "sign"]).size().to_dict()


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 2**31))
def test_degrees_signs_and_other_columns_stay(edges, seed):
    shuffled = shuffle_edges(edges, seed=seed)
    assert degrees(shuffled, "source") == degrees(edges, "source")
    assert degrees(shuffled, "target") == degrees(edges, "target")
    assert not shuffled.duplicated(["source", "target"]).any()
    loops = edges["source"] == edges["target"]
    assert ((shuffled["source"] == shuffled["target"]) == loops).all()
    assert shuffled[["source", "sign", "origin"]].equals(edges[["source", "sign", "origin"]])


def test_a_large_sparse_network_keeps_few_of_its_edges():
    rng = np.random.default_rng(0)
    flat = rng.choice(200 * 200, 1000, replace=False)
    edges = pd.DataFrame({"source": flat // 200, "target": flat % 200}).query("source != target")
    shuffled = shuffle_edges(edges, seed=1)
    kept = set(zip(edges["source"], edges["target"])) & set(zip(shuffled["source"], shuffled["target"]))
    # a random network of this density shares about 1000 / 40 000 of the pairs
    assert len(kept) < 0.06 * len(edges)
    assert shuffled.equals(shuffle_edges(edges, seed=1))
    assert not shuffled.equals(shuffle_edges(edges, seed=2))


def test_an_edge_without_a_partner_and_an_empty_table_stay():
    alone = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "sign": [1, -1]})
    assert shuffle_edges(alone, seed=0).equals(alone)
    assert shuffle_edges(alone.iloc[:0], seed=0).empty


def test_duplicates_and_missing_columns_are_refused():
    with pytest.raises(DataError, match=r"'a' -> 'b' is listed more than once.*Merge"):
        shuffle_edges(pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "sign": [1, -1]}), seed=0)
    with pytest.raises(UnknownNameError, match="target"):
        shuffle_edges(pd.DataFrame({"source": ["a"], "targets": ["b"]}), seed=0)
