"""Times and contexts beside two tables: which row they belong to, and in which unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import DataError
from hybridcell.data import PerturbationData
from hybridcell.data._row_entries import in_row_order, times_of

ROWS = ["untreated", "low", "high"]
VALUES = pd.DataFrame({"MEK": [0.0, -0.6, -0.9]}, index=ROWS)
DOSES = pd.DataFrame({"aMEK": [0.0, 0.5, 1.0]}, index=ROWS)


def screen(**entries):
    return PerturbationData.from_frames(VALUES, DOSES, **entries)


def test_a_series_indexed_by_row_names_is_matched_by_name():
    turned = ROWS[::-1]
    data = screen(
        time=pd.Series([2.0, 1.0, 0.0], index=turned),
        context=pd.Series(["c", "b", "a"], index=turned),
        replicate=pd.Series(["3", "2", "1"], index=turned),
    )
    assert data.time.tolist() == [0.0, 1.0, 2.0]
    assert data.context == ("a", "b", "c")
    assert data.replicate == ("1", "2", "3")


@pytest.mark.parametrize("entries", [[3, 1, 2], (3, 1, 2), np.array([3, 1, 2]), pd.Series([3, 1, 2])])
def test_entries_without_names_are_taken_as_they_stand(entries):
    assert screen(time=entries).time.tolist() == [3, 1, 2]


def test_the_numbers_that_pandas_gives_to_rows_are_names_where_rows_have_them_too():
    series = pd.Series(["x", "y"], index=[1, 0])
    assert list(in_row_order("context", series, ["0", "1"])) == ["y", "x"]


@pytest.mark.parametrize("index", [["untreated", "low", "middle"], ["untreated", "low", "low"]])
def test_a_series_for_other_rows_is_refused(index):
    with pytest.raises(DataError, match=r"context is a Series with a row for some.*row names of values"):
        screen(context=pd.Series(["a", "b", "c"], index=index))


@pytest.mark.parametrize(
    ("times", "found"),
    [
        (["0h", "24h", "48h"], "'0h'"),
        (["0", "30 min", "2 h"], "'30 min'"),
        (pd.Series(pd.to_timedelta([0, 30, 60], unit="min")), "timedelta64"),
        (pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]), "datetime64"),
    ],
)
def test_times_with_units_are_refused_with_what_turns_them(times, found):
    with pytest.raises(DataError, match=rf"time is not numeric \(.*{found}.*pd.to_timedelta"):
        screen(time=times)


def test_what_the_message_says_turns_texts_into_hours():
    hours = pd.to_timedelta(["0h", "24h", "30 min"]) / pd.Timedelta("1h")
    assert times_of("time", hours).tolist() == [0.0, 24.0, 0.5]


def test_one_time_for_all_rows_is_refused():
    with pytest.raises(DataError, match=r"time has shape \(1,\); wanted \(3,\)"):
        screen(time=24.0)


def test_gaps_are_steady_states_and_numbers_may_be_text():
    np.testing.assert_array_equal(
        times_of("time", [1.5, None, "2", np.nan, ""]), [1.5, np.nan, 2, np.nan, np.nan]
    )
