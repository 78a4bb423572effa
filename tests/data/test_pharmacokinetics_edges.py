"""Concentrations where exponentials are endless or nothing: slow ways in, late times, equal rates."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.data.pharmacokinetics import concentration

rates = st.floats(1e-3, 50.0)


def _at(time, *, absorption, elimination, duration=0.0, amount=1.0, start=0.0, xp=np):
    return concentration(
        time, start=start, duration=duration, amount=amount, absorption=absorption, elimination=elimination,
        xp=xp,
    )  # fmt: skip


@pytest.mark.parametrize("duration", [0.0, 5.0])
@pytest.mark.parametrize(
    ("absorption", "elimination"), [(0.07, 0.7), (0.7, 0.07), (1e-4, 40.0), (40.0, 1e-4)]
)
def test_long_after_a_dose_the_slower_rate_decides(absorption, elimination, duration):
    """A depot from which a drug comes slower than it leaves: days later nothing overflows."""
    times = np.array([200.0, 900.0, 1200.0, 2000.0, 1e5])
    with np.errstate(all="raise", under="ignore"):
        found = _at(times, absorption=absorption, elimination=elimination, duration=duration)
    slow, fast = sorted((absorption, elimination))
    kept = 1.0 if duration == 0 else np.expm1(slow * duration) / (slow * duration)
    wanted = absorption / (fast - slow) * kept * np.exp(-slow * times)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-14)


@settings(max_examples=40)
@given(rates, rates, st.floats(0.0, 1e4))
def test_amounts_absorbed_are_alike_for_both_rates(one, two, time):
    """The amount in the second of two compartments in a row is symmetric, but for the rate into it."""
    a, b = _at(time, absorption=one, elimination=two), _at(time, absorption=two, elimination=one)
    assert a / one == pytest.approx(b / two, rel=1e-12, abs=1e-300)


@settings(max_examples=40)
@given(rates | st.just(np.inf), rates, st.sampled_from([0.0, 2.0]), st.floats(0.0, 1e5))
def test_never_more_than_the_dose_and_never_negative(absorption, elimination, duration, time):
    found = float(_at(time, absorption=absorption, elimination=elimination, duration=duration))
    assert -1e-11 <= found <= 1.0 + 1e-12


@settings(max_examples=40)
@given(st.floats(0.05, 5.0), st.floats(0.05, 5.0))
def test_the_area_under_the_curve_is_the_dose_over_the_elimination(absorption, elimination):
    """Whatever the way in."""
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 600.0, 6000)])
    area = np.trapezoid(_at(grid, absorption=absorption, elimination=elimination), grid)
    assert area == pytest.approx(1.0 / elimination, rel=2e-3)


@settings(max_examples=40)
@given(rates, st.floats(0.1, 50.0), st.floats(0.01, 10.0), st.floats(0.001, 1000.0))
def test_the_unit_of_time_does_not_matter(absorption, time, elimination, factor):
    one = _at(time, absorption=absorption, elimination=elimination)
    other = _at(time * factor, absorption=absorption / factor, elimination=elimination / factor)
    assert other == pytest.approx(float(one), rel=1e-9, abs=1e-12)


@jax.jit
def _slope(absorption, elimination, time):
    return jax.grad(lambda k: _at(time, absorption=k, elimination=elimination, xp=jnp))(absorption)


@pytest.mark.parametrize(("rate", "time"), [(1.0, 1.0), (0.3, 7.0), (2.0, 0.1)])
def test_the_slope_where_both_rates_are_equal_is_that_of_the_limit(rate, time):
    # of k t exp(-rate t) (1 - (k - rate) t / 2 + ...)
    wanted = time * np.exp(-rate * time) * (1.0 - rate * time / 2.0)
    assert float(_slope(rate, rate, time)) == pytest.approx(wanted, rel=1e-6)


def test_slopes_late_after_a_dose_are_finite():
    assert np.isfinite([float(_slope(k, 2.0, 5000.0)) for k in (0.01, 2.0, 30.0)]).all()
