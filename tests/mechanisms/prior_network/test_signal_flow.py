"""Signals along signed edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.mechanisms.prior_network import SignalFlow

NODES = [f"n{i}" for i in range(6)]
PAIRS = [(a, b) for a in NODES for b in NODES if a != b]


@st.composite
def edge_lists(draw):
    pairs = draw(st.lists(st.sampled_from(PAIRS), unique=True, min_size=1, max_size=20))
    return [{"source": a, "target": b, "sign": draw(st.sampled_from([-1, 0, 1]))} for a, b in pairs]


@settings(max_examples=25, deadline=None)
@given(edge_lists(), st.sampled_from([0.0, 0.5, 0.9]))
def test_signals_are_the_sum_over_all_walks(edges, decay):
    flow = SignalFlow(edges)
    step = np.zeros((6, 6))
    for edge in edges:
        step[NODES.index(edge["target"]), NODES.index(edge["source"])] = edge["sign"] or 1
    size = np.abs(step)
    step = step / np.sqrt(np.maximum(size.sum(axis=1)[:, None] * size.sum(axis=0), 1))
    walks, total = np.eye(6), np.zeros((6, 6))
    for _ in range(300):
        walks = decay * step @ walks
        total += walks
    known = [name in flow.names for name in NODES]
    np.testing.assert_allclose(flow.gains(NODES, NODES, decay=decay)[known], total[known], atol=1e-9)
    assert not flow.gains(NODES, ["elsewhere"], decay=decay).any()


def test_order_of_edges_and_agreeing_duplicates_do_not_matter():
    edges = pd.DataFrame({"source": ["a", "b", "a"], "target": ["b", "c", "c"], "sign": [1, -1, 1]})
    again = pd.concat([edges.iloc[::-1], edges.iloc[:1]])
    one, other = (SignalFlow(table).gains(["a"], ["b", "c"], decay=0.7) for table in (edges, again))
    np.testing.assert_allclose(one, other)
    assert repr(SignalFlow(again)) == "SignalFlow(3 nodes, 3 edges)"


def test_bad_networks_are_refused():
    with pytest.raises(DataError, match="no edges"):
        SignalFlow(pd.DataFrame({"source": [], "target": []}))
    both = pd.DataFrame({"source": ["a", "a"], "target": ["b", "b"], "sign": [1, -1]})
    with pytest.raises(DataError, match=r"'a' -> 'b' with different signs"):
        SignalFlow(both)
    with pytest.raises(DataError, match="'a' acting on itself"):
        SignalFlow([{"source": "a", "target": "a", "sign": 1}])
    with pytest.raises(InvalidValueError, match="decay is 1"):
        SignalFlow([{"source": "a", "target": "b", "sign": 1}]).spread(["a"], decay=1)


@settings(max_examples=25, deadline=None)
@given(edge_lists(), st.sampled_from([0.3, 0.9]))
def test_against_the_arrows_signals_run_the_same(edges, decay):
    back = [{"source": e["target"], "target": e["source"], "sign": e["sign"]} for e in edges]
    forth = SignalFlow(edges).gains(NODES, NODES, decay=decay)
    np.testing.assert_allclose(SignalFlow(back).gains(NODES, NODES, decay=decay), forth.T, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(edge_lists(), st.integers(0, 5))
def test_a_node_with_all_its_signs_turned_changes_the_signs_alone(edges, place):
    node = NODES[place]
    turned = [
        {**e, "sign": (e["sign"] or 1) * (-1 if node in (e["source"], e["target"]) else 1)} for e in edges
    ]
    one, other = (SignalFlow(each).gains(NODES, NODES, decay=0.7) for each in (edges, turned))
    sign = np.where(np.array(NODES) == node, -1.0, 1.0)
    np.testing.assert_allclose(other, one * np.outer(sign, sign), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(edge_lists(), st.floats(0.0, 0.99))
def test_signals_stay_below_the_sum_of_all_that_is_passed_on(edges, decay):
    gains = SignalFlow(edges).gains(NODES, NODES, decay=decay)
    assert np.linalg.norm(gains, 2) <= decay / (1 - decay) + 1e-9


def test_names_are_sorted_and_edges_keep_their_signs():
    flow = SignalFlow([{"source": "z", "target": "b", "sign": -1}, {"source": "b", "target": "a", "sign": 0}])
    assert flow.names == ("a", "b", "z")
    found = {(flow.names[i], flow.names[j]): s for i, j, s in zip(flow.source, flow.target, flow.sign)}
    assert found == {("z", "b"): -1.0, ("b", "a"): 0.0}
    np.testing.assert_allclose(flow.gains(["z"], ["a", "b"], decay=0.5), [[-0.25], [-0.5]])


def test_no_inputs_no_outputs_and_one_asked_for_twice():
    flow = SignalFlow([{"source": "a", "target": "b", "sign": 1}])
    assert flow.gains([], ["b"], decay=0.5).shape == (1, 0)
    assert flow.gains(["a"], [], decay=0.5).shape == (0, 1)
    np.testing.assert_array_equal(
        flow.gains(["a", "a"], ["b", "c", "b"], decay=0.5), [[0.5] * 2, [0] * 2, [0.5] * 2]
    )
    for decay in (-0.1, float("nan")):
        with pytest.raises(InvalidValueError, match="wanted a share of at least 0 and below 1"):
            flow.gains(["a"], ["b"], decay=decay)
