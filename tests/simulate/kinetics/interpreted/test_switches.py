"""Signs of comparisons, told apart from rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.simulate.kinetics.interpreted.switches import directions, signs_of

sides = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(sides, sides), max_size=5))
def test_exchanged_sides_have_the_other_sign(pairs: list[tuple[float, float]]) -> None:
    left, right = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    found = signs_of(np.concatenate([left, right]))
    assert found.shape == (len(pairs),)
    np.testing.assert_array_equal(signs_of(np.concatenate([right, left])), -found)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(left) | np.isnan(right))


@settings(max_examples=30, deadline=None)
@given(st.floats(-1e300, 1e300), st.sampled_from([1e-15, 1e-17, 1e-12, 1e-3]))
def test_what_differs_by_rounding_is_equal_at_any_size(side: float, share: float) -> None:
    found = signs_of(np.array([side * (1 + share), side]))
    apart = share > 1e-14 and abs(side) > 1e-290
    assert found[0] == (np.sign(side) if apart else 0.0) or abs(side) <= 1e-290


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        (np.inf, np.inf, 0),
        (np.inf, 1.0, 1),
        (-np.inf, np.inf, -1),
        (1e308, -1e308, 1),
        (5e-324, 0.0, 1),
        (0.0, -0.0, 0),
    ],
)
def test_signs_at_the_ends_of_floats(left: float, right: float, sign: int) -> None:
    assert signs_of(np.array([left, right])).tolist() == [sign]


def test_directions_are_those_of_the_difference_of_the_sides() -> None:
    before = np.array([1.0, 1.0, 1.0, 1e9, 0.0, 2.0, 2.0, 2.0, 1e9, 0.0])
    after = np.array([2.0, 1.0, 2.0, 1e9 + 1e-7, 0.0, 2.0, 1.0, 3.0, 1e9, 1e-300])
    np.testing.assert_array_equal(directions(before, after), [1.0, 1.0, 0.0, 0.0, -1.0])
