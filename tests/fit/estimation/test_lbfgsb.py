from __future__ import annotations

import jax
import numpy as np
from scipy.optimize import minimize

from hybridcell.fit.estimation import estimate
from tests.fit.estimation.objectives import exponentials, rosenbrock


def test_lbfgsb_is_that_of_scipy():
    o = exponentials()
    starts = np.random.default_rng(0).uniform(-1, 1, (3, 6))
    found = estimate(o, starts=starts, method="l-bfgs-b", max_iterations=30, key=jax.random.key(0))
    for run in found.runs:
        scipy = minimize(
            lambda x: tuple(a[0] for a in o.values_and_gradients(x[None])), run.theta0, jac=True,
            method="L-BFGS-B", bounds=np.stack([o.lower, o.upper], 1),
            options={"maxiter": 30, "ftol": 1e-10, "gtol": 1e-6},
        )  # fmt: skip
        np.testing.assert_allclose(run.value, scipy.fun, rtol=1e-6)
        assert run.iterations == scipy.nit


def test_its_memory():
    short, long = (
        estimate(rosenbrock(10), n_starts=3, method="l-bfgs-b", memory=m, key=jax.random.key(0))
        for m in (2, 20)
    )
    assert long.to_dataframe()["evaluations"].sum() < short.to_dataframe()["evaluations"].sum()
