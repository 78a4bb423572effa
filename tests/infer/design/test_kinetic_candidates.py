"""Candidates of reaction networks as time courses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.infer.design.kinetic_candidates import as_time_courses

NETWORK = hc.read_sbml("A -> B; k1*A; B -> ; k2*B; A = 2; B = 0; k1 = 0.4; k2 = 0.1")


def courses(candidates, readouts=None, usual=("A",)):
    return as_time_courses(NETWORK, candidates, readouts, usual)


def asked(data):
    """Return what would be measured, row by row."""
    return [[str(name) for name in data.var_names[row]] for row in np.isfinite(np.asarray(data.X))]


def test_a_row_that_names_no_readout_measures_all():
    data, owner, names = courses([{"time": 1.0, "readout": "B"}, {"time": 2.0}], ["B", "A"])
    assert asked(data) == [["B"], ["B", "A"]]
    assert (owner.tolist(), names) == ([0, 1], ("t 1, B", "t 2"))
    data, _, names = courses(pd.DataFrame({"time": [1.0, 2.0], "readout": [None, "B"]}))
    assert [sorted(one) for one in asked(data)] == [["A"], ["B"]]
    assert names == ("t 1", "t 2, B")


def test_constants_that_a_row_does_not_set_are_left_to_the_network():
    data, _, names = courses([{"time": 1.0, "k1": 0.5}, {"time": 2.0, "k2": 3}])
    np.testing.assert_array_equal(data.obsm["doses"][["k1", "k2"]], [[0.5, np.nan], [np.nan, 3.0]])
    assert names == ("k1 0.5, t 1", "k2 3, t 2")
    assert "doses" not in courses({"time": 1.0})[0].obsm


@settings(max_examples=20)
@given(st.lists(st.sampled_from([0.5, 1.0, 2.5]), min_size=1, max_size=6))
def test_names_that_are_made_tell_all_candidates_apart(times):
    data, owner, names = courses([{"time": t} for t in times])
    assert len(set(names)) == len(names) == len(times)
    assert data.obs["time"].tolist() == times
    assert owner.tolist() == list(range(len(times)))
    for name, t in zip(names, times):
        assert name.split(" #")[0] == f"t {t:g}"


def test_rows_of_a_table_have_its_names_or_those_of_a_column():
    table = pd.DataFrame({"time": [1.0, 2.0, 3.0], "cost": [5, 5, 5]}, index=["x", "y", "z"])
    assert courses(table)[2] == ("x", "y", "z")
    data, owner, names = courses(table.assign(candidate=["late", "early", "late"]))
    assert (owner.tolist(), names) == ([0, 1, 0], ("late", "early"))
    assert data.n_obs == 3
    # rows that name none are experiments of their own
    _, owner, names = courses(table.assign(candidate=[None, "t 1", ""], time=1.0).reset_index(drop=True))
    assert (owner.tolist(), names) == ([0, 1, 2], ("t 1 #2", "t 1", "t 1 #3"))
    with pytest.raises(DataError, match="give them names of their own, or a column 'candidate'"):
        courses(table.set_axis(["x", "y", "x"]))


def test_data_as_for_a_fit_are_experiments_row_by_row():
    data = AnnData(np.full((2, 1), np.nan), obs=pd.DataFrame({"time": [1.0, 4.0]}, index=["p", "q"]))
    data.var_names = ["B"]
    data.obsm["doses"] = pd.DataFrame({"k1": [0.1, 0.2]}, index=["p", "q"])
    found, owner, names = courses(data)
    assert (asked(found), owner.tolist(), names) == ([["B"], ["B"]], [0, 1], ("p", "q"))
    assert found.obsm["doses"]["k1"].tolist() == [0.1, 0.2]
    assert asked(courses(data, ["A", "B"])[0]) == [["A", "B"]] * 2


@pytest.mark.parametrize(
    ("candidates", "readouts", "error", "words"),
    [
        ([], None, InvalidValueError, "no candidates; wanted at least one"),
        ([{"k1": 1.0}], None, DataError, 'need a "time" each'),
        ([{"time": 1.0, "K1": 1.0}], None, UnknownNameError, r"set by a candidate\) 'K1'. Did you mean 'k1'"),
        ([{"time": 1.0, "readout": "BB"}], None, UnknownNameError, "'BB'. Did you mean 'B'"),
        ([{"time": 1.0}], ["a"], UnknownNameError, "Did you mean 'A'"),
        ([{"time": 1.0}], [], InvalidValueError, "readouts is empty; name at least one"),
        ([1.0, 2.0], None, InvalidValueError, "wanted dicts"),
        (5.0, None, InvalidValueError, "Candidates are float; wanted a DataFrame, an AnnData or a list"),
    ],
)
def test_what_are_no_candidates_is_said(candidates, readouts, error, words):
    with pytest.raises(error, match=words):
        courses(candidates, readouts)
