"""Readouts over time by dose: many at a time, and with slopes."""

from __future__ import annotations

import numpy as np

from hybridcell.therapy.scheduling.courses import Courses
from tests.therapy.scheduling.models import ensemble
from tests.therapy.scheduling.test_regimen import _regimen


def test_many_regimens_at_once_are_each_alone_and_finer_steps_agree():
    regimen = _regimen()
    courses = Courses(ensemble(), regimen, ("growth", "stress"), None)
    points = regimen.point * np.linspace(0.5, 1.0, 19)[:, None]
    end, mean, states = courses.values(points)
    assert courses.n_simulations == 19
    assert end.shape == mean.shape == (19, 3, 2)
    alone = courses.values(points[[17]])
    np.testing.assert_allclose(end[17], alone[0][0], atol=1e-12)
    np.testing.assert_allclose(states[17, :, -1], end[17])
    fine = courses.values(points, finer=True)
    np.testing.assert_allclose(mean, fine[1], atol=5e-6)
    np.testing.assert_allclose(end, fine[0], atol=5e-6)
    course, average, slopes, _ = courses.values_and_slopes(points[17], np.array([0, 10, 14]))
    np.testing.assert_allclose(course, states[17], atol=1e-12)
    np.testing.assert_allclose(average, mean[17], atol=1e-12)
    assert slopes.shape == (*course.shape, 3)
