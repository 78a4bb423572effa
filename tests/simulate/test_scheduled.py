"""Simulation under schedules, against SciPy and against pieces put together by hand."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import hybridcell as hc
from hybridcell._core.errors import UnknownNameError

LINEAR = hc.CellBox(["x", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]], envelope="linear", clamp=False)
TS = np.linspace(0, 30, 61)


def _by_scipy(model, schedules, stops):
    """Integrate the model's own right-hand side between the breaks."""
    x, found = np.zeros(model.n), []
    field = jax.jit(lambda t, x, u: model.vector_field(t, x, u))
    for a, b in pairwise(stops):
        ts = TS[(a < TS) & (b >= TS)]

        def slope(t, x, a=a, b=b):
            u = np.zeros((1, model.n))
            for name, schedule in schedules.items():
                # pulses have one value between two breaks; at the end itself they have another
                u[0, model.index(name)] = schedule.at(min(max(t, a), np.nextafter(b, a)))
            return np.asarray(field(0.0, x[None], u))[0]

        run = solve_ivp(slope, (a, b), x, t_eval=np.union1d(ts, [b]), rtol=1e-9, atol=1e-11)
        found += [run.y[:, np.isin(run.t, ts)]]
        x = run.y[:, -1]
    return np.concatenate(found, axis=1).T


@pytest.mark.parametrize(
    "solve",
    [
        hc.Solve(rtol=1e-9, atol=1e-11),
        pytest.param(hc.Solve(method="rk4", dt=0.01), marks=pytest.mark.suite),
    ],
)
def test_pulses_and_doses_of_two_drugs_agree_with_scipy(small_network, solve):
    given = {
        "aMEK": hc.Schedule.bolus([0.0, 12.0], -1.0, half_life=4.0, absorption_half_life=0.5),
        "aAKT": hc.Schedule.pulses([5.0, 20.0], 3.0, -0.8),
    }
    course = hc.simulate(small_network, t1=30.0, ts=TS, conditions=given, solve=solve)
    wanted = _by_scipy(small_network, given, [0.0, 5.0, 8.0, 12.0, 20.0, 23.0, 30.0])
    assert course.result == ("success",)
    np.testing.assert_allclose(np.asarray(course.values)[0, 1:], wanted, atol=1e-6)


def test_a_pulse_for_ever_is_a_constant_dose_and_conditions_do_not_mix(small_network):
    always = hc.Schedule.pulses(0.0, np.inf, -1.0)
    both = hc.simulate(
        small_network, t1=30.0, ts=TS, conditions=[{"aMEK": always}, {"aMEK": -1.0}, {"aAKT": -0.5}, {}]
    )
    np.testing.assert_allclose(both["ERK"][0], both["ERK"][1], atol=1e-6)
    alone = hc.simulate(small_network, t1=30.0, ts=TS, conditions={"aAKT": -0.5})
    np.testing.assert_allclose(both["growth"][2], alone["growth"][0], atol=1e-5)
    np.testing.assert_allclose(both["growth"][3], 0.0, atol=1e-9)


@pytest.mark.parametrize("method", [pytest.param("tsit5", marks=pytest.mark.suite), "rodas5p"])
def test_a_drug_that_is_washed_out_is_forgotten(method):
    pulse = hc.Schedule.pulses(1.0, 2.0, -1.0)
    course = hc.simulate(
        LINEAR, t1=30.0, ts=TS, conditions={"d": pulse}, solve=hc.Solve(method=method, rtol=1e-8)
    )
    d = course["d"][0]
    on = (TS >= 1) & (TS <= 3)
    np.testing.assert_allclose(d[on], -(1 - np.exp(-(TS[on] - 1))), atol=1e-6)
    np.testing.assert_allclose(d[TS > 3], -(1 - np.exp(-2.0)) * np.exp(-(TS[TS > 3] - 3)), atol=1e-6)
    assert abs(course["x"][0, -1]) < 1e-6


def test_no_compilation_is_needed():
    pulse = hc.Schedule.pulses(1.0, 2.0, -1.0)
    quick, compiled = (
        hc.simulate(LINEAR, t1=10.0, conditions={"d": pulse}, solve=hc.Solve(backend=backend, rtol=1e-8))
        for backend in ("numpy", "jax")
    )
    np.testing.assert_allclose(quick["x"], compiled["x"], atol=1e-6)


def test_breaks_that_rounding_has_put_apart_are_one():
    """From 12 - 2e-15 to 12 no solver makes a step."""
    near = np.nextafter(12.0, 0.0)
    two = hc.Schedule.bolus([1e-17, 12.0], -1.0, half_life=3.0) + hc.Schedule.pulses(8.0, near - 8.0, -1.0)
    given = [{"d": two}, {"d": hc.Schedule.bolus([0.0, 12.0], -1.0, half_life=3.0)}]
    course = hc.simulate(LINEAR, t1=20.0, conditions=given, solve=hc.Solve(backend="numpy"))
    assert course.result == ("success", "success")
    before = np.asarray(course.ts) <= 8.0
    np.testing.assert_allclose(course["x"][0, before], course["x"][1, before], atol=1e-6)


def test_unknown_names_are_told():
    with pytest.raises(UnknownNameError, match="d"):
        hc.simulate(LINEAR, t1=1.0, conditions={"dd": hc.Schedule.pulses(0, 1, 1.0)})
