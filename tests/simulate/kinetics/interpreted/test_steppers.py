"""Fixed steps, and time that goes on where nothing moves."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.simulate.kinetics.interpreted.steppers import FixedStep, Still

START = np.array([1.0, -2.0])


def rates(t: float, y: np.ndarray) -> np.ndarray:
    return np.array([3.0 * t**2, -y[1]])


def taken(stop: float, dt: float) -> list[FixedStep]:
    """Return a stepper as it is after each step."""
    found: list[FixedStep] = []
    while not found or found[-1].t < stop:
        stepper = FixedStep("rk4", rates, 0.5, START, stop, dt)
        for _ in range(len(found) + 1):
            stepper.step()
        found.append(stepper)
    return found


@pytest.mark.parametrize(
    ("stop", "dt", "ends"),
    [
        (1.5, 0.4, [0.9, 1.3, 1.5]),
        (1.5, 0.5, [1.0, 1.5]),
        (0.7, 0.5, [0.7]),
        (1.5 + 1e-12, 0.5, [1.0, 1.5 + 1e-12]),
        (1.5 - 1e-12, 0.5, [1.0, 1.5 - 1e-12]),
    ],
)
def test_the_last_step_ends_at_the_stop_and_is_not_almost_nothing(
    stop: float, dt: float, ends: list[float]
) -> None:
    found = [stepper.t for stepper in taken(stop, dt)]
    np.testing.assert_allclose(found, ends, rtol=1e-15)
    assert found[-1] == stop


def test_between_steps_a_cubic_through_both_ends_with_their_slopes() -> None:
    _, stepper = taken(1.5, 0.5)
    dense = stepper.dense_output()
    before = taken(1.0, 0.5)[-1].y
    np.testing.assert_allclose(dense(1.0), before, rtol=1e-14)
    np.testing.assert_allclose(dense(1.5), stepper.y, rtol=1e-14)
    times = np.linspace(1.0, 1.5, 5)
    np.testing.assert_allclose(dense(times)[0], 1.0 + times**3 - 0.5**3, rtol=1e-13)
    np.testing.assert_allclose(dense(times), np.stack([dense(t) for t in times], axis=1), rtol=1e-14)
    h = 1e-6
    slope = (dense(1.5) - dense(1.5 - h)) / h
    np.testing.assert_allclose(slope, rates(1.5, stepper.y), rtol=1e-5)


def test_time_goes_on_by_the_longest_step_where_nothing_moves() -> None:
    still, ends = Still(1.0, np.zeros(0), 2.0, 0.4), []
    while still.t < 2.0:
        still.step()
        ends.append(still.t)
    np.testing.assert_allclose(ends, [1.4, 1.8, 2.0])
    assert still.dense_output()(np.array([1.9, 2.0])).shape == (0, 2)
    far = Still(1.0, np.zeros(0), 2.0, np.inf)
    far.step()
    assert (far.t_old, far.t) == (1.0, 2.0)
