"""Steps of a model, and the direction of a profile."""

from __future__ import annotations

import numpy as np

from hybridcell.infer.profiles.point import Box, Point

BOX = Box(np.array([-1.0, -1.0]), np.array([1.0, 1.0]), np.full(2, 0.5))
CURVED = np.array([[2.0, 1.0], [1.0, 2.0]])


def point(theta, slope):
    return Point(np.array(theta), 0.0, np.array(slope), CURVED, CURVED)


def test_steps_stay_in_the_box_and_within_reach():
    step, rise = point([0.0, 0.8], [0.0, -100.0]).step(BOX, None)
    np.testing.assert_allclose(step, [-0.1, 0.2])  # to the bound, and the other makes up for it
    assert rise < 0
    step, _ = point([0.0, 0.0], [-100.0, 0.0]).step(BOX, None, radius=0.1)
    assert np.abs(step).max() == 0.05


def test_a_fixed_parameter_moves_alone_or_not_at_all():
    step, rise = point([0.0, 0.0], [1.0, 0.0]).step(BOX, 0, 0.4)
    np.testing.assert_allclose(step, [0.4, -0.2])
    np.testing.assert_allclose(rise, 0.4 + 0.5 * step @ CURVED @ step)
    assert not point([0.0, 0.0], [1.0, 0.0]).step(BOX, 0)[0].any()


def test_the_curvature_of_a_profile_is_what_the_others_leave():
    slope, bend, tangent = point([0.0, 0.0], [0.3, 0.0]).along(BOX, 0)
    assert slope == 0.3
    np.testing.assert_allclose(bend, 2.0 - 0.5)
    np.testing.assert_allclose(tangent, [1.0, -0.5])
    # what a bound holds does not go along
    held = point([0.0, 1.0], [0.3, -1.0]).along(BOX, 0)
    np.testing.assert_allclose(held[1:][0], 2.0)
