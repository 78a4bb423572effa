import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError


def pairs(graph):
    return list(zip(graph.edges["source"], graph.edges["target"]))


def test_filters(trio_graph):
    assert pairs(trio_graph.filter(top=2)) == [("aRAF", "RAF"), ("RAF", "ERK")]
    assert len(trio_graph.filter(top=0)) == 0
    assert ("ERK", "RAF") not in pairs(trio_graph.filter(confidence=0.95))
    assert ("RAF", "ERK") in pairs(trio_graph.filter(confidence=0.95))
    # at a low confidence the middle of the members is clear of 0
    assert ("ERK", "RAF") in pairs(trio_graph.filter(confidence=0.2))
    assert pairs(trio_graph.filter(min_weight=0.6)) == [("aRAF", "RAF"), ("RAF", "ERK")]
    assert ("ERK", "RAF") not in pairs(trio_graph.filter(min_stability=0.9))
    assert ("RAF", "growth") not in pairs(trio_graph.filter(min_selection=0.5))
    assert pairs(trio_graph.filter(per_target=1)) == [("aRAF", "RAF"), ("RAF", "ERK"), ("ERK", "growth")]


def test_filter_keeps_members_beside_their_edges(trio_graph):
    small = trio_graph.filter(kinds=["protein"])
    np.testing.assert_allclose(np.median(small.members, axis=0), small.edges["weight"])


def test_filter_by_kind_narrows_what_is_possible(trio_graph):
    graph = trio_graph.filter(kinds=[("drug", "protein"), "protein"])
    assert set(pairs(graph)) == {("aRAF", "RAF"), ("RAF", "ERK"), ("ERK", "RAF")}
    assert int(graph.possible.sum()) == 4
    assert trio_graph.filter(top=1).possible.sum() == trio_graph.possible.sum()
    with pytest.raises(InvalidValueError, match="Did you mean 'protein'"):
        trio_graph.filter(kinds=["protien"])
    with pytest.raises(InvalidValueError, match="kinds is 3; wanted kinds or pairs of them"):
        trio_graph.filter(kinds=3)
    for wrong in (3, ("drug",), ("drug", "protein", "protein")):
        with pytest.raises(InvalidValueError, match="in kinds is neither a kind nor two"):
            trio_graph.filter(kinds=[wrong])


@pytest.mark.parametrize("ask", [{"confidence": 0.95}, {"min_stability": 0.9}, {"min_selection": 0.5}])
def test_a_single_model_cannot_say_how_sure_it_is(chain_graph, ask):
    with pytest.raises(InvalidValueError, match="single model"):
        chain_graph.filter(**ask)


@pytest.mark.parametrize(
    "ask",
    [
        {"confidence": 95}, {"top": -1}, {"per_target": 0.5}, {"min_weight": float("nan")},
        {"min_weight": "0.1"}, {"min_stability": True}, {"min_selection": [0.5]},
    ],
)  # fmt: skip
def test_senseless_filters(trio_graph, ask):
    with pytest.raises(InvalidValueError, match=next(iter(ask))):
        trio_graph.filter(**ask)
