"""Courses under doses whose times move: against `hc.simulate`, and derivatives against differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.simulate.moving_doses import moving_course

T1 = 30.0
#: Without compilation, which every stretch between two breaks would ask for.
EXACT = hc.Solve(backend="numpy", rtol=1e-9, atol=1e-11)
GIVEN = {
    "aMEK": hc.Schedule.bolus([1.0, 12.0], -1.0, half_life=4.0, absorption_half_life=0.5)
    + hc.Schedule.infusion(3.0, 4.0, -1.0, half_life=2.0),
    "aAKT": hc.Schedule.pulses([5.0, 20.0], 3.0, -0.8),
}
DOSES = np.concatenate([schedule.doses for schedule in GIVEN.values()])
#: Starts, durations of the infusion and the pulses, and amounts.
POINT = np.concatenate([DOSES[:, 0], DOSES[2:, 1], DOSES[:, 2]])


@pytest.fixture(scope="module")
def readouts(small_network):
    """Return end, means and a course of three nodes as functions of starts, durations and amounts."""
    nodes = np.array([small_network.index("aMEK")] * 3 + [small_network.index("aAKT")] * 2)
    field, nothing = small_network.field(), jnp.zeros(small_network.n)

    def run(point):
        doses = jnp.asarray(DOSES).at[:, 0].set(point[:5]).at[2:, 1].set(point[5:8]).at[:, 2].set(point[8:])
        times, states, mean = moving_course(field, nothing, nothing, doses, nodes, t0=0.0, t1=T1, n_steps=480)
        return times, states, mean

    def outputs(point):
        found = run(point)
        return jnp.concatenate([found[1][-1], found[2]]), found

    both = jax.jit(jax.jacfwd(outputs, has_aux=True))  # one program for all
    return lambda point: both(point)[1], lambda point: both(point)[0]


def test_it_is_what_simulate_does(small_network, readouts):
    times, states, mean = (np.asarray(one) for one in readouts[0](POINT))
    assert (np.diff(times) >= 0).all()
    ts = np.unique(np.concatenate([times, np.linspace(0, T1, 1001)]))
    course = hc.simulate(small_network, t1=T1, ts=ts, conditions=GIVEN, solve=EXACT)
    values = np.asarray(course.values)[0]
    np.testing.assert_allclose(states, values[np.searchsorted(ts, times)], atol=1e-6)
    np.testing.assert_allclose(mean, np.trapezoid(values, ts, axis=0) / T1, atol=1e-5)


def _outputs(readouts, point):
    _, states, mean = readouts[0](point)
    return np.concatenate([states[-1], mean])


def test_slopes_are_those_of_differences(readouts):
    # off the grid of the mesh, where both sides agree
    point = POINT + np.concatenate([0.01 * np.arange(1, 6), 0.003 * np.arange(1, 4), np.zeros(5)])
    step = 1e-4
    wanted = [
        (_outputs(readouts, point + e) - _outputs(readouts, point - e)) / (2 * step)
        for e in step * np.eye(len(point))
    ]
    np.testing.assert_allclose(readouts[1](point), np.stack(wanted, axis=1), atol=2e-7)


@pytest.mark.parametrize(("start", "forward"), [(0.0, True), (T1, False), (12.0, True), (12.0, False)])
def test_slopes_hold_at_both_ends_and_on_nodes(readouts, start, forward):
    point, step = POINT.copy(), 1e-6
    point[1] = start
    moved = point.copy()
    moved[1] += step if forward else -step
    wanted = (_outputs(readouts, moved) - _outputs(readouts, point)) / (moved[1] - point[1])
    np.testing.assert_allclose(readouts[1](point)[:, 1], wanted, atol=2e-6)


def test_doses_may_change_places(readouts):
    """Whichever of two like doses comes first, and where they meet, values and slopes go on smoothly."""
    passing = []
    for shift in (-1e-7, 0.0, 1e-7):
        point = POINT.copy()
        point[0] = point[1] + shift
        passing.append((_outputs(readouts, point), np.asarray(readouts[1](point))))
    for values, slopes in passing:
        np.testing.assert_allclose(values, passing[1][0], atol=1e-6)
        np.testing.assert_allclose(slopes[:, :2].sum(axis=1), passing[1][1][:, :2].sum(axis=1), atol=1e-5)
    swapped = POINT.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    np.testing.assert_allclose(_outputs(readouts, swapped), _outputs(readouts, POINT), atol=1e-12)
