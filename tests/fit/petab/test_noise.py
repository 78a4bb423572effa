from __future__ import annotations

import jax
import numpy as np
import pytest

from hybridcell.fit.petab.noise import Noise
from hybridcell.io.petab.statement import NOISES
from tests.fit.petab.problems import log_density
from tests.tolerances import ANALYTIC

MEASURED = np.array([0.3, 1.0, 7.5])
FOUND, SIGMA = np.array([0.4, 0.9, 7.1]), np.array([0.2, 1.0, 3.0])


@pytest.mark.parametrize("name", NOISES)
def test_densities_are_those_of_scipy(name):
    found = Noise([name] * 3, MEASURED).log_density(FOUND, SIGMA)
    np.testing.assert_allclose(found, log_density(name, MEASURED, FOUND, SIGMA), **ANALYTIC)


def test_rows_keep_to_their_own_distribution():
    measured, found, sigma = np.arange(1.0, 7.0), np.arange(2.0, 8.0), np.linspace(0.5, 1.0, 6)
    together = Noise(list(NOISES), measured).log_density(found, sigma)
    alone = [log_density(*row) for row in zip(NOISES, measured, found, sigma, strict=True)]
    np.testing.assert_allclose(together, alone, **ANALYTIC)


@pytest.mark.parametrize("name", NOISES)
def test_a_density_is_one_in_all(name):
    y = np.exp(np.linspace(-30, 12, 200_001)) if "log" in name else np.linspace(-60, 60, 200_001)
    density = np.exp(Noise([name] * len(y), y).log_density(np.full(len(y), 1.7), np.full(len(y), 0.4)))
    assert np.trapezoid(density, y) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("sigma", [0.0, -1.0])
def test_a_size_that_is_not_positive_has_no_density(name, sigma):
    assert Noise([name], np.ones(1)).log_density(np.ones(1), np.array([sigma]))[0] == -np.inf


@pytest.mark.parametrize("name", NOISES[2:])
@pytest.mark.parametrize("found", [0.0, -1.0])
def test_logarithms_need_a_positive_simulation(name, found):
    noise = Noise([name], np.ones(1))
    assert noise.log_density(np.array([found]), np.ones(1))[0] == -np.inf
    assert np.isnan(noise.residual(np.array([np.nan]), np.ones(1))[0])


@pytest.mark.parametrize("name", NOISES)
def test_slopes(name):
    noise = Noise([name] * 3, MEASURED)
    slopes = jax.grad(lambda y, s: noise.log_density(y, s).sum(), (0, 1))(FOUND, SIGMA)
    for place, slope in enumerate(slopes):
        h = 1e-6
        ends = [
            log_density(name, MEASURED, FOUND + s * h * (place == 0), SIGMA + s * h * (place == 1))
            for s in (1, -1)
        ]
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * h), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", NOISES[2:])
def test_a_row_without_a_logarithm_does_not_spoil_the_slopes_of_others(name):
    noise = Noise([name] * 2, np.ones(2))
    slope = jax.grad(lambda y: noise.log_density(y, np.ones(2))[1])(np.array([-1.0, 2.0]))
    assert np.isfinite(slope).all()
    assert slope[0] == 0
