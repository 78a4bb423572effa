from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.mechanisms.reactions.perturbed import Times
from hybridcell.simulate.kinetics.overrides import constant_sets

DECAY = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="decay">
    <listOfCompartments><compartment id="c" size="2" constant="true"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="c" initialConcentration="3" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="k" value="0.5" constant="true"/>
      <parameter id="twice" constant="false"/>
    </listOfParameters>
    <listOfRules>
      <assignmentRule variable="twice">
        <math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><cn>2</cn><ci>A</ci></apply></math>
      </assignmentRule>
    </listOfRules>
    <listOfReactions>
      <reaction id="v" reversible="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <kineticLaw>
          <math xmlns="http://www.w3.org/1998/Math/MathML">
            <apply><times/><ci>c</ci><ci>k</ci><ci>A</ci></apply>
          </math>
        </kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>"""


@pytest.fixture(scope="module")
def decay() -> hc.ReactionNetwork:
    return hc.read_sbml(DECAY)


def test_no_conditions_means_the_networks_own_values(decay: hc.ReactionNetwork) -> None:
    names, sets = constant_sets(decay)
    assert names == ("control",)
    np.testing.assert_array_equal(sets, np.asarray(decay.values)[None])


@pytest.mark.parametrize(
    "conditions",
    [
        [{"k": 1.0}, {"A": 6.0}],
        {"fast": {"k": 1.0}, "more": {"A": 6.0}},
        pd.DataFrame({"k": [1.0, np.nan], "A": [np.nan, 6.0]}, index=["fast", "more"]),
    ],
)
def test_only_what_is_named_changes(decay: hc.ReactionNetwork, conditions: object) -> None:
    names, sets = constant_sets(decay, conditions)
    place = decay.equations.constants.index
    assert len(names) == len(set(names)) == 2
    assert sets[:, place("k")].tolist() == [1.0, 0.5]
    assert sets[:, place("A")].tolist() == [3.0, 6.0]
    assert sets[:, place("c")].tolist() == [2.0, 2.0]


def test_equal_conditions_have_distinct_names(decay: hc.ReactionNetwork) -> None:
    assert constant_sets(decay, [{"k": 1.0}, {"k": 1.0}])[0] == ("k=1 #1", "k=1 #2")


def test_an_unknown_id_names_the_nearest(decay: hc.ReactionNetwork) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'k'"):
        constant_sets(decay, {"K": 1.0})


def test_what_a_rule_computes_cannot_be_set(decay: hc.ReactionNetwork) -> None:
    with pytest.raises(InvalidValueError, match="'twice' cannot be set by a condition"):
        constant_sets(decay, {"twice": 1.0})


@pytest.mark.parametrize("conditions", [3.0, [], [{"k": "much"}], "k=1"])
def test_what_is_no_condition_is_refused(decay: hc.ReactionNetwork, conditions: object) -> None:
    with pytest.raises(InvalidValueError):
        constant_sets(decay, conditions)


@pytest.mark.parametrize("dtype", [object, float, "Float64"])
def test_a_frame_of_numbers_is_read_as_one_of_objects(decay: hc.ReactionNetwork, dtype: Any) -> None:
    frame = pd.DataFrame({"k": [1.0, 2.0], "A": [6.0, np.nan]}, index=["fast", "faster"]).astype(dtype)
    names, sets = constant_sets(decay, frame)
    k, a = (decay.equations.constants.index(id_) for id_ in ("k", "A"))
    assert names == ("fast", "faster")
    np.testing.assert_array_equal(sets[:, k], [1.0, 2.0])
    np.testing.assert_array_equal(sets[:, a], [6.0, np.asarray(decay.values)[a]])


def test_a_frame_of_numbers_with_an_unknown_column_is_refused(decay: hc.ReactionNetwork) -> None:
    with pytest.raises(UnknownNameError, match="'K'"):
        constant_sets(decay, pd.DataFrame({"K": [1.0, 2.0]}))


def test_a_column_given_twice_is_refused_and_not_dropped(decay: hc.ReactionNetwork) -> None:
    with pytest.raises(InvalidValueError, match="two columns 'k'; wanted one column per id"):
        constant_sets(decay, pd.DataFrame([[1.0, 3.0, 2.0]], columns=["k", "A", "k"]))


@pytest.mark.parametrize("dtype", [object, float])
def test_a_frame_without_rows_is_refused_as_an_empty_list_is(decay: hc.ReactionNetwork, dtype: Any) -> None:
    with pytest.raises(InvalidValueError, match="no row; wanted at least one, or None"):
        constant_sets(decay, pd.DataFrame({"k": []}, dtype=dtype))


def test_names_that_are_alike_as_text_stay_apart(decay: hc.ReactionNetwork) -> None:
    names, sets = constant_sets(decay, {1: {"k": 1.0}, "1": {"k": 2.0}})
    assert names == ("1 #1", "1 #2")
    assert sets[:, decay.equations.constants.index("k")].tolist() == [1.0, 2.0]


def test_an_empty_condition_is_the_control(decay: hc.ReactionNetwork) -> None:
    for conditions, wanted in (({}, "control"), ([{}], "control"), ({"rest": {}}, "rest")):
        names, sets = constant_sets(decay, conditions)
        assert names == (wanted,)
        np.testing.assert_array_equal(sets, np.asarray(decay.values)[None])


def test_factors_multiply_the_networks_value_whatever_the_form(decay: hc.ReactionNetwork) -> None:
    frame = pd.DataFrame({"k": [Times(3.0), 3.0], "A": [Times(0.0), np.nan]}, dtype=object)
    for conditions in (frame, [{"k": Times(3.0), "A": Times(0.0)}, {"k": 3.0}]):
        _, sets = constant_sets(decay, conditions)
        k, a = (decay.equations.constants.index(id_) for id_ in ("k", "A"))
        assert sets[:, k].tolist() == [1.5, 3.0]
        assert sets[:, a].tolist() == [0.0, 3.0]


def test_conditions_do_not_write_into_the_network(decay: hc.ReactionNetwork) -> None:
    before = np.asarray(decay.values).copy()
    _, sets = constant_sets(decay, [{"k": 1.0}, {}])
    sets[:] = -1.0
    np.testing.assert_array_equal(decay.values, before)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["k", "A", "c"]), st.floats(-1e6, 1e6), max_size=3),
        min_size=1,
        max_size=5,
    )
)
def test_dicts_and_frames_of_them_say_the_same(
    decay: hc.ReactionNetwork, rows: list[dict[str, float]]
) -> None:
    frame = pd.DataFrame(rows, index=[f"row {i}" for i in range(len(rows))], dtype=float)
    names, sets = constant_sets(decay, frame)
    assert names == tuple(frame.index)
    np.testing.assert_array_equal(sets, constant_sets(decay, rows)[1])
    np.testing.assert_array_equal(sets, constant_sets(decay, dict(zip(names, rows, strict=True)))[1])


@pytest.mark.parametrize("value", [None, [1.0], {"k": 1.0}, 1j, "1,5", "2", True, np.inf])
def test_the_value_that_is_no_number_is_named(decay: hc.ReactionNetwork, value: object) -> None:
    with pytest.raises(InvalidValueError, match=r"The value of 'k' is .*; wanted a number that is finite\."):
        constant_sets(decay, [{"A": 1.0, "k": value}])


def test_an_infinite_value_in_a_frame_is_named(decay: hc.ReactionNetwork) -> None:
    with pytest.raises(InvalidValueError, match="The value of 'k' is -inf; wanted a number that is finite"):
        constant_sets(decay, pd.DataFrame({"A": [1.0, np.nan], "k": [2.0, -np.inf]}))
