"""Laws of graphs: filters, summaries over members, comparisons, against other programs and by permutation."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.graph.matrices import Effects
from hybridcell.graph.ranking import area_under_roc, average_precision
from hybridcell.graph.table import COLUMNS, edge_table, interval

NAMES = ["a", "b", "c", "d", "e"]
weights = arrays(float, (5, 5), elements=st.integers(-8, 8).map(lambda k: k / 4)).map(
    lambda w: w - np.diag(np.diag(w))
)


def _graph(folder, matrix, names=NAMES):
    edges = [
        {"data": {"source": names[j], "target": names[i], "weight": float(matrix[i, j])}}
        for i, j in zip(*np.nonzero(matrix))
    ]
    nodes = [{"data": {"id": name}} for name in names]
    (folder / "g.json").write_text(
        json.dumps({"elements": {"nodes": nodes, "edges": edges}}), encoding="utf-8"
    )
    return hc.Interactions.read(folder / "g.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


def _pairs(graph):
    return set(zip(graph.edges["source"], graph.edges["target"]))


@settings(max_examples=25)
@given(weights, st.integers(0, 6), st.integers(0, 3), st.floats(0.0, 2.0))
def test_filters_only_take_away_and_twice_is_once(folder, matrix, top, per_target, least):
    graph = _graph(folder, matrix)
    for options in ({"top": top}, {"per_target": per_target}, {"min_weight": least}):
        once = graph.filter(**options)
        assert _pairs(once) <= _pairs(graph)
        assert _pairs(once.filter(**options)) == _pairs(once)
        assert once.members.shape == (1, len(once))
        np.testing.assert_array_equal(once.members[0], once.edges["weight"])
    assert len(graph.filter(top=top)) == min(top, len(graph))
    kept = graph.filter(min_weight=least).edges["weight"].abs()
    assert (kept >= least).all()
    assert (graph.filter(per_target=per_target).edges["target"].value_counts() <= per_target).all()


@settings(max_examples=20)
@given(weights)
def test_edges_are_sorted_and_ends_answer_each_other(folder, matrix):
    graph = _graph(folder, matrix)
    size = graph.edges["weight"].abs().to_numpy()
    assert (np.diff(size) <= 0).all()
    for i, j in itertools.permutations(range(5), 2):
        there = matrix[i, j] != 0
        assert (NAMES[j] in set(graph.regulators(NAMES[i])["source"])) == there
        assert (NAMES[i] in set(graph.targets(NAMES[j])["target"])) == there


@settings(max_examples=20)
@given(weights, st.integers(1, 4))
def test_paths_and_loops_are_those_of_another_program(folder, matrix, most):
    graph = _graph(folder, matrix)
    network = nx.DiGraph([(NAMES[j], NAMES[i]) for i, j in zip(*np.nonzero(matrix))])
    network.add_nodes_from(NAMES)

    def product(path):
        return float(np.prod([matrix[NAMES.index(b), NAMES.index(a)] for a, b in itertools.pairwise(path)]))

    every = {tuple(p) for p in nx.all_simple_paths(network, "a", "e", cutoff=most)}
    found = graph.paths("a", "e", k=1000, max_length=most)
    assert set(found["nodes"]) == every
    np.testing.assert_allclose(found["weight"], [product(nodes) for nodes in found["nodes"]])
    assert (np.diff(found["weight"].abs()) <= 1e-12).all()
    assert (found["sign"] == np.sign(found["weight"])).all()
    from_lowest = lambda cycle: tuple(cycle[(i := cycle.index(min(cycle))) :] + cycle[:i])  # noqa: E731
    cycles = {from_lowest(cycle) for cycle in nx.simple_cycles(network, length_bound=most)}
    loops = graph.feedback_loops(k=1000, max_length=most)
    assert set(loops["nodes"]) == cycles
    assert len(loops) == len(cycles)
    np.testing.assert_allclose(loops["weight"], [product((*n, n[0])) for n in loops["nodes"]])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda g: g.filter(top=-1), "top is -1; wanted a number of edges"),
        (lambda g: g.filter(per_target=1.5), "per_target is 1.5"),
        (lambda g: g.filter(kinds="drug"), "a kind is 'drug'"),
        (lambda g: g.filter(q=0.1), "no q-values yet"),
        (lambda g: g.filter(q=1.0), "q is 1.0"),
        (lambda g: g.filter(min_stability=0.9), "ensemble"),
        (lambda g: g.paths("a", "a"), "a"),
        (lambda g: g.modules(resolution=0.0), "resolution is 0.0"),
    ],
)
def test_questions_that_make_no_sense(folder, ask, message):
    graph = _graph(folder, np.eye(5, k=1))
    with pytest.raises(InvalidValueError, match=message):
        ask(graph)


members = arrays(float, (6, 4), elements=st.integers(-4, 4).map(float))


@settings(max_examples=40)
@given(members, st.floats(0.5, 0.99), st.permutations(range(6)))
def test_summaries_do_not_see_the_order_of_members(values, level, order):
    low, high = interval(values, level)
    np.testing.assert_array_equal(interval(values[order], level), (low, high))
    assert (low <= np.median(values, axis=0)).all()
    assert (np.median(values, axis=0) <= high).all()
    wider = interval(values, (1 + level) / 2)
    assert (wider[0] <= low).all()
    assert (wider[1] >= high).all()


def test_one_member_has_no_spread_and_no_edge_no_numbers():
    assert np.isnan(interval(np.ones((1, 3)), 0.9)).all()
    assert interval(np.ones((3, 0)), 0.9)[0].shape == (0,)


def _effects(values, possible=None):
    n = values.shape[-1]
    possible = ~np.eye(n, dtype=bool) if possible is None else possible
    return Effects(values=values, possible=possible, neural_share=np.zeros((n, n)))


def test_a_table_holds_each_edge_that_any_member_has():
    values = np.zeros((4, 3, 3))
    values[:, 1, 0] = [1.0, 1.0, 1.0, -1.0]
    values[0, 2, 1] = 0.5
    values[:, 0, 2] = [-2.0, -2.5, -3.0, -2.0]
    values[:, 2, 2] = 9.0  # on the diagonal, which is possible nowhere
    edges, per_member = edge_table(
        ["x", "y", "z"], _effects(values), in_prior=np.zeros((3, 3), bool), level=0.9
    )
    assert list(edges.columns) == list(COLUMNS)
    assert edges[["source", "target", "sign"]].values.tolist() == [
        ["z", "x", -1],
        ["x", "y", 1],
        ["y", "z", 0],
    ]
    assert edges["weight"].tolist() == [-2.25, 1.0, 0.0]
    assert edges["sign_stability"].tolist() == [1.0, 0.75, 0.25]
    np.testing.assert_array_equal(per_member[:, 1], [1.0, 1.0, 1.0, -1.0])
    assert edges["selection"].tolist() == [1.0, 1.0, 0.25]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=12))
def test_areas_are_what_their_definitions_say_ties_included(pairs):
    truth, score = (np.array(column) for column in zip(*pairs))
    found = area_under_roc(truth, score)
    above = [np.sign(score[i] - score[j]) for i in np.flatnonzero(truth) for j in np.flatnonzero(~truth)]
    assert found == pytest.approx(np.mean(above) / 2 + 0.5 if above else np.nan, nan_ok=True)
    assert area_under_roc(truth, -score) == pytest.approx(1 - found, nan_ok=True)
    precision = [truth[score >= s].mean() for s in score[truth]]
    assert average_precision(truth, score) == pytest.approx(
        np.mean(precision) if precision else np.nan, nan_ok=True
    )


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("de"), st.sampled_from([-1, 0, 1])), min_size=1
)


@settings(max_examples=25)
@given(weights, rows, st.randoms(use_true_random=False))
def test_the_order_of_known_edges_does_not_matter(folder, matrix, known, random):
    """Also where a table says an edge again, and otherwise: then its sign is not known."""
    graph = _graph(folder, matrix)
    turned = list(known)
    random.shuffle(turned)
    frames = [pd.DataFrame(one, columns=["source", "target", "sign"]) for one in (known, turned)]
    first, second = (graph.compare(frame) for frame in frames)
    assert {k: v for k, v in first.to_dict().items() if v == v} == {
        k: v for k, v in second.to_dict().items() if v == v
    }
    told = {}
    for a, b, sign in known:
        told.setdefault((a, b), set()).update({sign} - {0})
    assert first.n_known == len(told)
    signs = {pair: next(iter(s)) if len(s) == 1 else 0 for pair, s in told.items()}
    assert all(signs[a, b] == sign for a, b, sign in first.missing.values.tolist())
    assert first.n_shared + len(first.missing) == first.n_known
    assert first.n_shared + len(first.novel) == first.n_edges
    assert 0 <= first.recall <= 1
