from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.mechanisms.doses.reading import (
    check_doses,
    distinct_drugs,
    per_drug,
    read_off_targets,
    read_targets,
)

DRUGS = ("MEKi", "RAFi")


def test_numbers_come_one_for_all_by_name_or_one_each():
    assert per_drug("ec50", 2.0, DRUGS).tolist() == [2.0, 2.0]
    assert per_drug("ec50", {"RAFi": 3.0, "MEKi": 1.0}, DRUGS).tolist() == [1.0, 3.0]
    assert per_drug("ec50", [1.0, 3.0], DRUGS).tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"MEKi": 1.0}, "nothing about RAFi"),
        ([1.0], "shape"),
        ("much", "wanted numbers"),
        (0.0, "above 0"),
        (np.nan, "finite"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(given, says):
    with pytest.raises(InvalidValueError, match=says):
        per_drug("ec50", given, DRUGS, above=0.0)


def test_unknown_drugs_are_told_with_the_nearest():
    for read in (
        lambda: per_drug("ec50", {"MEKI": 1.0}, DRUGS),
        lambda: read_targets({"MEKj": "MEK"}, DRUGS),
        lambda: read_off_targets({"MEKk": ["ERK"]}, DRUGS),
    ):
        with pytest.raises(UnknownNameError, match="Did you mean 'MEKi'"):
            read()


@pytest.mark.parametrize("drugs", ["MEKi", [], ["a", "a"], [""]])
def test_names_of_drugs_are_a_list_without_repeats(drugs):
    with pytest.raises(InvalidValueError):
        distinct_drugs(drugs)


def test_targets_are_one_node_each_that_is_no_drug():
    assert read_targets({"RAFi": "RAF"}, DRUGS) == (None, "RAF")
    for wrong in ({"RAFi": ["RAF", "ERK"]}, {"RAFi": "MEKi"}, [("RAFi", "RAF")]):
        with pytest.raises(InvalidValueError):
            read_targets(wrong, DRUGS)


def test_off_targets_are_all_none_or_lists():
    assert read_off_targets(True, DRUGS) == (None, None)
    assert read_off_targets(False, DRUGS) == ((), ())
    assert read_off_targets({"RAFi": ["ERK"]}, DRUGS) == ((), ("ERK",))
    for wrong in ("ERK", {"RAFi": "ERK"}):
        with pytest.raises(InvalidValueError):
            read_off_targets(wrong, DRUGS)


def test_negative_and_missing_doses_are_refused_with_drug_and_row():
    check_doses(DRUGS, np.array([[0.0, 1.0]]))
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(InvalidValueError, match="'RAFi' in row 1"):
            check_doses(DRUGS, np.array([[0.0, 1.0], [0.0, bad]]))
