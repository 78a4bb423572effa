"""A fit to one condition says that it can teach no network."""

from __future__ import annotations

import warnings
from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import as_perturbation_data
from hybridcell.fit.single_condition import warn_of_single_condition

KEY = jr.key(0)


@pytest.fixture(scope="module")
def screen():
    return as_perturbation_data(hc.datasets.demo(seed=0))


def _one(screen, n: int = 1):
    return screen.subset(np.flatnonzero(screen.order == 1)[:n])


@pytest.mark.parametrize("fit", [hc.fit, hc.fit_ensemble])
def test_a_fit_to_one_condition_warns_and_names_it(screen, fit):
    one = _one(screen)
    model = hc.CellBox.from_data(screen, key=KEY)
    options = {} if fit is hc.fit else {"n": 2, "calibrate": False}
    with pytest.warns(UserWarning, match="one perturbed condition") as caught:
        fitted = fit(model, one, steps=2, key=KEY, **options)
    assert repr(one.labels[0]) in str(caught[0].message)
    assert "Give more conditions" in str(caught[0].message)
    assert caught[0].filename == __file__ or fit is hc.fit_ensemble
    assert fitted.train is not None


def test_replicates_and_the_control_are_no_second_condition(screen):
    two = replace(_one(screen, 2), doses=np.repeat(_one(screen).doses, 2, axis=0))
    with pytest.warns(UserWarning, match="one perturbed condition"):
        warn_of_single_condition(two)


def test_a_condition_of_which_nothing_is_measured_does_not_count(screen):
    two = _one(screen, 2)
    values = two.values.copy()
    values[1] = np.nan
    with pytest.warns(UserWarning, match="one perturbed condition"):
        warn_of_single_condition(replace(two, values=values, sd=None))


def test_no_perturbation_at_all(screen):
    one = _one(screen)
    with pytest.warns(UserWarning, match="no perturbed condition"):
        warn_of_single_condition(replace(one, doses=np.zeros_like(one.doses)))


@pytest.mark.parametrize("change", ["another", "time", "context"])
def test_two_conditions_times_or_contexts_are_let_be(screen, change):
    data = _one(screen, 2)
    if change != "another":
        data = replace(data, doses=np.repeat(data.doses[:1], 2, axis=0))
    if change == "time":
        data = replace(data, time=np.array([1.0, 2.0]))
    if change == "context":
        data = replace(data, context=("A", "B"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_single_condition(data)
