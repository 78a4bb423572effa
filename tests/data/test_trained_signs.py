"""Negative doses of a model trained on doses, and strengths of a sign it never saw."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.data.trained_signs import check_trained_signs

NETWORK = hc.CellBox(["ERK", "aMEK", "EGF"], ["protein", "drug", "drug"], [[0, 0.8, 0.3], [0] * 3, [0] * 3])


def _train(doses, input: str) -> PerturbationData:
    doses = np.asarray(doses, dtype=float)
    return PerturbationData(
        values=np.zeros((len(doses), 1)), readouts=["ERK"], kinds=["protein"],
        conditions=[f"c{i}" for i in range(len(doses))], perturbations=["aMEK", "EGF"], doses=doses,
        input=input, control="implied",
    )  # fmt: skip


def _fitted(train: PerturbationData, kind: str):
    if kind == "fit":
        return hc.Fit(model=NETWORK, result="success", loss=0.0, train=train)
    return hc.Ensemble.from_models([NETWORK, NETWORK], train=train)


@pytest.mark.parametrize("kind", ["fit", "ensemble"])
def test_a_negative_dose_is_refused_by_condition_drug_and_dose(kind):
    fitted = _fitted(_train([[1, 0], [0, 1]], "dose"), kind)
    with pytest.raises(InvalidValueError) as caught:
        hc.predict(fitted, [{"aMEK": 1.0}, {"aMEK": -0.5, "EGF": 1.0}])
    text = str(caught.value)
    assert "'aMEK -0.5 + EGF 1'" in text
    assert "the dose -0.5 of 'aMEK'" in text
    assert "Give 0.5" in text
    assert "input='strength'" in text


@pytest.mark.parametrize(("sign", "word"), [(-1.0, "negative"), (1.0, "positive")])
def test_a_strength_of_a_new_sign_is_a_warning(sign, word):
    fitted = _fitted(_train([[sign, 0], [2 * sign, 0]], "strength"), "fit")
    with pytest.warns(UserWarning, match=f"{word} throughout") as caught:
        found = hc.predict(fitted, {"aMEK": -0.5 * sign})
    assert np.isfinite(found.X).all()
    assert f"Was {0.5 * sign:g} meant?" in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("trained", "asked"),
    [
        ([[-1, 0], [1, 0]], {"aMEK": -0.5}),  # both signs, as of logarithms of doses
        ([[-1, 0], [1, 0]], {"aMEK": 0.5}),
        ([[1, 0], [2, 0]], {"aMEK": 0.5}),
        ([[1, 0], [2, 0]], {"EGF": -0.5}),  # never given in training
        ([[1, 0], [2, 0]], {}),
    ],
)
def test_what_training_had_is_let_be(trained, asked):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_trained_signs(as_conditions(asked), _train(trained, "strength"))
        hc.predict(_fitted(_train(trained, "strength"), "fit"), asked)


def test_words_and_bare_models_are_let_be():
    fitted = _fitted(_train([[1, 0], [2, 0]], "dose"), "fit")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        knocked = hc.predict(fitted, ["ERK knockdown 50%"])
        assert hc.predict(NETWORK, {"aMEK": -1.0}).X[0, 0] < 0
    assert knocked.X[0, 0] < 0


def test_all_wrong_conditions_are_counted():
    train = _train([[1, 0], [2, 0]], "dose")
    with pytest.raises(InvalidValueError, match=r"\(and 2 more conditions\)"):
        check_trained_signs(as_conditions([{"aMEK": -d} for d in (1.0, 2.0, 3.0)]), train)
    check_trained_signs(as_conditions({"aMEK": 3.0}), replace(train, input="strength"))
