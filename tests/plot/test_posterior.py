"""Draws in figures: pairs, chains, predictions, and what is wrong with them."""

from __future__ import annotations

import jax
import matplotlib as mpl
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.posterior.posterior import Posterior
from hybridcell.infer.target import as_target
from hybridcell.plot.posterior import corner, traces

mpl.use("Agg")
DRAWS = np.random.default_rng(0).standard_normal((2, 200, 3))


def posterior(draws=DRAWS, **statistics):
    bowl = FunctionObjective(["a", "b", "c"], [-9] * 3, [9] * 3, residuals=lambda p: p)
    target = as_target(bowl, at=[0.0] * 3)
    return Posterior(target, draws, np.zeros(draws.shape[:2]), "nuts", statistics=statistics)


def test_pairs_below_the_diagonal_are_the_draws():
    grid = corner(posterior())
    assert grid.shape == (3, 3)
    assert not grid[0, 1].axison
    np.testing.assert_allclose(grid[2, 1].collections[0].get_offsets(), DRAWS.reshape(-1, 3)[:, [1, 2]])
    assert corner(posterior(), parameters=["c", "a"])[1, 0].get_xlabel() == "c"
    with pytest.raises(UnknownNameError):
        corner(posterior(), parameters="d")
    with pytest.raises(InvalidValueError, match="wanted"):
        corner(posterior(), axes=grid[:2])


def test_divergent_draws_stand_out_and_the_title_says_so():
    found = posterior(diverging=np.arange(400).reshape(2, 200) < 3)
    grid = corner(found)
    assert len(grid[1, 0].collections[1].get_offsets()) == 3
    assert "3 of 400 trajectories diverged" in grid[0, 0].figure.get_suptitle().replace("\n", " ")


def test_chains_and_their_ranks():
    grid = traces(posterior())
    assert grid.shape == (3, 2)
    np.testing.assert_allclose(grid[1, 0].get_lines()[1].get_ydata(), DRAWS[1, :, 1])
    counts = [patch.get_data().values.sum() for patch in grid[0, 1].patches]
    assert counts == [200, 200]
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="no chains"):
        traces(laplace(bowl, at=[0.0], key=jax.random.key(0)))
