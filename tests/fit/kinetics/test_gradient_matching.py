"""First guesses without solving equations."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.kinetics.free_numbers import find_free_numbers
from hybridcell.fit.kinetics.gradient_matching import Matching
from hybridcell.fit.kinetics.measurements import read_measurements
from tests.fit.kinetics.courses import HYBRID, TIMES, TURNOVER, courses, free, objective

BAD = {"V": 6.0, "K": 4.0, "k": 0.05}
FREE = free(TURNOVER, "V", "K", "k")


def matching(network, data):
    numbers = find_free_numbers(network, None)
    return Matching(network, numbers, read_measurements(network, data)), numbers


def guess(network, data):
    found, numbers = matching(network, data)
    theta = numbers.theta(np.asarray(network.values))
    return numbers.place(network, found.improve(theta))


def value(network, *ids):
    values = dict(zip(network.equations.constants, np.asarray(network.values)))
    return [values[id] for id in ids]


def test_on_dense_exact_data_the_guess_is_the_truth():
    data = courses(times=np.linspace(0.1, 6.0, 60), sd=0.01)
    found = guess(FREE.with_values(BAD), data)
    assert_allclose(value(found, "V", "K", "k"), [1.2, 0.8, 0.5], rtol=0.05)


def test_a_bad_start_gets_better_also_with_noise_and_conditions():
    data = courses(conditions=({}, {"S": 1.0}, {"k": 0.9}), noise=0.05)
    start = FREE.with_values(BAD)
    made, _, theta = objective(start, data)
    found, _ = matching(start, data)
    assert made.chi2(found.improve(theta)) < 0.05 * made.chi2(theta)


def test_a_neural_law_is_matched_too():
    data = courses(noise=0.02)
    start = HYBRID.with_values({"nn_turn_k": 5.0, "k": 0.05})
    made, _, theta = objective(start, data)
    found, _ = matching(start, data)
    assert made.chi2(found.improve(theta)) < 0.05 * made.chi2(theta)


def test_guesses_stay_within_bounds():
    start = TURNOVER.with_parameters(
        {"V": hc.Parameter(6.0, transform="log"), "k": hc.Parameter(0.1, transform="log", bounds=(0.05, 0.3))}
    )
    (k,) = value(guess(start, courses()), "k")
    assert 0.05 <= k <= 0.3 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("readouts", "times", "usable"),
    [
        (("S", "P"), TIMES, True),
        (("S",), TIMES, False),
        (("S", "P"), TIMES[:4], False),
        (("S", "turn"), TIMES, False),
    ],
)
def test_all_states_must_be_known(readouts, times, usable):
    found, _ = matching(FREE, courses(readouts=readouts, times=times))
    assert found.usable == usable


def test_a_conserved_sum_gives_the_state_that_was_not_measured():
    closed = hc.read_sbml("model m\n S -> P; k*S - r*P; S = 3; P = 0.5; k = 1; r = 0.4\nend")
    found, _ = matching(closed, courses(closed, readouts=("S",)))
    assert found.usable
    better = guess(closed.with_values({"k": 0.2, "r": 1.0}), courses(closed, readouts=("S",), sd=0.01))
    assert_allclose(value(better, "k", "r"), [1.0, 0.4], rtol=0.1)


def test_it_is_refused_by_name_where_it_cannot_be_had():
    with pytest.raises(InvalidValueError, match="warm_start='matching' needs every state measured"):
        hc.fit(FREE, courses(readouts=["S"]), warm_start="matching", key=jr.key(0))


def test_events_are_not_matched():
    pulsed = hc.read_sbml("model m\n S -> ; k*S; S = 3; k = 1; at time > 2: S = S + 1\nend")
    found, _ = matching(pulsed, courses(pulsed, readouts=("S",)))
    assert not found.usable
