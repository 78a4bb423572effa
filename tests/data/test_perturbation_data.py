from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData, as_perturbation_data


def make(**changes):
    fields = {
        "values": [[0.0, 0.1], [-1.0, np.nan], [-2.0, 0.5], [-2.5, 0.4]],
        "readouts": ("ERK", "viability"),
        "kinds": ("protein", "phenotype"),
        "conditions": ("c0", "c1", "c2", "c3"),
        "perturbations": ("aMEK", "aBRAF"),
        "doses": [[0, 0], [0.5, 0], [0, 2], [0.5, 2]],
    }
    return PerturbationData(**(fields | changes))


def test_derived_properties():
    data = make()
    assert data.labels == ("control", "aMEK", "aBRAF", "aMEK+aBRAF")
    assert data.order.tolist() == [0, 1, 1, 2]
    assert data.is_control.tolist() == [True, False, False, False]
    assert data.observed.tolist() == [[True, True], [True, False], [True, True], [True, True]]
    assert len(data) == 4
    assert data.values.dtype == np.float64


def test_it_is_immutable_and_keeps_its_own_copy():
    values = np.zeros((4, 2))
    data = make(values=values)
    values[0, 0] = 7.0
    assert data.values[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        data.values[0, 0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.input = "strength"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.zeros((3, 2))}, r"values has shape \(3, 2\); wanted \(4, 2\)"),
        ({"doses": np.zeros((4, 3))}, r"doses has shape \(4, 3\); wanted \(4, 2\)"),
        ({"sd": np.ones((4, 1))}, r"sd has shape \(4, 1\)"),
        ({"kinds": ("protein",)}, "kinds has 1 entries; wanted one per readout, which is 2"),
        ({"context": ("a", "b")}, "context has 2 entries; wanted one per condition, which is 4"),
        ({"kinds": ("protein", "phenotyp")}, "Did you mean 'phenotype'"),
        ({"readouts": ("ERK", "ERK")}, "readout name 'ERK' is used 2 times"),
        ({"conditions": ("c0", "c1", "c1", "c3")}, "condition name 'c1' is used 2 times"),
        ({"perturbations": ("aMEK", "aMEK")}, "perturbation name 'aMEK' is used 2 times"),
        ({"perturbations": ("aMEK", "CD3+CD28")}, r"'CD3\+CD28' contains '\+'.*'CD3_CD28'"),
        ({"perturbations": ("aMEK", "control")}, "No perturbation may be called 'control'"),
        ({"perturbations": ("aMEK", " aBRAF")}, "begins or ends with a space"),
        ({"perturbations": ("aMEK", "")}, "empty perturbation name at position 1"),
        ({"perturbations": ("aMEK", "nan")}, "No perturbation may be called 'nan'"),
        ({"values": [[0, 0], [np.inf, 0], [0, 0], [0, 0]]}, "infinite at row 'c1', column 'ERK'"),
        ({"doses": [[0, 0], [np.nan, 0], [0, 2], [1, 2]]}, "NaN or infinite at row 'c1', column 'aMEK'"),
        (
            {"doses": [[0, 0], [-1, 0], [0, -2], [1, 2]]},
            "negative at row 'c1', column 'aMEK' and 1 more.*strength",
        ),
        ({"values": [["a", 0]] * 4}, "values must be numbers"),
        ({"sd": np.zeros((4, 2))}, "sd is not a positive number at row 'c0', column 'ERK' and 6 more"),
        ({"weight": [[1, 1], [1, -1], [1, 1], [1, 1]]}, "weight is not a finite number >= 0 at row 'c1'"),
        ({"time": [0, 1, np.inf, 3]}, "time of row 'c2' is infinite"),
        ({"input": "doses"}, "input is 'doses'.*Did you mean 'dose'"),
        ({"control": "implicit"}, "control is 'implicit'.*Did you mean 'implied'"),
    ],
)
def test_what_breaks_the_contract_is_refused(changes, message):
    with pytest.raises(InvalidValueError, match=message):
        make(**changes)


def test_strengths_may_be_negative_and_sd_missing_where_nothing_was_measured():
    sd = np.ones((4, 2))
    sd[1, 1] = np.nan
    data = make(doses=[[0, 0], [-0.5, 0], [0, 2], [-0.5, 2]], input="strength", sd=sd)
    assert data.labels[3] == "aMEK+aBRAF"


