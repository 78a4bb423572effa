"""Multiple shooting: a better start where a long trajectory runs away."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.kinetics.free_numbers import find_free_numbers
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from hybridcell.fit.kinetics.shooting import shoot
from tests.fit.kinetics.courses import courses, free, objective

LV = hc.read_sbml(hc.networks.load("lotka_volterra"))
FREE = free(LV, "growth", "death")
SETTINGS = NetworkFitSettings(segments=4, iterations=40, warm_start="shooting")
TIMES = np.linspace(0.6, 18.0, 30)


@pytest.fixture(scope="module")
def data():
    """Return two periods and a half."""
    return courses(LV, readouts=("prey", "predator"), times=TIMES, noise=0.05, sd=0.05)


@pytest.fixture(scope="module")
def shot(data):
    """Return the objective, a start out of step with the data, and what shooting makes of it."""
    start = FREE.with_values({"growth": 1.6, "death": 0.5})
    made, numbers, theta = objective(start, data)
    return made, numbers, theta, shoot(start, numbers, read_measurements(start, data), SETTINGS, theta)


def test_the_start_gets_better(shot):
    made, _, theta, found = shot
    assert made.chi2(found) < 0.05 * made.chi2(theta)
    assert_allclose(np.exp(found), [1.0, 0.8], rtol=0.1)


def test_guesses_stay_within_bounds(shot):
    _, numbers, _, found = shot
    assert (found >= numbers.low).all()
    assert (found <= numbers.high).all()


def test_a_start_that_is_fitted_moves_the_first_segment():
    start = free(LV.with_values({"prey": 3.0}), "prey")
    data = courses(LV, readouts=("prey", "predator"), times=TIMES[:10], sd=0.05)
    numbers = find_free_numbers(start, None)
    settings = NetworkFitSettings(segments=2, iterations=30, warm_start="shooting")
    theta = numbers.theta(np.asarray(start.values))
    found = shoot(start, numbers, read_measurements(start, data), settings, theta)
    assert_allclose(np.exp(found), [1.0], rtol=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "S -> ; k*S; S = 3; k = 1; at time > 2: S = S + 1",
        "S -> ; k*S*(1 + sin(time)); S = 3; k = 1",
    ],
)
def test_what_has_a_clock_cannot_be_cut(text):
    network = hc.read_sbml(f"model m\n {text}\nend")
    data = courses(network, readouts=("S",))
    with pytest.raises(InvalidValueError, match=r"'shooting' cuts the time into segments.*cannot be cut"):
        hc.fit(free(network, "k"), data, warm_start="shooting", key=jr.key(0))
