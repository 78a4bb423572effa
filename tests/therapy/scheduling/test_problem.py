"""Aims and limits over a course, and their slopes."""

from __future__ import annotations

import numpy as np

from hybridcell.therapy.optimization.problem import Limit
from hybridcell.therapy.scheduling.courses import Courses
from hybridcell.therapy.scheduling.problem import ScheduleProblem
from hybridcell.therapy.scheduling.search import free_numbers
from tests.therapy.scheduling.models import ensemble
from tests.therapy.scheduling.test_regimen import _regimen


def test_aims_limits_and_slopes_are_those_of_differences():
    regimen = _regimen(durations={"b": (2.0, 6.0)})
    courses = Courses(ensemble(), regimen, ("growth", "stress"), None)
    assert courses.n_simulations == 0
    point = regimen.spread(
        regimen.point + np.r_[0.011 * np.arange(1, 6), 0.007 * np.arange(5), -0.3 * np.ones(5)]
    )
    for over, risk in (("mean", "mean"), ("end", "cvar"), ("max", "worst")):
        problem = ScheduleProblem(
            systems=[courses], readout="growth", sign=1.0, over=over, limits=[Limit(0, "stress", 1.0, 0.3)],
            budget=np.inf, risk=risk, tail=0.5,
        )  # fmt: skip
        free = free_numbers(problem)
        assert set(free) == {0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14}
        values, slopes = problem.evaluate(point, free)
        numbers = problem.certified(point[None])[0]
        m = problem.n_worst
        assert abs(values[:m].max() - numbers[0]) < 1e-9
        assert abs(values[m:].max() - numbers[1]) < 1e-9
        step = 1e-6
        for column, i in enumerate(free):
            e = step * np.eye(len(point))[i]
            moved = [problem.certified((point + s * e)[None])[0] for s in (1, -1)]
            wanted = (moved[0] - moved[1]) / (2 * step)
            # a peak between nodes is as flat as the nodes are close
            assert abs(slopes[np.argmax(values[:m]), column] - wanted[0]) < (1e-5 if m == 1 else 2e-2)
            assert abs(slopes[m + np.argmax(values[m:]), column] - wanted[1]) < 2e-2
