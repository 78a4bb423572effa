"""Derivatives, in both modes, against central differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.simulate.kinetics.compiled import results
from tests.simulate.kinetics.compiled import problems
from tests.simulate.kinetics.compiled.problems import run
from tests.simulate.kinetics.compiled.toy import make_toy

CASES = {
    "stiff": (problems.robertson, problems.ROBERTSON, np.logspace(-3, 4, 15), 1e-5),
    "state event": (problems.ball, problems.BALL, np.linspace(0, 2, 21), 1e-6),
    "times by parameters": (problems.dosing, problems.DOSING, np.linspace(0, 5, 23), 1e-6),
    "constraints": (problems.constrained, problems.CONSTRAINED, np.linspace(0, 3, 13), 1e-6),
}


#: Each case in one of the two ways, and both in the suite.
WAYS = [
    pytest.param(case, way, marks=[] if (k + j) % 2 == 0 else [pytest.mark.suite])
    for k, case in enumerate(CASES)
    for j, way in enumerate(("forward", "adjoint"))
]


@pytest.mark.parametrize(("case", "way"), WAYS)
def test_gradients_match_differences(case, way):
    make, p, ts, step = CASES[case]
    system, p = make(), np.asarray(p)
    first, _, _ = run(system, p, ts, rtol=1e-10)
    weights = np.random.default_rng(0).normal(size=first[0].shape) / np.abs(first[0]).max(axis=0)

    def loss(p, way="forward"):
        return jnp.sum(weights * run(system, p, ts, rtol=1e-10, sensitivity=way)[0][0])

    found = np.asarray(jax.grad(loss)(jnp.asarray(p), way)) * p
    wanted = np.array(
        [(loss(p * (1 + step * e)) - loss(p * (1 - step * e))) / (2 * step) for e in np.eye(len(p))]
    )
    np.testing.assert_allclose(found, wanted, atol=1e-5 * np.abs(wanted).max())


def test_forward_mode_goes_through_delays():
    system = make_toy(
        lambda t, x, p, d, modes: -p[0] * d,
        lambda t, p: p[1:2],
        1,
        2,
        delays=1,
        delay_times=lambda t, x, p, d, modes: jnp.ones(1),
        delay_arguments=lambda t, x, p, d, modes: x,
    )

    def end(p):
        return run(system, p, [0.0, 2.0], rtol=1e-9, atol=1e-12)[0][0, 1, 0]

    # x(2) = start (1 - 2 k + k^2 / 2)
    found = jax.grad(end)(jnp.array([1.0, 3.0]))
    np.testing.assert_allclose(found, [3.0 * (-2 + 1.0), -0.5], rtol=1e-6)

    def undone(p):
        return run(system, p, [0.0, 2.0], sensitivity="adjoint")[0][0, 1, 0]

    with pytest.raises(InvalidValueError, match="delays"):
        jax.grad(undone)(jnp.array([1.0, 3.0]))


@pytest.mark.parametrize("way", ["forward", "adjoint"])
def test_conditions_do_not_disturb_each_other(way):
    """One fails, one is done early: the others' gradients stay what they are."""
    system = make_toy(lambda t, x, p, d, modes: p[:1] * x**2, lambda t, p: p[1:], 1, 2)
    p = jnp.array([[1.0, 1.0], [0.1, 1.0], [-5.0, 2.0]])

    def loss(p):
        x, _, code = run(system, p, [0.0, 2.0], rtol=1e-9, sensitivity=way)
        assert code.shape == (len(p),)
        return jnp.sum(jnp.where((code == results.SUCCESS)[:, None], x[:, -1], 0.0))

    found = jax.grad(loss)(p)
    # x = 1 / (1 / start - k t)
    wanted = [[2.0 / (1 / s - 2 * k) ** 2, 1 / s**2 / (1 / s - 2 * k) ** 2] for k, s in p[1:]]
    np.testing.assert_allclose(found[1:], wanted, rtol=1e-6)
