"""One compartment: the closed formulas against the equations integrated."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hybridcell.data.pharmacokinetics import concentration

rates = st.floats(0.05, 3.0)


def _integrated(t, duration, absorption, elimination):
    """Return the concentration by a stiff solver of the two amounts."""
    direct = np.isinf(absorption)

    def slope(t, x):
        inflow = 1.0 / duration if duration > 0 and t < duration else 0.0
        if direct:
            return [0.0, inflow - elimination * x[1]]
        return [inflow - absorption * x[0], absorption * x[0] - elimination * x[1]]

    start = [0.0, 0.0] if duration > 0 else ([0.0, 1.0] if direct else [1.0, 0.0])
    stops = [0.0, *([duration] if 0 < duration < t else []), t]
    for a, b in pairwise(stops):
        start = solve_ivp(slope, (a, b), start, rtol=1e-12, atol=1e-13, method="DOP853", max_step=b - a).y[
            :, -1
        ]
    return start[1]


@settings(max_examples=25)
@given(st.floats(0.1, 8.0), st.sampled_from([0.0, 0.7, 3.0]), rates | st.just(np.inf), rates)
def test_it_solves_the_equations(t, duration, absorption, elimination):
    found = concentration(
        t, start=0.0, duration=duration, amount=1.0, absorption=absorption, elimination=elimination, xp=np
    )
    assert found == pytest.approx(_integrated(t, duration, absorption, elimination), abs=1e-8)


@given(st.floats(0.1, 8.0), rates, st.floats(-1e-4, 1e-4))
def test_equal_rates_of_way_in_and_out_are_no_exception(t, rate, apart):
    found = concentration(
        t, start=0.0, duration=0.0, amount=1.0, absorption=rate * (1 + apart), elimination=rate, xp=np
    )
    assert found == pytest.approx(rate * t * np.exp(-rate * t), rel=2e-3)


def test_nothing_is_there_before_and_slopes_are_finite():
    def at(t):
        return concentration(
            t, start=1.0, duration=0.5, amount=2.0, absorption=jnp.inf, elimination=0.3, xp=jnp
        )

    assert float(at(0.9)) == 0.0
    assert np.isfinite(float(jax.grad(at)(2.0)))
