"""Mean, worst case and tail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
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
