"""Bands of predictions against the law of total variance and SciPy's quantiles."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.sources.source import Observed
from tests.infer.problems import MEASURED, SD, TIMES, optimum

KEY = jax.random.key(0)


class Seen:
    """A source that predicts as told."""

    def __init__(self, found, sigma, laplace, base):
        r = found.shape[1]
        self.seen = Observed(pd.DataFrame({"observable": ["y"] * r}), found, sigma, laplace, base)

    def observed(self, thetas):
        return self.seen


def bands(found, sigma, *, laplacian=False, base=0.0, level=0.9):
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    posterior = laplace(bowl, at=jnp.zeros(1), n=len(found), key=KEY)
    shape = found.shape[1]
    posterior.target.source = Seen(found, sigma, np.full(shape, laplacian), np.full(shape, base))
    return posterior.predict(level)


def test_parameters_and_noise_add_up():
    rng = np.random.default_rng(0)
    found = bands(rng.normal(3.0, 0.5, (4000, 1)), np.full((4000, 1), 1.2)).loc[0]
    assert found["mean"] == pytest.approx(3.0, abs=0.03)
    assert found["epistemic"] == pytest.approx(0.5, rel=0.03)
    assert found["aleatoric"] == pytest.approx(1.2)
    np.testing.assert_allclose(
        [found["lower"], found["upper"]], 3.0 + 1.3 * stats.norm.ppf([0.05, 0.95]), atol=0.06
    )
    np.testing.assert_allclose(found["upper_expected"], 3.0 + 0.5 * stats.norm.ppf(0.95), atol=0.05)


@pytest.mark.parametrize(
    ("laplacian", "base", "wanted"),
    [
        (True, 0.0, stats.laplace(2.0, 0.3)),
        (False, 1.0, stats.lognorm(0.3, scale=2.0)),
        (False, np.log(10), stats.lognorm(0.3 * np.log(10), scale=2.0)),
        (True, 1.0, stats.loglaplace(1 / 0.3, scale=2.0)),
    ],
)
def test_noises(laplacian, base, wanted):
    found = bands(
        np.full((50, 1), 2.0), np.full((50, 1), 0.3), laplacian=laplacian, base=base, level=0.8
    ).loc[0]
    np.testing.assert_allclose([found["lower"], found["upper"]], wanted.ppf([0.1, 0.9]), rtol=0.01)
    if not (laplacian and base):
        assert found["aleatoric"] == pytest.approx(wanted.std(), rel=1e-6)


def test_draws_that_cannot_be_simulated_are_left_out_and_counted():
    found = np.full((10, 1), 2.0)
    found[:4] = np.nan
    assert bands(found, np.ones((10, 1))).loc[0, "simulated"] == 0.6
    found[:9] = np.nan
    with pytest.raises(NotConvergedError, match="only 1 could be simulated"):
        bands(found, np.ones((10, 1)))


def test_a_problem_and_a_fit(decaying, fitted):
    for given, at in ((decaying, optimum()), (fitted, None)):
        found = laplace(given, at=at, n=20, key=KEY).predict()
        np.testing.assert_allclose(found["measurement"], MEASURED)
        np.testing.assert_allclose(found["time"], TIMES)
        np.testing.assert_allclose(found["aleatoric"], SD)
        assert (found["epistemic"] > 0).all()
        assert (found["epistemic"] < SD).all()
        assert ((found["lower"] < MEASURED) & (found["upper"] > MEASURED)).mean() > 0.8


def test_a_function_has_no_measurements():
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="says nothing of measurements"):
        laplace(bowl, at=[0.0], key=KEY).predict()
    with pytest.raises(InvalidValueError, match="level is 90"):
        laplace(bowl, at=[0.0], key=KEY).predict(90)
    with pytest.raises(InvalidValueError, match=r"n is 1; wanted .* at least 2"):
        laplace(bowl, at=[0.0], key=KEY).predict(n=1)


def test_columns_and_draws_keep_their_places():
    rng = np.random.default_rng(1)
    found, sigma = rng.normal([1.0, 20.0, 300.0], 0.1, (60, 3)), np.full((60, 3), [0.1, 2.0, 30.0])
    table = bands(found, sigma, level=0.8)
    np.testing.assert_allclose(table["mean"], found.mean(axis=0))
    np.testing.assert_allclose(table["epistemic"], found.std(axis=0, ddof=1))
    np.testing.assert_allclose(table["aleatoric"], [0.1, 2.0, 30.0])
    for k in range(3):
        alone = bands(found[:, [k]], sigma[:, [k]], level=0.8).loc[0]
        np.testing.assert_allclose(table.loc[k].iloc[1:].astype(float), alone.iloc[1:].astype(float))
    again = bands(found[::-1], sigma[::-1], level=0.8)
    np.testing.assert_allclose(again["lower_expected"], table["lower_expected"])
    np.testing.assert_allclose(again["upper"], table["upper"], rtol=0.01)


def test_a_higher_level_is_wider_and_noise_never_narrows():
    rng = np.random.default_rng(2)
    found, sigma = np.exp(rng.normal(0.0, 0.4, (40, 2))), np.full((40, 2), 0.3)
    for options in ({}, {"base": 1.0}, {"laplacian": True}):
        tables = [bands(found, sigma, level=level, **options) for level in (0.5, 0.8, 0.95)]
        for narrow, wide in pairwise(tables):
            assert (wide["upper"] > narrow["upper"]).all()
            assert (wide["lower"] < narrow["lower"]).all()
        for table in tables:
            assert (table["upper"] >= table["upper_expected"]).all()
            assert (table["lower"] <= table["lower_expected"]).all()
        if options.get("base"):
            assert (tables[-1]["lower"] > 0).all()
