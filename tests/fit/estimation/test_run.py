from __future__ import annotations

import numpy as np

from hybridcell.fit.estimation.run import GOING, NO_START, REASONS, Run, criticality


def test_how_far_a_point_is_from_a_minimum_within_bounds():
    lower, upper = np.zeros(3), np.array([4.0, 4.0, np.inf])
    theta = np.array([[0.0, 4.0, 2.0], [2.0, 2.0, 2.0], [0.0, 4.0, 2.0], [0.1, 2.0, 2.0]])
    slope = np.array([[5.0, -5.0, 0.0], [0.0, -3.0, 2.0], [-1.0, 2.0, 0.0], [5.0, 0.1, 0.0]])
    np.testing.assert_allclose(criticality(theta, slope, lower, upper), [0.0, 3.0, 2.0, 0.5])


def test_a_run_without_steps():
    run = Run(
        start=0, theta0=np.zeros(1), theta=np.zeros(1), value=np.inf, history=np.zeros((0, 5)), reason=""
    )
    assert (run.iterations, run.evaluations, run.seconds, run.failed) == (0, 0, 0.0, True)
    assert REASONS[GOING] == ""
    assert REASONS[NO_START] == "the start cannot be simulated"
