from __future__ import annotations

import jax
import numpy as np
import pytest

from hybridcell.fit.estimation import estimate
from tests.fit.estimation.objectives import rosenbrock

pytest.importorskip("cma")


def test_cma_leaves_the_numbers_of_numpy_alone():
    np.random.seed(1)  # noqa: NPY002
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    estimate(rosenbrock(), n_starts=1, method="cma-es", max_iterations=5, key=jax.random.key(0))
    assert np.random.random() == wanted  # noqa: NPY002


def test_the_population_of_cma():
    found = estimate(
        rosenbrock(),
        n_starts=2,
        method="cma-es",
        population=20,
        sigma=0.1,
        max_iterations=3,
        key=jax.random.key(0),
    )
    assert found.best.evaluations == 1 + 3 * 20
