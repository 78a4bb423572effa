"""Data of a reaction network: what is read, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.fit.kinetics.measurements import read_measurements
from tests.fit.kinetics.courses import TIMES, TURNOVER, courses

DOSES = ({}, {"k": 0.2}, {"S": 1.0, "k": 0.9})


def read(data, **options):
    return read_measurements(TURNOVER, data, **options)


def facts(measured):
    """Return every measurement with its condition, in an order of its own."""
    rows = zip(
        measured.readout, measured.time, measured.value, measured.sd, measured.settings[measured.condition]
    )
    return sorted(
        (measured.readouts[r], t, v, s, tuple(np.nan_to_num(c, nan=-1.0))) for r, t, v, s, c in rows
    )


def test_every_number_is_a_measurement():
    data = courses(conditions=DOSES)
    found = read(data)
    assert len(found) == 3 * len(TIMES) * 2
    assert found.readouts == ("S", "P")
    assert_allclose(found.times, TIMES)
    assert found.end == 6.0
    assert found.ids == ("S", "k")
    assert sorted(map(tuple, (c.items() for c in found.conditions)), key=len) == sorted(
        (tuple(sorted(c.items())) for c in DOSES), key=len
    )
    for i in (0, 17, 50):
        row, column = found.row[i], found.readout[i]
        assert found.value[i] == data.X[row, column]
        assert found.time[i] == data.obs["time"].iloc[row]
        assert_array_equal(found.settings[found.condition[i]], data.obsm["doses"].iloc[row])


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_and_columns_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    data = courses(conditions=DOSES)
    data.X[rng.random(data.shape) < 0.3] = np.nan
    shuffled = data[rng.permutation(data.n_obs), rng.permutation(2)].copy()
    assert facts(read(shuffled)) == facts(read(data))


def test_missing_entries_are_left_out():
    data = courses()
    data.X[2, 0] = data.X[5] = np.nan
    data.layers["sd"][5] = np.nan
    found = read(data)
    assert len(found) == data.X.size - 3
    assert not ((found.row == 2) & (found.readout == 0)).any()
    assert 5 not in found.row


def test_constants_are_those_of_conditions():
    found = read(courses(conditions=DOSES))
    own = np.asarray(TURNOVER.values)
    names = TURNOVER.equations.constants
    for settings_, constants in zip(found.conditions, found.constants(TURNOVER)):
        wanted = own.copy()
        for id, value in settings_.items():
            wanted[names.index(id)] = value
        assert_array_equal(constants, wanted)


def test_replicates_share_a_condition_and_a_time():
    data = courses(conditions=({"k": 0.2}, {"k": 0.2}))
    found = read(data)
    assert len(found.settings) == 1
    assert len(found.times) == len(TIMES)
    assert len(found) == data.X.size


def test_errors_come_from_the_layer_the_option_or_a_first_guess():
    data = courses(sd=None)
    assert read(courses(sd=0.3)).sd_known
    assert_allclose(read(courses(sd=0.3)).sd, 0.3)
    assert_allclose(read(data, sd=0.2).sd, 0.2)
    named = read(data, sd={"P": 0.1, "S": 0.2})
    assert named.sd_known
    assert_allclose(named.sd, np.where(named.readout == 0, 0.2, 0.1))
    guessed = read(data)
    assert not guessed.sd_known
    assert_allclose(guessed.sd[guessed.readout == 0], 0.1 * np.ptp(np.asarray(data.X)[:, 0]))


def test_a_readout_that_never_changes_has_an_error_too():
    data = courses(sd=None)
    data.X[:, 0] = 2.0
    assert (read(data).sd > 0).all()
    data.X[:, 0] = 0.0
    assert (read(data).sd > 0).all()


def test_a_readout_that_was_never_measured_is_left_out():
    data = courses(sd=None)
    data.X[:, 0] = np.nan
    found = read(data)
    assert {*found.readout} == {1}


def test_a_subset_keeps_conditions_and_times():
    found = read(courses(conditions=DOSES))
    part = found.subset(found.condition == 1)
    assert len(part) == 2 * len(TIMES)
    assert part.times is found.times
    assert part.settings is found.settings


def _no_time(data):
    del data.obs["time"]


def _time(value):
    def change(data):
        data.obs["time"] = data.obs["time"].astype(object)
        data.obs.loc["r3", "time"] = value

    return change


def _readout(data):
    data.var_names = ["S", "Q"]


def _missing(data):
    data.X[:] = np.nan


def _sd(value):
    def change(data):
        data.layers["sd"][4, 1] = value

    return change


def _value(value):
    def change(data):
        data.X[4, 1] = value

    return change


def _dose(data):
    data.obsm["doses"] = pd.DataFrame({"kk": np.ones(data.n_obs)}, index=data.obs_names)


def _array(data):
    data.obsm["doses"] = np.ones((data.n_obs, 1))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (_no_time, DataError, r'needs times: obs\["time"\]'),
        (_time(np.nan), DataError, "time of row 'r3' is not a finite number from 0 on"),
        (_time(-1.0), DataError, "time of row 'r3'"),
        (_time(np.inf), DataError, "time of row 'r3'"),
        (_time("late"), DataError, r'obs\["time"\] holds something that is no number'),
        (_readout, UnknownNameError, r"no id of the network \(named by the data's readouts\) 'Q'"),
        (_missing, DataError, "nothing to fit: every entry of the data is missing"),
        (_sd(-0.1), DataError, r'layers\["sd"\] must be positive wherever a value is measured'),
        (_sd(1e-310), DataError, "An error is 1e-310: too small"),
        (_sd(0.0), DataError, "must be positive"),
        (_sd(np.nan), DataError, "must be positive"),
        (_dose, UnknownNameError, r"no constant of the network \(a column of obsm\[.doses.\]\) 'kk'"),
        (_array, DataError, r'obsm\["doses"\] has no column names'),
        (_value(np.inf), DataError, "value of 'P' in row 'r4' is inf; wanted a number, or NaN"),
        (_value(-np.inf), DataError, "value of 'P' in row 'r4' is -inf"),
    ],
)
def test_bad_data_are_refused(change, error, message):
    data = courses()
    change(data)
    with pytest.raises(error, match=message):
        read(data)


@pytest.mark.parametrize(
    ("sd", "error", "message"),
    [
        ({"S": 0.1}, InvalidValueError, "sd names no error for 'P'"),
        ({"S": 0.1, "P": 0.1, "Q": 1}, UnknownNameError, r"no readout \(named in sd\) 'Q'"),
        (-1.0, DataError, "^sd must be positive"),
        (0.0, DataError, "^sd must be positive"),
        ({"S": 0.1, "P": -0.1}, DataError, "^sd must be positive"),
        ({"S": 0.1, "P": "small"}, InvalidValueError, "wanted a positive number, one per readout, or None"),
        ([0.1, 0.1], InvalidValueError, r"sd is \[0.1, 0.1\]; wanted"),
    ],
)
def test_bad_errors_are_refused(sd, error, message):
    with pytest.raises(error, match=message):
        read(courses(sd=None), sd=sd)


def test_an_infinite_dose_is_refused():
    data = courses(conditions=({"k": 0.2}, {}))
    data.obsm["doses"].iloc[3, 0] = np.inf
    with pytest.raises(DataError, match="doses"):
        read(data)


def test_a_sparse_layer_of_errors_is_read_like_any_other():
    data = courses()
    data.layers["sd"] = csr_matrix(data.layers["sd"])
    assert_allclose(read(data).sd, 0.05)


def test_what_is_no_anndata_is_refused():
    with pytest.raises(InvalidValueError, match="AnnData"):
        read({"S": [1.0, 2.0]})


def test_doses_that_are_no_numbers_are_refused():
    data = courses(conditions=({"k": 0.2},))
    data.obsm["doses"] = data.obsm["doses"].astype(object)
    data.obsm["doses"].iloc[0, 0] = "high"
    with pytest.raises(DataError, match="doses"):
        read(data)


def test_a_dose_of_0_that_changes_the_network_is_warned_of():
    """In a screen 0 is "not given", in a time course of reactions a value."""
    table = pd.DataFrame({"S": [1.0, 0.7]}, index=["a", "b"])
    given = {"V": [0.0, 2.0]}
    screen = PerturbationData.from_frames(table, pd.DataFrame(given, index=["a", "b"]), time=[1.0, 1.0])
    own = float(TURNOVER.values[TURNOVER.equations.constants.index("V")])
    with pytest.warns(UserWarning, match=rf"The dose of 'V' is 0 in 1 rows: .* the network has {own:g}"):
        found = read_measurements(TURNOVER, screen)
    assert 0.0 in found.settings
    read_measurements(TURNOVER.with_values({"V": 0.0}), screen)  # nothing to warn of
    read_measurements(TURNOVER, screen.to_anndata())  # what an AnnData says is meant
