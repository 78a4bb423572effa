"""Events: where they are, in which order they run, and what is shown at their time."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.simulate.kinetics.compiled import results
from tests.simulate.kinetics.compiled.problems import (
    BALL,
    CONSTRAINED,
    DOSING,
    ball,
    constrained,
    dosing,
    height,
    run,
)
from tests.simulate.kinetics.compiled.toy import make_toy


def still(n):
    return lambda t, x, p, d, modes: jnp.zeros(n)


def zeros(n):
    return lambda t, p: jnp.zeros(n)


def test_a_ball_bounces_where_it_should():
    ts = np.linspace(0, 3, 31)
    x, _, code = run(ball(), BALL, ts)
    assert code[0] == results.SUCCESS
    np.testing.assert_allclose(x[0, :, 0], [height(t, *BALL) for t in ts], atol=1e-9)


def test_conditions_bounce_at_their_own_times():
    ts = np.linspace(0, 1.5, 16)
    p = np.array([BALL, (5.0, 0.5, 2.0), (20.0, 0.9, 0.3)])
    x, _, code = run(ball(), p, ts)
    assert not code.any()
    for lane, one in enumerate(p):
        np.testing.assert_allclose(x[lane, :, 0], [height(t, *one) for t in ts], atol=1e-9)


def test_known_times_delays_and_switched_rates():
    k, dose, first, gap, influx = DOSING
    ts = np.array([0.0, first, 2.0, first + gap, 5.0])
    x, _, _ = run(dosing(), DOSING, ts, rtol=1e-10)

    def with_influx(x, t):
        return influx / k + (x - influx / k) * np.exp(-k * t)

    before = with_influx(1.0, first)
    later = with_influx(before + dose, gap)
    assigned = 2 * before + dose * first  # evaluated when triggered
    np.testing.assert_allclose(x[0, 1, 0], before + dose, rtol=1e-9)
    np.testing.assert_allclose(x[0, 3, 0], assigned, rtol=1e-9)
    end = with_influx(assigned, 2 * gap - first - gap) * np.exp(-k * (5.0 - 2 * gap))
    np.testing.assert_allclose(x[0, 4, 0], end, rtol=1e-9)
    assert later != assigned


def test_strict_and_weak_comparisons_at_the_very_time():
    counters = make_toy(
        still(3),
        zeros(3),
        3,
        1,
        signs=[1, 1, 0],  # t >= 1, t > 1, t == 2
        at_zero=[1, 0, 1],
        timed=[True] * 3,
        events=3,
        owners=[0, 1, 2],
        states=[0, 1, 2],
        roots=lambda t, x, p, d, modes: jnp.array([t - 1, t - 1, t - 2]),
        switch_times=lambda t, x, p: jnp.array([1.0, 1.0, 2.0]),
        triggers=lambda t, x, p, d, modes: modes,
        event_values=lambda t, x, p, d, modes: x + 1,
    )
    x, _, _ = run(counters, [0.0], [0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    assert x[0].T.tolist() == [[0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]]


def simultaneous(**options):
    """Two events at t = 1 that write their number into x0; the later one wins."""
    return make_toy(
        still(1),
        zeros(1),
        1,
        2,
        signs=[1],
        at_zero=[1],
        timed=[True],
        events=2,
        owners=[0, 1],
        states=[0, 0],
        roots=lambda t, x, p, d, modes: jnp.array([t - 1.0]),
        switch_times=lambda t, x, p: jnp.array([1.0]),
        triggers=lambda t, x, p, d, modes: modes.repeat(2),
        event_values=lambda t, x, p, d, modes: jnp.array([1.0, 2.0]),
        **options,
    )


def test_higher_priority_runs_first():
    system = simultaneous(event_priorities=lambda t, x, p, d, modes: p)
    x, _, _ = run(system, [[5.0, 1.0], [1.0, 5.0]], [0.0, 1.0])
    assert x[:, 1, 0].tolist() == [2.0, 1.0]


def test_equal_priorities_are_drawn_by_lot():
    system = simultaneous()  # one program for all seeds
    ends = {float(run(system, [0.0, 0.0], [0.0, 1.0], seed=seed)[0][0, 1, 0]) for seed in range(12)}
    assert ends == {1.0, 2.0}


def test_a_trigger_true_from_the_start_fires_only_without_an_initial_value():
    def system(value):
        return make_toy(
            still(1),
            zeros(1),
            1,
            1,
            events=1,
            initial_triggers=[value],
            owners=[0],
            states=[0],
            triggers=lambda t, x, p, d, modes: jnp.ones(1),
            event_values=lambda t, x, p, d, modes: x + 1,
        )

    assert run(system(False), [0.0], [0.0, 1.0])[0][0, :, 0].tolist() == [1.0, 1.0]
    assert run(system(True), [0.0], [0.0, 1.0])[0][0, :, 0].tolist() == [0.0, 0.0]


def test_an_event_that_is_not_persistent_is_called_off():
    # x0 is set to 1 at t = 2 after a delay of 1, if t < 1.5 still holds then
    def system(persistent):
        return make_toy(
            still(1),
            zeros(1),
            1,
            1,
            signs=[1, -1],
            at_zero=[1, 0],
            timed=[True, True],
            events=1,
            persistent=[persistent],
            delayed_events=[True],
            owners=[0],
            states=[0],
            roots=lambda t, x, p, d, modes: jnp.array([t - 1.0, t - 1.5]),
            switch_times=lambda t, x, p: jnp.array([1.0, 1.5]),
            triggers=lambda t, x, p, d, modes: modes[:1] * modes[1:],
            event_delays=lambda t, x, p, d, modes: jnp.ones(1),
            event_values=lambda t, x, p, d, modes: jnp.ones(1),
        )

    assert run(system(True), [0.0], [0.0, 1.9, 2.0])[0][0, :, 0].tolist() == [0.0, 0.0, 1.0]
    assert run(system(False), [0.0], [0.0, 1.9, 2.0])[0][0, :, 0].tolist() == [0.0, 0.0, 0.0]


def test_events_that_trigger_each_other_without_end_are_given_up():
    flip = make_toy(
        still(1),
        zeros(1),
        1,
        1,
        signs=[1],
        at_zero=[0],
        events=2,
        initial_triggers=[False, False],
        owners=[0, 1],
        states=[0, 0],
        roots=lambda t, x, p, d, modes: x - 0.5,
        triggers=lambda t, x, p, d, modes: jnp.concatenate([modes, 1 - modes]),
        event_values=lambda t, x, p, d, modes: jnp.array([0.0, 1.0]),
    )
    assert run(flip, [0.0], [0.0, 1.0])[2][0] == results.ENDLESS_EVENTS


def test_constraints_hold_after_an_event():
    k, offset, start = CONSTRAINED
    ts = np.linspace(0, 3, 13)
    x, _, code = run(constrained(), CONSTRAINED, ts, rtol=1e-8, atol=1e-12)
    assert code[0] == results.SUCCESS
    time = np.log(start / 0.44) / k
    wanted = start * np.exp(-k * ts) * np.where(ts < time, 1.0, 0.5)
    np.testing.assert_allclose(x[0, :, 0], wanted, rtol=1e-7)
    np.testing.assert_allclose(x[0, :, 1], np.sqrt(wanted + offset), rtol=1e-7)


def test_a_short_excursion_inside_a_step_is_seen():
    # sin t is above 0.95 for short whiles only
    peak = make_toy(
        lambda t, x, p, d, modes: jnp.array([jnp.cos(t), 0.0]),
        zeros(2),
        2,
        1,
        signs=[1],
        at_zero=[0],
        events=1,
        owners=[0],
        states=[1],
        roots=lambda t, x, p, d, modes: x[:1] - 0.95,
        triggers=lambda t, x, p, d, modes: modes,
        event_values=lambda t, x, p, d, modes: x[1:] + 1,
    )
    x, _, _ = run(peak, [0.0], [0.0, 100.0], rtol=1e-5)
    assert x[0, 1, 1] == 16


def test_the_past_is_read():
    system = make_toy(
        lambda t, x, p, d, modes: -p[0] * d,
        lambda t, p: p[1:2],
        1,
        3,
        delays=1,
        delay_times=lambda t, x, p, d, modes: p[2:],
        delay_arguments=lambda t, x, p, d, modes: x,
    )
    ts = np.linspace(0, 2, 9)
    x, delayed, _ = run(system, [1.0, 1.0, 1.0], ts, rtol=1e-8, atol=1e-12)
    wanted = np.where(ts <= 1, 1 - ts, 1 - ts + (ts - 1) ** 2 / 2)
    np.testing.assert_allclose(x[0, :, 0], wanted, atol=1e-7)
    np.testing.assert_allclose(delayed[0, :, 0], np.where(ts < 1, 1.0, 2 - ts), atol=1e-7)


def test_a_short_delay_bounds_the_steps():
    system = make_toy(
        lambda t, x, p, d, modes: jnp.concatenate([jnp.ones(1), d - 1]),
        zeros(2),
        2,
        1,
        delays=1,
        delay_times=lambda t, x, p, d, modes: p,
        delay_arguments=lambda t, x, p, d, modes: jnp.sin(x[:1]),
    )
    # x0 = t, x1' = sin(t - p) - 1 once t > p
    x, delayed, _ = run(system, [0.3], [0.0, 4.0], rtol=1e-3)
    np.testing.assert_allclose(x[0, 1, 1], -4.0 + 1 - np.cos(3.7), atol=1e-3)
    np.testing.assert_allclose(delayed[0, 1, 0], np.sin(3.7), atol=1e-6)
