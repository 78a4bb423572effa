"""Mean, worst case and tail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.therapy.optimization.risk import weights_of_risk

values = st.lists(st.floats(-5, 5), min_size=1, max_size=8).map(np.array)


@given(values, st.floats(0.05, 1.0))
def test_the_tail_lies_between_the_mean_and_the_worst(v, tail):
    even = np.full(len(v), 1 / len(v))
    mean, worst, cvar = (weights_of_risk(v, even, risk, tail) @ v for risk in ("mean", "worst", "cvar"))
    assert mean - 1e-12 <= cvar <= worst + 1e-12
    assert worst == v.max()
    for risk in ("mean", "worst", "cvar"):
        assert weights_of_risk(v, even, risk, tail).sum() == pytest.approx(1.0)


def test_the_tail_of_a_known_set():
    v, even = np.array([1.0, 4.0, 2.0, 3.0]), np.full(4, 0.25)
    assert weights_of_risk(v, even, "cvar", 0.5) @ v == pytest.approx(3.5)
    assert weights_of_risk(v, even, "cvar", 1.0) @ v == pytest.approx(2.5)
    # a member that counts more fills the tail alone
    assert weights_of_risk(v, np.array([0.1, 0.6, 0.1, 0.2]), "cvar", 0.5) @ v == pytest.approx(4.0)


weighted = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 1.0)), min_size=1, max_size=8).map(np.array)


@given(weighted, st.floats(0.01, 1.0))
@settings(max_examples=30)
def test_the_tail_is_what_rockafellar_and_uryasev_minimize(members, tail):
    v, weights = members[:, 0], members[:, 1] / members[:, 1].sum()
    # min over t of t + E max(v - t, 0) / tail is reached at one of the values
    least = min(t + weights @ np.maximum(v - t, 0.0) / tail for t in v)
    assert weights_of_risk(v, weights, "cvar", tail) @ v == pytest.approx(least, abs=1e-9)


@given(weighted, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_risks_move_and_grow_with_the_values_and_not_with_their_order(members, random):
    v, weights = members[:, 0], members[:, 1] / members[:, 1].sum()
    order = list(range(len(v)))
    random.shuffle(order)
    for risk in ("mean", "worst", "cvar"):
        number = weights_of_risk(v, weights, risk, 0.3) @ v
        moved = 2.0 * v + 1.0
        assert weights_of_risk(moved, weights, risk, 0.3) @ moved == pytest.approx(2.0 * number + 1.0)
        shuffled = weights_of_risk(v[order], weights[order], risk, 0.3) @ v[order]
        assert shuffled == pytest.approx(number, abs=1e-12)
