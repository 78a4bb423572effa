from __future__ import annotations

import math

import pytest

from hybridcell._core.expressions import number
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.experiments import experiments_version_1, experiments_version_2
from hybridcell.io.petab.statement import Change, Period
from tests.io.petab.test_parameters import rows

ONE, TWO = Change(target="k", value=number(1)), Change(target="A", value=number(2))
CONDITIONS = {"a": (ONE,), "b": (TWO,), "c": (ONE,), "a__b": ()}


def test_version_1():
    table = rows(
        preequilibrationConditionId="_ a _ a _", simulationConditionId="b b b a a__b",
    )  # fmt: skip
    found, places = experiments_version_1(table, CONDITIONS)
    assert places == [0, 1, 0, 2, 3]
    # two names that would be the same
    assert [experiment.id for experiment in found] == ["b", "a__b", "a__a", "a__b_2"]
    assert found[0].periods == (Period(time=0.0, changes=(TWO,), conditions=("b",)),)
    assert found[1].periods == (
        Period(time=-math.inf, changes=(ONE,), conditions=("a",)),
        Period(time=0.0, changes=(TWO,), conditions=("b",)),
    )


def test_version_2():
    table = rows(experimentId="e e f e e", time="10 10 0 -inf 5", conditionId="b a a c _")
    e, f = experiments_version_2(table, CONDITIONS)
    assert [period.time for period in e.periods] == [-math.inf, 5, 10]
    assert e.periods[2] == Period(time=10.0, changes=(TWO, ONE), conditions=("b", "a"))
    assert e.periods[1] == Period(time=5.0)
    assert f.id == "f"


@pytest.mark.parametrize(
    ("column", "changed", "words"),
    [
        ("time", {"time": "0 x"}, "'x' is not a number"),
        ("time", {"time": "0 inf"}, "no time of a period"),
        ("time", {"time": "0 _"}, "empty"),
        ("conditionId", {"conditionId": "a d"}, "no condition 'd'"),
        ("conditionId", {"conditionId": "a a"}, "there twice"),
        ("conditionId", {"conditionId": "a c"}, "two conditions set 'k'"),
        ("experimentId", {"experimentId": "e _"}, "empty"),
    ],
)
def test_what_is_wrong_is_said(column, changed, words):
    table = rows(**({"experimentId": "e e", "time": "0 0", "conditionId": "a b"} | changed))
    with pytest.raises(PetabError, match=words) as caught:
        experiments_version_2(table, CONDITIONS)
    assert (caught.value.row, caught.value.column) == (3, column)


def test_unknown_conditions_of_version_1():
    with pytest.raises(PetabError, match=r"column 'simulationConditionId'.*no condition 'z'"):
        experiments_version_1(rows(simulationConditionId="z"), CONDITIONS)
    with pytest.raises(PetabError, match=r"column 'preequilibrationConditionId'.*no condition 'z'"):
        experiments_version_1(rows(preequilibrationConditionId="z", simulationConditionId="a"), CONDITIONS)
