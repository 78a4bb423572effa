"""Settings of a fit: what is taken, and what is refused before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.kinetics.settings import network_settings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("horizon", None, "horizon is None; wanted growing shares"),
        ("horizon", 0.5, "horizon is 0.5"),
        ("horizon", "abc", "horizon is 'abc'"),
        ("horizon", (0.0, 1.0), r"horizon is \(0.0, 1.0\)"),
        ("horizon", (True,), r"horizon is \(True,\)"),
        ("horizon", (np.nan, 1.0), "horizon is"),
        ("solve", "euler", "solve is 'euler'; wanted a Solve"),
        ("solve", hc.Solve(backend="numpy"), "the NumPy backend has none; take 'jax'"),
        ("noise", "log_normal", "Did you mean 'log-normal'"),
        ("method", "LM", "wanted one of 'lm', 'adam'"),
        ("warm_start", None, "warm_start is None"),
        ("iterations", 2.0, "iterations is 2.0; wanted a whole number, at least 1"),
        ("retries", -1, "retries is -1; wanted a whole number, at least 0"),
        ("segments", 1, "segments is 1; wanted a whole number, at least 2"),
        ("batch", 0, "batch is 0; wanted a number of conditions, or None for all"),
        ("penalty", np.inf, "penalty is inf"),
        ("penalty", True, "penalty is True"),
        ("learning_rate", {"neural": 0.0}, "learning_rate is 0.0; wanted a positive number"),
        ("learning_rate", None, "learning_rate is None"),
    ],
)
def test_what_is_refused(name, value, message):
    with pytest.raises(InvalidValueError, match=message):
        network_settings({name: value})


def test_names_that_are_none_are_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"'iteration'.*Did you mean 'iterations'"):
        network_settings({"iteration": 3})
    with pytest.raises(UnknownNameError, match=r"'neurals'.*Did you mean 'neural'"):
        network_settings({"learning_rate": {"neurals": 0.1}})


def test_rates_of_the_parts():
    one, both = network_settings({"learning_rate": 0.3}), network_settings({"learning_rate": {"neural": 0.3}})
    assert [one.rate_of(part) for part in ("mechanism", "neural")] == [0.3, 0.3]
    assert [both.rate_of(part) for part in ("mechanism", "neural")] == [0.01, 0.3]


def test_numbers_of_numpy_are_numbers_and_no_solve_is_the_usual_one():
    found = network_settings(
        {"horizon": np.array([0.25, 1.0]), "steps": np.int64(3), "penalty": np.float32(1), "solve": None}
    )
    assert found.steps == 3
    assert found.solve == network_settings({}).solve
