"""Profiles in one call: against one-at-a-time minimization, of flat and open ones, and of bad input."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles.profiles import profiles
from tests.infer.problems import optimum, profile_ends


def test_ends_are_those_of_one_at_a_time(decaying):
    found = profiles(decaying)
    np.testing.assert_allclose(found.table["estimate"], optimum(), atol=1e-3)
    for place, name in enumerate(("k", "a0")):
        low, high = profile_ends(place, chi2.ppf(0.95, 1) / 2)
        np.testing.assert_allclose(found.interval(name), (low, high), atol=2e-3 * (high - low))
        np.testing.assert_allclose(found.interval(name, linear=True), (10**low, 10**high), rtol=1e-2)
    assert set(found.table["verdict"]) == {"identifiable"}


def test_another_level_and_some_parameters(decaying):
    found = profiles(decaying, parameters="a0", level=np.float32(0.68))
    low, high = profile_ends(1, chi2.ppf(0.68, 1) / 2)
    np.testing.assert_allclose(found.interval("a0"), (low, high), atol=2e-3 * (high - low))
    assert found.names == ("a0",)


def test_what_only_a_product_tells_is_not_identifiable(scaled):
    found = profiles(scaled)
    row = found.table.loc["s"]
    assert (row["verdict"], row["lower"], row["upper"]) == ("structurally not", -np.inf, np.inf)
    # the walk went to both bounds, for a0 makes up for all of it
    assert found.curve("s")["value"].agg(["min", "max"]).tolist() == pytest.approx([-2.0, 2.0])
    # s cannot make up for all of a0: then its bounds are what ends the walk, and not the data
    row = found.table.loc["a0"]
    assert (row["verdict"], row["above"]) == ("practically not", "crossed only at the bound of s")
    assert row["upper"] == pytest.approx(2 + profile_ends(1, found.threshold)[1], abs=2e-3)
    assert found.table.loc["k", "verdict"] == "identifiable"
    assert "flat" in found.result


def test_a_side_without_an_end_is_open():
    # a rate that is only known to be fast
    fast = FunctionObjective(["k"], [-3], [3], residuals=lambda p: 4 * jnp.exp(-(10.0**p)))
    found = profiles(fast, at=[1.5])
    row = found.table.loc["k"]
    assert (row["verdict"], row["above"], row["upper"]) == ("practically not", "open: at the bound", np.inf)
    # 8 exp(-2k) is the threshold
    assert row["lower"] == pytest.approx(np.log10(0.5 * np.log(8 / found.threshold)), abs=1e-3)


def test_without_bounds_a_flat_side_is_followed_to_a_reach():
    loose = FunctionObjective(["a"], [-np.inf], [np.inf], residuals=lambda p: 3 * jnp.minimum(p, 0.0))
    row = profiles(loose, at=[0.0]).table.loc["a"]
    assert (row["verdict"], row["above"]) == ("practically not", "open: no end within reach")
    flat = FunctionObjective(["a", "b"], [-np.inf] * 2, [np.inf] * 2, residuals=lambda p: p[:1] - p[1:])
    assert set(profiles(flat, at=[0.0, 0.0]).table["verdict"]) == {"structurally not"}


def test_a_correlated_pair_has_the_marginal_width():
    factor = np.array([[1.0, 0.99], [0.0, 0.141]])
    inverse = np.linalg.inv(factor).T
    gauss = FunctionObjective(["a", "b"], [-50] * 2, [50] * 2, residuals=lambda p: inverse @ p)
    found = profiles(gauss, at=[3.0, -2.0])
    sd = np.sqrt(np.diagonal(factor.T @ factor))
    wide = np.sqrt(chi2.ppf(0.95, 1)) * sd
    np.testing.assert_allclose(found.table["upper"].astype(float), wide, rtol=2e-3)
    np.testing.assert_allclose(found.table["lower"].astype(float), -wide, rtol=2e-3)
    assert any("no optimum" in note for note in found.notes)


def test_without_residuals_the_curvature_is_learned():
    def value(p):
        return jnp.sum(jnp.array([4.0, 1.0, 0.5]) * jnp.abs(p) ** 1.5) + 0.3 * (p[0] - p[1]) ** 2

    found = profiles(FunctionObjective(["a", "b", "c"], [-9] * 3, [9] * 3, value=value), at=[0.1, -0.1, 0.2])
    # c stands alone: 0.5 c^1.5
    assert found.interval("c")[1] == pytest.approx((2 * found.threshold) ** (2 / 3), rel=5e-3)
    assert found.interval("a")[1] == pytest.approx(-found.interval("a")[0], rel=1e-2)


def test_a_better_optimum_on_the_way_is_used_and_said():
    # a shallow well at -1, a deeper one at 2
    def value(p):
        wells = 6 * jnp.exp(-((p[0] + 1) ** 2)) + 9 * jnp.exp(-0.5 * (p[0] - 1.2) ** 2)
        return -wells + 0.02 * p[0] ** 2 + p[1] ** 2

    found = profiles(FunctionObjective(["a", "b"], [-4, -4], [6, 4], value=value), at=[-1.0, 0.0])
    assert found.target.at[0] == pytest.approx(1.2, abs=0.2)
    assert any("better optimum" in note for note in found.notes)
    assert found.curve("a")["rise"].min() > -1e-2


def test_what_cannot_be_simulated_ends_a_walk():
    def residuals(p):
        return jnp.where(p[0] > 1.0, jnp.nan, p[0]) * jnp.ones(1)

    row = profiles(FunctionObjective(["a"], [-5], [5], residuals=residuals), at=[0.0]).table.loc["a"]
    assert (row["verdict"], row["above"]) == ("practically not", "open: cannot be simulated further")
    assert row["upper"] == np.inf
    with pytest.raises(InvalidValueError, match="cannot be computed at the given parameters"):
        profiles(FunctionObjective(["a"], [-5], [5], residuals=residuals), at=[2.0])


def test_bad_input(decaying):
    for level in (95, True, "0.9", None):
        with pytest.raises(InvalidValueError, match=f"level is {level!r}; wanted a share between 0 and 1"):
            profiles(decaying, level=level)
    with pytest.raises(InvalidValueError, match="max_points is 1"):
        profiles(decaying, max_points=1)
    with pytest.raises(UnknownNameError, match="Did you mean 'a0'"):
        profiles(decaying, parameters=["a_0"])
    fixed = FunctionObjective(["a"], [1], [1], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="leave no room"):
        profiles(fixed, at=[1.0])


def test_a_fit_of_a_network(fitted):
    row = profiles(fitted).table.loc["k"]
    assert row["verdict"] == "identifiable"
    sd = float(fitted.parameters.loc["k", "relative_sd"])
    assert row["upper"] - row["lower"] == pytest.approx(2 * 1.96 * sd, rel=0.1)


def test_executors_change_no_profile(decaying):
    expected = profiles(decaying)
    with ThreadPoolExecutor(2) as pool:
        found = profiles(decaying, executor=pool)
    for name in expected.names:
        np.testing.assert_array_equal(found.curve(name), expected.curve(name))
    assert (found.evaluations, found.batches) == (expected.evaluations, expected.batches)
