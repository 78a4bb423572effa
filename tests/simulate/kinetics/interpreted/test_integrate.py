"""Integration without events: methods, residuals, delays, and what is not finite."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.simulate.kinetics.interpreted.coordinates import BoundCoordinates
from tests.simulate.kinetics.interpreted.networks import column, event, network, run

TS = np.linspace(0.0, 4.0, 9)


@pytest.mark.parametrize(
    ("method", "name"),
    [("auto", "LSODA"), ("kvaerno5", "Radau"), ("rodas5p", "Radau"), ("tsit5", "RK45"), ("dopri8", "DOP853")],
)
def test_adaptive_methods_solve_an_oscillator(method, name):
    equations = network({"x": 1, "v": 0}, rates={"x": "v", "v": "-x"})
    result = run(equations, TS, method=method)
    assert result.method == name
    np.testing.assert_allclose(column(equations, result, "x"), np.cos(TS), atol=1e-7)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2), ("rk4", 4)])
def test_fixed_steps_have_their_order(method, order):
    equations = network({"x": 1}, rates={"x": "-x"})
    errors = []
    for dt in (0.1, 0.05):
        result = run(equations, [0.0, 2.0], method=method, dt=dt)
        errors.append(abs(column(equations, result, "x")[-1] - np.exp(-2.0)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)


def test_between_fixed_steps_a_cubic():
    equations = network({"x": 0}, rates={"x": "3*time^2"})
    result = run(equations, [0.0, 0.55, 1.0], method="rk4", dt=0.5)
    np.testing.assert_allclose(column(equations, result, "x"), [0.0, 0.55**3, 1.0], atol=1e-12)


def test_steps_are_as_long_as_asked_for_where_events_are_watched():
    never = event("x > 9", {"x": "0"})
    equations = network({"x": 1}, rates={"x": "-x"}, events=[never])
    result = run(equations, [0.0, 2.0], method="euler", dt=0.5)
    assert column(equations, result, "x")[-1] == pytest.approx(0.5**4)


def test_fixed_steps_end_at_an_event_and_begin_again():
    halved = event("time >= 0.7", {"x": "x/2"})
    equations = network({"x": 1}, rates={"x": "-x"}, events=[halved])
    result = run(equations, [0.0, 2.0], method="euler", dt=0.5)
    assert column(equations, result, "x")[-1] == pytest.approx(0.5 * 0.8 / 2 * 0.5 * 0.5 * 0.7)


def test_where_nothing_moves_comparisons_are_watched_in_spite_of_a_long_step():
    seen = event("sin(time) > 0.99", {"n": "n + 1"})
    equations = network({"n": 0}, events=[seen])
    result = run(equations, [0.0, 20.0], method="euler", dt=10.0)
    assert column(equations, result, "n")[-1] == 3


def test_a_stiff_network():
    rates = {"x": "-0.04*x+1e4*y*z", "y": "0.04*x-1e4*y*z-3e7*y^2", "z": "3e7*y^2"}
    equations = network({"x": 1, "y": 0, "z": 0}, rates=rates)
    result = run(equations, [0.0, 40.0, 4e4], atol=1e-14)
    # Robertson's problem; values of Hairer and Wanner's test set
    np.testing.assert_allclose(column(equations, result, "x"), [1.0, 0.7158270687, 0.0389833778], rtol=2e-7)


@pytest.mark.parametrize("ratio", [3.3, 7.7])
@pytest.mark.parametrize("fast", ["100000000000", "1000000000000"])
def test_an_equilibrium_of_huge_rates_is_passed(fast, ratio):
    exchange = f"{fast}*(x - y/{ratio})"  # rounding alone makes it 1e-5
    rates = {"x": f"0.1*z - {exchange}", "y": f"{exchange} - 0.1*y", "z": "0.1*y - 0.1*z"}
    equations = network({"x": 1, "y": ratio, "z": 0}, rates=rates)
    result = run(equations, [0.0, 5.0, 50.0], max_steps=20_000)
    assert result.result == "success"
    share = ratio / (1 + ratio)  # of x + y that is y
    z = ratio / (1 + share) * (1 - np.exp(-0.1 * (1 + share) * np.array([0.0, 5.0, 50.0])))
    np.testing.assert_allclose(column(equations, result, "z"), z, atol=1e-8)
    np.testing.assert_allclose(column(equations, result, "y"), share * (1 + ratio - z), atol=1e-8)


def test_where_one_integrator_gets_nowhere_another_tries():
    equations = network({"x": 1, "v": 0}, rates={"x": "1e8*v", "v": "-1e8*x"})
    result = run(equations, TS, max_steps=1100)
    assert (result.method, "max_steps=1100" in result.result) == ("Radau", True)


def test_an_implicit_algebraic_rule_is_solved_along_the_way():
    equations = network({"x": 1, "y": 1}, rates={"x": "-x"}, algebraic=["x + y + y^3 - 3"])
    result = run(equations, TS)
    x, y = column(equations, result, "x"), column(equations, result, "y")
    np.testing.assert_allclose(x, np.exp(-TS), atol=1e-9)
    np.testing.assert_allclose(x + y + y**3, 3.0, atol=1e-9)


def test_an_algebraic_rule_without_solution_is_reported():
    equations = network({"x": 1, "y": 1}, rates={"x": "-1"}, algebraic=["y^2 + y^4 - x"])
    result = run(equations, TS)
    assert result.result != "success"
    assert np.isnan(result.x[-1]).any()


def test_a_constant_delay_by_the_method_of_steps():
    equations = network({"x": 1}, rates={"x": "-delay(x, 1)"})
    ts = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    wanted = np.where(ts <= 1, 1 - ts, 0.5 * ts**2 - 2 * ts + 1.5)
    np.testing.assert_allclose(column(equations, run(equations, ts), "x"), wanted, atol=1e-8)


def test_a_delay_that_grows_with_time():
    equations = network({"x": 0, "y": 0}, rates={"x": "1", "y": "delay(x, time / 2)"})
    result = run(equations, TS)
    np.testing.assert_allclose(column(equations, result, "y"), TS**2 / 4, atol=1e-6)
    np.testing.assert_allclose(result.delayed[:, 0], TS / 2, atol=1e-8)


def test_an_event_is_seen_again_through_a_delay():
    equations = network({"x": 0, "y": 0}, rates={"y": "delay(x, 1)"}, events=[event("time >= 1", {"x": "1"})])
    result = run(equations, TS)
    np.testing.assert_allclose(column(equations, result, "y"), np.maximum(TS - 2, 0), atol=1e-8)


def test_a_delay_into_the_future_is_reported():
    result = run(network({"x": 1}, rates={"x": "delay(x, 0.5 - time)"}), TS)
    assert "future" in result.result


def test_the_past_of_a_residual_is_under_the_switches_of_its_time():
    rule = "x^3 + x - (2 if time < 1.5 else 10)"  # x is 1, then 2
    equations = network({"x": 1, "y": 0}, rates={"y": "delay(x, 1)"}, algebraic=[rule])
    result = run(equations, TS)
    np.testing.assert_allclose(column(equations, result, "y"), TS + np.maximum(TS - 2.5, 0), atol=1e-8)


def test_states_of_the_past_are_found_once(monkeypatch):
    searches = []
    push = BoundCoordinates.push

    def counted(self, t, y):
        searches.append(t)
        assert len(searches) < 10_000  # without a memory each search begins others further back
        return push(self, t, y)

    monkeypatch.setattr(BoundCoordinates, "push", counted)
    equations = network(
        {"z": 1, "y": 1}, rates={"y": "-y"}, algebraic=["z^3 + z - delay(z, 0.5) - delay(y, 0.6)"]
    )
    result = run(equations, [0.0, 2.5], rtol=1e-3, atol=1e-3)
    assert result.result == "success"


def test_what_is_not_a_number_stays_apart():
    equations = network({"x": np.nan, "y": 1, "z": 1}, rates={"x": "1", "y": "-y*x", "z": "-z"})
    result = run(equations, TS)
    assert np.isnan(column(equations, result, "x")).all()
    assert np.isnan(column(equations, result, "y")[1:]).all()
    np.testing.assert_allclose(column(equations, result, "z"), np.exp(-TS), atol=1e-9)


def test_an_infinite_rate_leads_to_infinity():
    equations = network({"x": 1, "z": 0}, rates={"x": "1/z"}, events=[event("time > 9", {"z": "1"})])
    np.testing.assert_array_equal(column(equations, run(equations, TS), "x")[1:], np.inf)


def test_a_rate_without_value_at_the_start_alone():
    equations = network({"x": 0}, rates={"x": "sin(time)/time"})
    np.testing.assert_allclose(
        column(equations, run(equations, [0.0, 1.0]), "x")[1], 0.946083070367, atol=1e-9
    )


@pytest.mark.parametrize("rate", ["x^2", "1000*x"])
def test_a_solution_that_ends_is_reported_and_missing_after(rate):
    result = run(network({"x": 1}, rates={"x": rate}), TS)
    assert "gave up" in result.result
    assert np.isfinite(result.x[0, 0])
    assert np.isnan(result.x[-1, 0])


def test_max_steps_is_respected():
    result = run(network({"x": 1}, rates={"x": "-1000*(x-cos(time))"}), TS, max_steps=20)
    assert "max_steps=20" in result.result


def test_a_network_without_states():
    result = run(network({"x": 1}, assigned={"x": "time"}), TS)
    assert result.result == "success"
    assert result.x.shape == (9, 0)
