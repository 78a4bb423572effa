import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import hybridcell as hc
from hybridcell.data import as_conditions
from hybridcell.infer.design.slopes import movable, ridge_curvature, steady_slopes, timed_slopes
from hybridcell.simulate.member_states import model_states

MODEL = hc.CellBox(["a", "b", "d"], ["protein", "protein", "drug"], [[0, 0.3, 0.8], [0.5, 0, 0], [0, 0, 0]])
GIVEN = as_conditions([{"d": -0.7}, {"d": 1.2}])
STEP = 1e-6


def differences(states_of):
    free = eqx.filter(MODEL, movable(MODEL, steady=True))
    frame = eqx.filter(MODEL, movable(MODEL, steady=True), inverse=True)
    flat, unravel = ravel_pytree(free)
    columns = []
    for k in range(len(flat)):
        high, low = (eqx.combine(unravel(flat.at[k].add(s)), frame) for s in (STEP, -STEP))
        columns.append((states_of(high) - states_of(low)) / (2 * STEP))
    return free, frame, np.stack(columns, -1)


def test_slopes_of_steady_states_agree_with_differences():
    free, frame, wanted = differences(lambda m: model_states(m, GIVEN, solve=hc.Solve(steady_tol=1e-13))[0])
    u = jnp.asarray(MODEL.inputs(GIVEN))
    x = jnp.asarray(model_states(MODEL, GIVEN, solve=hc.Solve(steady_tol=1e-13))[0])
    found = steady_slopes(free, frame, u, x, jnp.arange(3))
    np.testing.assert_allclose(found, wanted, atol=2e-6)


def test_slopes_at_times_agree_with_differences():
    times = np.array([1.0, 2.5])
    tight = hc.Solve(rtol=1e-11, atol=1e-12)
    free, frame, wanted = differences(lambda m: model_states(m, GIVEN, times=times, solve=tight)[0])
    found = timed_slopes(
        free, frame, jnp.asarray(MODEL.inputs(GIVEN)), jnp.array([1, 2]), jnp.array([0.0, 1.0, 2.5]),
        jnp.arange(3), "tsit5", 1e-9, 1e-11,
    )  # fmt: skip
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_curvature_is_the_strength_of_the_ridge():
    free, frame = (
        eqx.filter(MODEL, movable(MODEL, steady=True), inverse=inverse) for inverse in (False, True)
    )
    strength = {"l1": 0.0, "l2": 0.1, "drug_l2": 1.0, "residual_l2": 2.0, "residual": 0.0, "prior": 0.0}
    found = ridge_curvature(free, frame, {k: jnp.asarray(v) for k, v in strength.items()})
    # entries from a, b and d to a and b; none of the drug's own
    assert sorted(set(np.round(np.asarray(found), 9))) == [0.0, 0.1, 1.0]