def test_subset_by_position_mask_and_name():
    data = make(time=[0, 1, 2, 3], context=list("aabb"), replicate=list("1212"), sd=np.ones((4, 2)))
    for rows in ([3, 1], ["c3", "c1"], [-1, -3]):
        part = data.subset(rows)
        assert part.conditions == ("c3", "c1")
        assert part.time.tolist() == [3, 1]
        assert part.context == ("b", "a")
        assert part.replicate == ("2", "2")
        assert part.sd.shape == (2, 2)
    assert data.subset(data.is_control).conditions == ("c0",)
    assert len(data.subset([])) == 0


def test_subset_refuses_what_is_not_there():
    data = make()
    with pytest.raises(UnknownNameError, match="no condition 'c9'"):
        data.subset(["c9"])
    with pytest.raises(InvalidValueError, match="there are 4 rows"):
        data.subset([4])
    with pytest.raises(InvalidValueError, match=r"mask has shape \(2,\)"):
        data.subset([True, False])


def frames():
    values = pd.DataFrame({"ERK": [0.0, -1.2], "via": [0.1, 0.2]}, index=["untreated", "drug"])
    doses = pd.DataFrame({"aMEK": [1.0, 0.0]}, index=["drug", "untreated"])
    return values, doses


def test_frames_are_matched_by_row_name():
    values, doses = frames()
    data = PerturbationData.from_frames(
        values, doses, kinds={"ERK": "protein", "via": "phenotype"}, sd=values * 0 + 1
    )
    assert data.labels == ("control", "aMEK")
    assert data.kinds == ("protein", "phenotype")


def test_frames_that_do_not_fit_are_refused():
    values, doses = frames()
    with pytest.raises(UnknownNameError, match="no row in doses 'untreated'"):
        PerturbationData.from_frames(values, doses.iloc[:1])
    with pytest.raises(UnknownNameError, match="no kind of readout 'via'"):
        PerturbationData.from_frames(values, doses, kinds={"ERK": "protein"})
    with pytest.raises(UnknownNameError, match="no column in sd 'via'"):
        PerturbationData.from_frames(values, doses, sd=values[["ERK"]])
    with pytest.raises(DataError, match="No row is the control; the labels are 'aMEK'"):
        PerturbationData.from_frames(values.iloc[1:], doses.iloc[:1])
    with pytest.raises(DataError, match="raw counts"):
        PerturbationData.from_frames((values * 0 + 350).round(), doses)
    assert (
        PerturbationData.from_frames(values.iloc[1:], doses.iloc[:1], control="implied").control == "implied"
    )


def test_percentages_of_a_phenotype_are_not_taken_for_counts():
    values, doses = frames()
    data = PerturbationData.from_frames(values * 0 + 90, doses, kinds="phenotype")
    assert data.values.max() == 90


def test_as_perturbation_data():
    data = make()
    assert as_perturbation_data(data) is data
    assert as_perturbation_data(data.to_anndata()).labels == data.labels
    with pytest.raises(InvalidValueError, match="Data are DataFrame; wanted an AnnData"):
        as_perturbation_data(pd.DataFrame())


def test_it_shows_itself():
    data = make(context=list("aabb"), time=[0, 0, 1, 1])
    assert "4 conditions: 1 control, 2 single, 1 pair" in repr(data)
    html = as_perturbation_data(data.to_anndata())._repr_html_()
    assert "87.5%" in html
    assert "read: convention" in html


@pytest.mark.parametrize("what", ["context", "replicate"])
def test_one_text_is_no_list_of_contexts(what):
    values, doses = frames()
    with pytest.raises(InvalidValueError, match=f"{what} is 'AB'; wanted a list of names"):
        PerturbationData.from_frames(values, doses, **{what: "AB"})


FIELDS = ["readouts", "kinds", "conditions", "perturbations", "context", "replicate", "dose_labels"]


@pytest.mark.parametrize("what", FIELDS)
def test_one_text_is_no_list_of_letters(what):
    fields = {
        "values": np.zeros((2, 2)),
        "readouts": ["a", "b"],
        "kinds": ["protein", "gene"],
        "conditions": ["x", "y"],
        "perturbations": ["p", "q"],
        "doses": [[0, 0], [1, 0]],
    }
    assert len(PerturbationData(**fields)) == 2
    with pytest.raises(InvalidValueError, match=f"{what} is 'cd'; wanted a list of names"):
        PerturbationData(**fields | {what: "cd"})


def test_one_text_is_no_list_of_rows():
    with pytest.raises(InvalidValueError, match="rows is 'c0'; wanted a list of names"):
        make().subset("c0")
