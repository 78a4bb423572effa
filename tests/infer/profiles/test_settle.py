"""Re-optimization as a dialogue."""

from __future__ import annotations

import numpy as np

from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box, Point
from hybridcell.infer.profiles.settle import settle

BOX = Box(np.full(2, -3.0), np.full(2, 3.0), np.full(2, 0.6))


def banana(theta):
    """Return Rosenbrock's function with the information of its residuals."""
    x, y = theta
    r = np.array([10 * (y - x**2), 1 - x])
    j = np.array([[-20 * x, 10.0], [-1.0, 0.0]])
    return Point(theta, 0.5 * r @ r, j.T @ r, j.T @ j, j.T @ j)


def finish(dialogue, function):
    asked = next(dialogue)
    try:
        while True:
            asked = dialogue.send(function(asked))
    except StopIteration as end:
        return end.value


def test_all_free():
    found = finish(settle(np.array([-1.0, 2.0]), BOX, None, 1e-12, Memory()), banana)
    np.testing.assert_allclose(found.theta, [1.0, 1.0], atol=1e-5)
    assert found.settled


def test_one_fixed():
    found = finish(settle(np.array([-1.0, 2.0]), BOX, 0, 1e-12, Memory()), banana)
    np.testing.assert_allclose(found.theta, [-1.0, 1.0], atol=1e-6)


def test_what_cannot_be_computed_on_the_way_is_gone_around():
    def holed(theta):
        return None if -0.5 < theta[1] < 0.9 else banana(theta)

    found = finish(settle(np.array([0.0, 2.0]), BOX, 0, 1e-9, Memory()), holed)
    assert found.theta[1] >= 0.9
    assert not found.settled  # it would have to go on
    assert finish(settle(np.array([0.0, 0.5]), BOX, 0, 1e-9, Memory()), holed) is None
