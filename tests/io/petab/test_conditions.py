from __future__ import annotations

import pytest

from hybridcell._core.expressions import number
from hybridcell.io.petab.conditions import conditions_version_1, conditions_version_2, no_parameter_is_set
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import parse_math
from hybridcell.io.petab.statement import Change, PetabParameter
from tests.io.petab.test_parameters import rows


def no_model():
    raise AssertionError("the model is looked at without need")


def test_version_1():
    table = rows(conditionId="a b", conditionName="x _", k="0.3 NaN", B="par NA")
    found = conditions_version_1(table, lambda: {"B"})
    assert found == {
        "a": (Change(target="k", value=number(0.3)), Change(target="B", value=parse_math("par"))),
        # a species is left as it is, a parameter gets the model's own value
        "b": (Change(target="k", value=None),),
    }
    assert conditions_version_1(rows(conditionId="a b"), no_model) == {"a": (), "b": ()}
    assert conditions_version_1(rows(conditionId="a", k="1"), no_model)["a"][0].target == "k"


def test_version_2():
    found = conditions_version_2(rows(conditionId="a b a", targetId="A A B", targetValue="A+5 1 2"))
    assert found["a"] == (Change(target="A", value=parse_math("A+5")), Change(target="B", value=number(2)))
    assert found["b"] == (Change(target="A", value=number(1)),)


def test_what_is_wrong_is_said():
    with pytest.raises(PetabError, match=r"line 3, column 'targetId'.*sets 'A' twice"):
        conditions_version_2(rows(conditionId="a a", targetId="A A", targetValue="1 2"))
    with pytest.raises(PetabError, match=r"line 2, column 'targetValue'.*empty"):
        conditions_version_2(rows(conditionId="a", targetId="A", targetValue="_"))
    with pytest.raises(PetabError, match=r"line 1, column 'a b'.*not an id"):
        conditions_version_1(rows(**{"conditionId": "a", "a b": "1"}), no_model)
    with pytest.raises(PetabError, match="there already"):
        conditions_version_1(rows(conditionId="a a"), no_model)


def test_an_id_has_one_value():
    parameters = [PetabParameter(id="k")]
    wide = rows(conditionId="a", k="1")
    with pytest.raises(PetabError, match=r"line 2, column 'k'.*parameter table too"):
        no_parameter_is_set(wide, conditions_version_1(wide, no_model), parameters)
    long = rows(conditionId="a a", targetId="A k", targetValue="1 2")
    with pytest.raises(PetabError, match=r"line 3, column 'targetId'.*parameter table too"):
        no_parameter_is_set(long, conditions_version_2(long), parameters)
