from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.kinetics.compiled.control import make_tolerance, next_size
from tests.simulate.kinetics.compiled.problems import ROBERTSON, robertson, run
from tests.simulate.kinetics.compiled.toy import make_toy
from tests.tolerances import ANALYTIC


def delayed():
    return make_toy(
        lambda t, x, p, delayed, modes: -p[0] * delayed,
        lambda t, p: [1.0],
        1,
        1,
        delays=1,
        delay_times=lambda *args: jnp.ones(1),
        delay_arguments=lambda t, x, *args: x,
    )


def tolerance_of(system):
    x = jnp.ones((2, system.n))
    return make_tolerance(system, x, jnp.asarray(1e-6), jnp.asarray(1e-9))


def test_errors_are_overestimated_but_with_delays():
    plain, late = tolerance_of(robertson()), tolerance_of(delayed())
    assert plain.overestimate > 1.0
    assert late.overestimate == 1.0
    for tolerance, n in ((plain, 3), (late, 1)):
        estimate, x = jnp.full((n, 2), 1e-6), jnp.ones((n, 2))
        wanted = tolerance.norm(estimate, x) / tolerance.overestimate
        np.testing.assert_allclose(tolerance.error(estimate, x), wanted, **ANALYTIC)


def test_the_norm_is_in_units_of_the_larger_state():
    tolerance = tolerance_of(robertson())
    small, large = jnp.ones((3, 2)), jnp.full((3, 2), 10.0)
    vector = jnp.full((3, 2), 1e-5)
    np.testing.assert_allclose(tolerance.norm(vector, small, large), 1e-5 / (1e-9 + 1e-5), **ANALYTIC)
    np.testing.assert_array_equal(tolerance.norm(vector, small, large), tolerance.norm(vector, large, small))


def test_the_norm_of_a_single_lane_is_that_of_a_lane_among_others():
    tolerance = tolerance_of(robertson())
    vector, x = jnp.array([1e-5, 3e-5, -2e-5]), jnp.array([1.0, 0.0, 4.0])
    alone = tolerance._replace(absolute=tolerance.absolute[:1]).norm(vector, x)
    among = tolerance.norm(jnp.stack([2 * vector, vector], axis=1), jnp.stack([x, x], axis=1))
    assert alone.shape == (1,)
    np.testing.assert_allclose(alone[0], among[1], **ANALYTIC)
    np.testing.assert_allclose(among[0], 2 * among[1], **ANALYTIC)


def test_a_step_grows_after_small_errors_and_shrinks_after_a_failure():
    h, last = jnp.ones(3), jnp.ones(3)
    error = jnp.array([1e-6, 1e6, jnp.nan])
    found = jax.jit(next_size)(h, error, last, error <= 1.0)
    assert 1.0 < found[0] <= 8.0
    assert found[1] == pytest.approx(0.2)
    assert not found[2] >= 1.0


@pytest.mark.parametrize("rtol", [1e-4, 1e-7])
def test_a_third_of_the_estimate_is_exact_enough(rtol):
    ts = np.array([0.0, 1.0, 100.0])
    wanted, _, _ = run(robertson(), ROBERTSON, ts, rtol=1e-10)
    found, _, _ = run(robertson(), ROBERTSON, ts, rtol=rtol)
    assert np.max(np.abs(found / np.where(wanted == 0, 1, wanted) - (wanted != 0))) < 2 * rtol
