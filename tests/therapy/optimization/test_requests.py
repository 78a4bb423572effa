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
        (lambda: requests.check_risk("cvar", "0.2"), InvalidValueError, "tail is '0.2'; wanted a share"),
        (lambda: requests.check_risk("cvar", float("nan")), InvalidValueError, "tail is nan"),
        (lambda: requests.check_risk("cvra", 0.2), InvalidValueError, "Did you mean 'cvar'"),
        (
            lambda: requests.check_names(model(), ["growth", "a"], ["a"], healthy=True),
            InvalidValueError,
            "healthy model's readout 'a' is a drug, on which nothing acts; .* Doses have their own bounds",
        ),
        (lambda: requests.read_budget(True), InvalidValueError, "budget is True; wanted a positive number"),
        (lambda: requests.read_budget(np.inf), InvalidValueError, "or None for no budget"),
        (lambda: requests.read_costs({"a": "1"}, ["a"]), InvalidValueError, "cost of 'a' is '1'"),
        (lambda: requests.read_costs({"a": True}, ["a"]), InvalidValueError, "cost of 'a' is True"),
        (
            lambda: requests.read_limits(["a"], 0, "limits"),
            InvalidValueError,
            "limits is .'a'.; wanted a dict",
        ),
        (lambda: requests.read_limits({"a": "low"}, 0, "x"), InvalidValueError, r"x\['a'\] is 'low'; wanted"),
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


def test_the_healthy_system_brings_limits_of_its_own():
    limits, healthy_limits = {"stress": (None, 0.4)}, {"growth": (-0.1, None)}
    ensembles, asked = requests.read_systems(model(), ensemble(), limits, healthy_limits)
    assert [one.n for one in ensembles] == [1, ensemble().n]
    assert requests.readouts_of(0, "growth", asked) == ["growth", "stress"]
    assert requests.readouts_of(1, "growth", asked) == ["growth"]
    assert requests.readouts_of(1, "growth", asked[:1]) == []
    with pytest.raises(InvalidValueError, match="without a healthy model"):
        requests.read_systems(model(), None, limits, healthy_limits)


def test_limits_that_are_missed_are_named_with_the_size_of_the_miss():
    asked = requests.read_limits({"stress": (-0.1, 0.4)}, 0, "limits")
    assert requests.broken_limits(asked, [0.25, 0.0]) == "stress <= 0.4 (missed by 0.25)"
    assert requests.broken_limits(asked, [0.0, 0.0]) == "none"
