"""Where a profile crosses its threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.profiles.crossing import crossing


def test_a_cubic_is_met_exactly():
    rise = lambda x: x**3 + x  # noqa: E731
    x = crossing((0.5, 1.5), (rise(0.5), rise(1.5)), (1.75, 7.75), rise(1.2))
    assert x == pytest.approx(1.2)


def test_from_above_to_below():
    assert crossing((0.0, -2.0), (0.0, 4.0), (0.0, -4.0), 1.0) == pytest.approx(-1.0)


def test_far_above_the_root_of_the_rise_is_taken_as_linear():
    assert crossing((0.0, 10.0), (0.0, 100.0), (0.0, 1e9), 4.0) == pytest.approx(2.0)


def test_it_lies_between():
    x = crossing((0.0, 1.0), (0.999, 1e6), (1e3, 1e9), 1.0)
    assert 0 < x < 1
    assert np.isfinite(crossing((0.0, 1.0), (-1e-4, 1.0), (0.0, 0.0), 0.5))


@settings(max_examples=30)
@given(st.floats(0.05, 0.95), st.floats(0.1, 3.0), st.floats(0.0, 2.0), st.sampled_from([-1.0, 1.0]))
def test_of_growing_cubics_it_is_the_root_on_either_side(share, linear, cubic, sign):
    rise = lambda x: linear * abs(x) + cubic * abs(x) ** 3  # noqa: E731
    slope = lambda x: np.sign(x) * (linear + 3 * cubic * x**2)  # noqa: E731
    near, far = 0.2 * sign, 1.1 * sign
    wanted = near + share * (far - near)
    threshold = rise(wanted)
    x = crossing((near, far), (rise(near), rise(far)), (slope(near), slope(far)), threshold)
    assert min(near, far) < x < max(near, far)
    if rise(far) <= 6 * threshold:
        assert x == pytest.approx(wanted, rel=1e-6)
