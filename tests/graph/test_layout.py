import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.graph import layered_layout


def test_layers_follow_the_kinds_and_the_distance_from_the_drugs():
    names = ["y", "far", "near", "lost", "d"]
    kinds = ["phenotype", "protein", "protein", "protein", "drug"]
    edges = [("d", "near"), ("near", "far"), ("far", "y"), ("far", "near"), ("lost", "y")]
    place = layered_layout(names, kinds, edges)
    assert {name: column for name, (column, _) in place.items()} == {
        "d": 0,
        "near": 1,
        "far": 2,
        "lost": 3,
        "y": 4,
    }


def test_no_two_nodes_share_a_place_and_tall_layers_are_cut():
    names = [f"p{i}" for i in range(60)]
    place = layered_layout(names, ["protein"] * 60, [("p0", "p1")])
    assert len(set(place.values())) == 60
    assert max(abs(height) for _, height in place.values()) < 10


def crossings(place, edges):
    ends = [(place[a][1], place[b][1]) for a, b in edges]
    return sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ends) for c, d in ends[:i])


def test_crossings_are_removed_where_they_can_be():
    order = np.random.default_rng(1).permutation(8)
    drugs, proteins = [f"d{i}" for i in range(8)], [f"p{i}" for i in order]
    edges = [(f"d{i}", f"p{i}") for i in range(8)]
    place = layered_layout(drugs + proteins, ["drug"] * 8 + ["protein"] * 8, edges)
    assert crossings(place, edges) == 0


def test_one_text_is_no_list_of_nodes():
    with pytest.raises(InvalidValueError, match="names is 'ab'; wanted a list of names"):
        layered_layout("ab", ["protein", "protein"], [("a", "b")])
