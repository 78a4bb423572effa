"""A walk along one profile, spoken to by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box, Point
from hybridcell.infer.profiles.walk import (
    AT_BOUND,
    CROSSED,
    NO_MINIMUM,
    NO_SIMULATION,
    TOO_MANY,
    Path,
    Rules,
    walk,
)
from tests.infer.profiles.test_settle import finish

CURVED = np.array([[2.0, 1.0], [1.0, 2.0]])


def bowl(theta):
    return Point(theta, 0.5 * theta @ CURVED @ theta, CURVED @ theta, CURVED, CURVED)


def walked(width, *, function=bowl, most=30, sign=1):
    box = Box(np.full(2, -width), np.full(2, width), np.full(2, 0.2 * width))
    rules = Rules(floor=0.0, threshold=2.0, end=1e-4, settled=1e-6, most=most, low=box.lower, high=box.upper)
    path = Path(0, sign, [bowl(np.zeros(2))], Memory())
    assert finish(walk(path, box, rules), function) is path
    return path


@pytest.mark.parametrize("sign", [-1, 1])
def test_to_the_threshold(sign):
    path = walked(10.0, sign=sign)
    assert path.reason == CROSSED
    # the profile is 0.75 x^2
    assert path.end == pytest.approx(sign * np.sqrt(2 / 0.75), abs=1e-3)
    assert not path.held


@pytest.mark.parametrize("width", [1e4, 1e8])
def test_what_is_determined_well_within_wide_bounds_crosses_it_too(width):
    path = walked(width)
    assert path.reason == CROSSED
    assert path.end == pytest.approx(np.sqrt(2 / 0.75), abs=1e-3)


@pytest.mark.parametrize("width", [10.0, 1e8])
def test_until_nothing_can_be_simulated(width):
    path = walked(width, function=lambda theta: bowl(theta) if theta[0] < 0.1 else None)
    assert (path.reason, path.end) == (NO_SIMULATION, np.inf)
    assert path.points[-1].theta[0] == pytest.approx(0.1, abs=1e-3)


def test_to_the_bound():
    path = walked(1.0)
    assert (path.reason, path.end) == (AT_BOUND, np.inf)
    assert path.points[-1].theta[0] == 1.0


def test_until_points_are_used_up():
    assert walked(10.0, most=1).reason == TOO_MANY


def test_a_threshold_that_only_a_bound_makes_is_said():
    def ridge(theta):
        # only the sum counts: the other one makes up for all, up to its bound
        total = theta.sum() * np.ones(2)
        return Point(theta, 0.5 * theta.sum() ** 2, total, np.ones((2, 2)), np.ones((2, 2)))

    box = Box(np.array([-9.0, -1.0]), np.array([9.0, 1.0]), np.array([1.8, 0.2]))
    rules = Rules(floor=0.0, threshold=2.0, end=1e-4, settled=1e-6, most=60, low=box.lower, high=box.upper)
    path = Path(0, 1, [ridge(np.zeros(2))], Memory())
    finish(walk(path, box, rules), ridge)
    assert (path.reason, path.held) == (CROSSED, (1,))
    assert path.end == pytest.approx(3.0, abs=1e-3)


def test_a_rise_that_others_might_yet_undo_is_no_crossing():
    def lying(theta):
        # its slope promises a lower value that it does not have
        return (
            Point(theta, 9.0, np.array([1.0, 1.0]), np.eye(2), np.eye(2)) if theta[0] > 0.1 else bowl(theta)
        )

    path = walked(10.0, function=lying)
    assert (path.reason, path.end) == (NO_MINIMUM, np.inf)
