"""Requests are read, and mistakes in them told."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.therapy.optimization import requests
from tests.therapy.optimization.problems import ensemble, model


def test_limits_are_one_sided():
    found = requests.read_limits({"stress": (-0.1, 0.4), "growth": (None, 1)}, 1, "healthy_limits")
    assert [one.text for one in found] == [
        "stress <= 0.4 (healthy)", "stress >= -0.1 (healthy)", "growth <= 1 (healthy)",
    ]  # fmt: skip
    assert requests.read_limits(None, 0, "limits") == []


def test_costs_and_budget_have_defaults():
    assert requests.read_costs({"b": 3.0}, ["a", "b"]).tolist() == [1.0, 3.0]
    assert requests.read_budget(None) == np.inf
    assert requests.as_ensemble([model()]).n == 1
    assert requests.as_ensemble(ensemble()) is ensemble()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: requests.read_aim("a", "b"), InvalidValueError, "one of minimize="),
        (lambda: requests.check_count("n_starts", True), InvalidValueError, "n_starts is True"),
        (lambda: requests.check_risk("cvar", 2.0), InvalidValueError, "tail is 2"),
        (lambda: requests.read_costs({"c": 1.0}, ["a"]), UnknownNameError, "in costs"),
        (lambda: requests.read_limits(None, 1, "x", needed=True), InvalidValueError, "say what is toxic"),
        (
            lambda: requests.check_names(model(), ["groth"], ["a"], healthy=True),
            UnknownNameError,
            "healthy model's readout 'groth'. Did you mean 'growth'",
        ),
    ],
)
def test_mistakes_are_told(call, error, message):
    with pytest.raises(error, match=message):
        call()
