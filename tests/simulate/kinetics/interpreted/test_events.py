"""Events: when they happen, in which order, and what is reported at their time."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulate.kinetics.interpreted.networks import column, event, network, run

TS = np.linspace(0.0, 4.0, 5)


def counted(*events, ts=TS, values=None, seed=0, **options):
    """Return the values of n over a run."""
    equations = network({"n": 0, **(values or {})}, events=events, **options)
    return column(equations, run(equations, ts, seed=seed), "n").tolist()


@pytest.mark.parametrize(("relation", "wanted"), [(">=", [0, 0, 1, 1, 1]), (">", [0, 0, 0, 1, 1])])
def test_strict_comparisons_turn_true_just_after(relation, wanted):
    assert counted(event(f"time {relation} 2", {"n": "n + 1"})) == wanted


def test_equality_is_true_for_an_instant():
    assert counted(event("time == 2", {"n": "n + 1"}), event("time != 3", {"n": "n + 10"}, id="b")) == [
        0,
        0,
        1,
        1,
        11,
    ]


@pytest.mark.parametrize(("initial", "wanted"), [(True, 0), (False, 1)])
def test_the_value_before_the_start_decides_there(initial, wanted):
    assert counted(event("time >= 0", {"n": "n + 1"}, initial_value=initial))[0] == wanted


def test_a_state_trigger_is_located():
    equations = network(
        {"x": 1, "at": 0}, rates={"x": "-x"}, events=[event("x < 0.3", {"at": "time", "x": "1"})]
    )
    result = run(equations, TS)
    period = np.log(1 / 0.3)
    np.testing.assert_allclose(column(equations, result, "at"), period * np.floor(TS / period), atol=1e-8)


def test_a_trigger_on_time_that_is_not_linear():
    n = counted(event("sin(time) > 0.5", {"n": "n + 1"}), ts=np.linspace(0, 60, 7))
    assert n == [0, 2, 4, 5, 7, 8, 10]


def test_a_bouncing_ball():
    equations = network({"x": 1, "v": 0}, rates={"x": "v", "v": "-2"}, events=[event("x <= 0", {"v": "-v"})])
    ts = np.linspace(0, 10, 21)
    phase = (ts + 1) % 2 - 1
    np.testing.assert_allclose(column(equations, run(equations, ts), "x"), 1 - phase**2, atol=1e-8)


def test_bounces_without_end_are_given_up_and_not_fallen_through():
    equations = network(
        {"x": 1, "v": 0}, rates={"x": "v", "v": "-9.81"}, events=[event("x <= 0", {"v": "-0.5*v"})]
    )
    result = run(equations, TS)
    assert "x <= 0 flips again and again" in result.result
    assert np.isnan(result.x[-1]).all()


def test_a_delay_is_that_of_the_trigger_and_values_as_asked():
    options = {"delay": "1.5", "id": "b"}
    early = event("time >= 1", {"n": "x"}, use_trigger_values=True, **options)
    late = event("time >= 1", {"n": "x"}, use_trigger_values=False, **options)
    assert counted(early, values={"x": 0}, rates={"x": "1"}) == pytest.approx([0, 0, 0, 1, 1])
    assert counted(late, values={"x": 0}, rates={"x": "1"}) == pytest.approx([0, 0, 0, 2.5, 2.5])


@pytest.mark.parametrize(("persistent", "wanted"), [(True, [0, 0, 0, 1, 1]), (False, [0, 0, 0, 0, 0])])
def test_an_event_may_be_called_off_while_it_waits(persistent, wanted):
    pulse = event("time >= 1 and time < 2", {"n": "n + 1"}, delay="1.5", persistent=persistent)
    assert counted(pulse) == wanted


def test_an_event_can_wait_several_times():
    pulses = event("sin(time * 6.283185307179586) > 0.5", {"n": "n + 1"}, delay="2", use_trigger_values=False)
    assert counted(pulses) == [0, 0, 0, 1, 2]


def test_the_highest_priority_goes_first():
    first = event("time >= 1", {"n": "1", "x": "1"}, priority="5", id="a")
    last = event("time >= 1", {"n": "2 * x + 1"}, priority="-1", id="b", use_trigger_values=False)
    assert counted(last, first, values={"x": 0})[-1] == 3


def test_equal_priorities_go_by_chance():
    def last(seed):
        one = event("time >= 1", {"n": "1"}, priority="1", id="a")
        two = event("time >= 1", {"n": "2"}, priority="1", id="b")
        return counted(one, two, seed=seed)[-1]

    assert {last(seed) for seed in range(20)} == {1, 2}


def test_events_trigger_others_at_the_same_time():
    chain = [event("time >= 1", {"x": "1"}, id="a"), event("x > 0.5", {"n": "n + 1"}, id="b")]
    assert counted(*chain, values={"x": 0}) == [0, 1, 1, 1, 1]


def test_events_without_end_are_given_up():
    equations = network(
        {"a": 0},
        events=[event("time >= 1 and a < 0.5", {"a": "1"}), event("a > 0.5", {"a": "0"}, id="q")],
    )
    result = run(equations, TS)
    assert "without end at t=1" in result.result
    np.testing.assert_array_equal(result.x[:, 0], [0, np.nan, np.nan, np.nan, np.nan])


def test_a_negative_delay_is_reported():
    result = run(network({"x": 1}, events=[event("time > 1", {"x": "2"}, delay="-1")]), TS)
    assert result.result == "the delay of event 'e' is -1 at t=1"


def test_a_switch_in_a_rate_is_exact():
    equations = network({"x": 0}, rates={"x": "1 if time < 1.3 else -2"})
    wanted = np.where(TS < 1.3, TS, 1.3 - 2 * (TS - 1.3))
    np.testing.assert_allclose(column(equations, run(equations, TS), "x"), wanted, atol=1e-11)


def test_sliding_along_a_switch_is_reported():
    result = run(network({"x": 0}, rates={"x": "1 if x < 1 else -1"}), TS)
    assert result.result.startswith("x < 1 flips again and again near t=1")
