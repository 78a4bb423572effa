import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError


def test_regulators_and_targets(chain_graph):
    assert chain_graph.regulators("RAF")["source"].tolist() == ["aRAF", "ERK"]
    assert chain_graph.targets("RAF")["target"].tolist() == ["ERK", "growth"]
    assert len(chain_graph.regulators("aRAF")) == 0


@pytest.mark.parametrize(
    "ask", [lambda g: g.regulators("ERKK"), lambda g: g.targets("ERKK"), lambda g: g.paths("ERKK", "RAF")]
)
def test_an_unknown_node_is_named_with_the_nearest(chain_graph, ask):
    with pytest.raises(UnknownNameError, match="Did you mean 'ERK'"):
        ask(chain_graph)


def test_paths_are_signed_and_strongest_first(chain_graph):
    paths = chain_graph.paths("aRAF", "growth")
    assert paths["path"].tolist() == ["aRAF → RAF → ERK → growth", "aRAF → RAF → growth"]
    np.testing.assert_allclose(paths["weight"], [0.9 * 0.8 * 0.5, 0.9 * 0.1])
    assert paths["length"].tolist() == [3, 2]
    assert chain_graph.paths("ERK", "RAF")["path"].tolist() == ["ERK ⊣ RAF"]
    assert chain_graph.paths("ERK", "RAF")["sign"].tolist() == [-1]
    assert len(chain_graph.paths("aRAF", "growth", max_length=2)) == 1
    assert len(chain_graph.paths("growth", "RAF")) == 0


def test_a_path_is_as_stable_as_its_least_stable_edge(trio_graph):
    paths = trio_graph.paths("ERK", "RAF")
    assert paths["sign_stability"].tolist() == pytest.approx([2 / 3])


@pytest.mark.parametrize(
    ("options", "message"), [({"k": 0}, "k is 0"), ({"max_length": 1.5}, "max_length is")]
)
def test_paths_refuse_senseless_numbers(chain_graph, options, message):
    with pytest.raises(InvalidValueError, match=message):
        chain_graph.paths("aRAF", "growth", **options)


def test_paths_need_two_nodes_and_direct_effects(chain, chain_graph):
    with pytest.raises(InvalidValueError, match="two different nodes"):
        chain_graph.paths("RAF", "RAF")
    with pytest.raises(InvalidValueError, match="kind='local'"):
        hc.interactions(chain, kind="global").paths("aRAF", "growth")


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


@pytest.mark.parametrize("ask", [{"confidence": 0.95}, {"min_stability": 0.9}, {"min_selection": 0.5}])
def test_a_single_model_cannot_say_how_sure_it_is(chain_graph, ask):
    with pytest.raises(InvalidValueError, match="single model"):
        chain_graph.filter(**ask)


@pytest.mark.parametrize("ask", [{"confidence": 95}, {"top": -1}, {"per_target": 0.5}])
def test_senseless_filters(trio_graph, ask):
    with pytest.raises(InvalidValueError, match=next(iter(ask))):
        trio_graph.filter(**ask)


def test_shows_itself(trio_graph, chain_graph):
    assert repr(trio_graph) == "Interactions(structural, 4 nodes, 5 edges, 3 members)"
    assert repr(chain_graph).endswith("1 member)")
    html = trio_graph._repr_html_()
    assert "weights W" in html
    assert "aRAF" in html
    assert len(trio_graph) == 5


def test_html_escapes_names():
    model = hc.CellBox(["<b>", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    assert "<b>" not in hc.interactions(model)._repr_html_()
