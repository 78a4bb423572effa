from __future__ import annotations

import jax
import pytest

from hybridcell.fit.estimation import estimate
from tests.fit.estimation.objectives import Counting, exponentials

pytest.importorskip("fides")


def test_with_residuals_it_takes_fewer_steps_than_with_gradients():
    class Smooth(Counting):
        has_least_squares = False

    options = {"n_starts": 6, "method": "fides", "key": jax.random.key(1), "max_iterations": 200}
    found, slower = estimate(exponentials(), **options), estimate(Smooth(exponentials()), **options)
    assert found.n_best >= slower.n_best
    assert found.to_dataframe()["evaluations"].median() < slower.to_dataframe()["evaluations"].median()


def test_its_own_options():
    found = estimate(
        exponentials(), n_starts=2, method="fides", options={"maxiter": 3}, key=jax.random.key(1)
    )
    assert {run.reason for run in found.runs} == {"iterations"}
    assert {run.iterations for run in found.runs} == {3}
