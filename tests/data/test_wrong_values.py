"""What people pass by mistake: None for nothing, text for numbers, lists for tables."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData, split

SCREEN = PerturbationData(
    values=np.arange(6.0)[:, None], readouts=["x"], kinds=["protein"], conditions=list("abcdef"),
    perturbations=["A"], doses=np.arange(6.0)[:, None], time=[1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
)  # fmt: skip


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True, float("nan"), [0]])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(InvalidValueError, match=r"seed is .*wanted a whole number, 0 or more"):
        split(SCREEN, seed=seed)


def test_a_seed_of_numpy_is_one_too():
    one, other = split(SCREEN, seed=np.int64(3)), split(SCREEN, seed=3)
    assert one[1].conditions == other[1].conditions
    assert type(one[0].provenance["split"]["seed"]) is int


@pytest.mark.parametrize("value", ["0.3", None, [0.3], {}, float("nan"), True])
def test_numbers_of_a_split_are_numbers(value):
    with pytest.raises(InvalidValueError, match=r"test_fraction is .*wanted a number"):
        split(SCREEN, test_fraction=value)
    if not isinstance(value, str):
        with pytest.raises(InvalidValueError, match=r"dose is .*wanted a number"):
            split(SCREEN, by="dose", dose=value)
    if value is not None:
        with pytest.raises(InvalidValueError, match=r"time is .*wanted a number"):
            split(SCREEN, by="time", time=value)


def test_a_dose_in_words_is_one_of_two():
    with pytest.raises(InvalidValueError, match=r"dose is 'highst'.*Did you mean 'highest'"):
        split(SCREEN, by="dose", dose="highst")


def test_none_is_nothing_where_nothing_is_meant():
    assert hc.Drug("D", inhibits=None, activates="v").targets == ("v",)
    assert hc.Perturbation("A 1", knockout=None) == hc.Perturbation("A 1")
    with pytest.raises(InvalidValueError, match="must either inhibit or activate something"):
        hc.Drug("D", inhibits=None)


@pytest.mark.parametrize("wrong", ["RAF", 3, [("RAF", 0.8)], {"RAF"}])
@pytest.mark.parametrize("word", ["doses", "knockdown", "overexpression", "inhibition"])
def test_sizes_come_in_a_dict(word, wrong):
    with pytest.raises(InvalidValueError, match=rf"{word} is .*wanted a dict from names to numbers"):
        hc.Perturbation(**{word: wrong})


@pytest.mark.parametrize("wrong", [None, "v3", 3, ["v3"], [("v3", 0.5)]])
def test_off_targets_come_in_a_dict(wrong):
    with pytest.raises(
        InvalidValueError, match=r"off_targets of drug 'D' are .*wanted a dict from reaction to IC50"
    ):
        hc.Drug("D", inhibits="v", off_targets=wrong)


@pytest.mark.parametrize("ic50", ["much", None, [1.0], 0.0, -1.0, float("inf")])
def test_the_ic50_of_an_off_target_is_positive(ic50):
    with pytest.raises(InvalidValueError, match=r"ic50 on 'v3' of drug 'D' is .*wanted a positive number"):
        hc.Drug("D", inhibits="v", off_targets={"v3": ic50})


@pytest.mark.parametrize("ic50", [0.5, np.float32(0.5), np.array(0.5)])
def test_numbers_of_numpy_are_numbers(ic50):
    drug = hc.Drug("D", inhibits="v", off_targets={"v3": ic50})
    assert drug.off_targets == {"v3": 0.5}
    assert type(drug.off_targets["v3"]) is float
