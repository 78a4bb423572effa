"""Where a profile crosses its threshold."""

from __future__ import annotations

import numpy as np
import pytest

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
