"""Text columns of other libraries, cell by cell: what is read, what is ambiguous, what is a gap."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, UnknownNameError
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.data._conventions import CONTROL_WORDS, find_column, is_missing, plain
from hybridcell.data.anndata_contract import read_time


def _screen(labels, *, kinds="gene", **columns):
    obs = pd.DataFrame({"condition": labels, **columns}, index=[f"r{i}" for i in range(len(labels))])
    values = np.linspace(0.1, 1.3, len(labels))[:, None]
    return anndata.AnnData(values, obs=obs, var=pd.DataFrame({"kind": [kinds]}, index=["x"]))


def _read(labels, *, columns=None, **options):
    return PerturbationData.from_anndata(_screen(labels, **(columns or {})), **options)


@pytest.mark.parametrize("word", CONTROL_WORDS)
def test_every_word_for_the_control_in_any_case(word):
    for spelled in (word, word.upper(), word.title()):
        found = _read([spelled, "A", "B"])
        assert found.labels == ("control", "A", "B")
        assert found.provenance["understood"]["control"] == f"{spelled!r} (1 rows)"


@pytest.mark.parametrize(
    ("doses", "sep", "wanted"),
    [
        (["0", "1+0", "1+5"], "+", [[0, 0], [1, 0], [1, 5]]),
        (["", "2", "1+5"], "+", [[0, 0], [2, 0], [1, 5]]),
        (["x", "1e+2", "1e+2+3"], "+", None),
        (["0", "1_0", "1_5"], "_", [[0, 0], [1, 0], [1, 5]]),  # to Python alone 10 and 15
        (["0", "1_0", "1+5"], "_", [[0, 0], [1, 0], [1, 5]]),
        ([0.0, 1.5, "1;5"], ";", [[0, 0], [1.5, 0], [1, 5]]),
    ],
)
def test_doses_as_text(doses, sep, wanted):
    labels = ["ctrl", f"A{sep}ctrl", f"A{sep}B"]
    if wanted is None:
        with pytest.raises(DataError, match="not numbers joined by"):
            _read(labels, columns={"dose_val": doses}, sep=sep)
        return
    found = _read(labels, columns={"dose_val": doses}, sep=sep)
    assert found.perturbations == ("A", "B")
    assert found.doses.tolist() == wanted


def test_an_underscore_that_joins_names_is_not_part_of_a_number():
    """ "A_B" at "1_5": 1 of A and 5 of B, not 15 of one."""
    found = _read(["ctrl", "A_B"], columns={"dosage": ["0", "1_5"]}, sep="_")
    assert found.doses.tolist() == [[0.0, 0.0], [1.0, 5.0]]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ([0, 1, 2], [0.0, 1.0, 2.0]),
        (["0", " 1.5 ", "1e1"], [0.0, 1.5, 10.0]),
        ([0.0, None, 2.0], [0.0, np.nan, 2.0]),
        (pd.array([0.0, pd.NA, 2.0], dtype="Float64"), [0.0, np.nan, 2.0]),
        (pd.array([0, pd.NA, 2], dtype="Int64"), [0.0, np.nan, 2.0]),
        (pd.Categorical(["0", "3", "3"]), [0.0, 3.0, 3.0]),
        (["0", "", "<NA>"], [0.0, np.nan, np.nan]),
    ],
)
def test_times_in_any_column_gaps_are_steady_states(times, wanted):
    found = read_time(pd.DataFrame({"time": times}), None)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("times", [["0", "24h"], ["0", "1_2"], ["0", "late"], ["1,5", "2"]])
def test_times_that_are_no_numbers_are_told(times):
    with pytest.raises(DataError, match=r"obs\['time'\] is not numeric .*wanted plain|Wanted plain numbers"):
        read_time(pd.DataFrame({"time": times}), None)


def test_a_column_of_gaps_is_no_time_unless_it_is_named():
    gaps = pd.DataFrame({"time": [np.nan, np.nan], "hours": [1, 2]})
    assert read_time(gaps, None) is None
    assert read_time(gaps, "hours").tolist() == [1.0, 2.0]
    with pytest.raises(UnknownNameError, match=r"'hour'.*Did you mean 'hours'.*argument time="):
        read_time(gaps, "hour")


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([None, "", " ", "nan", "NaN", "<NA>", np.nan, pd.NA, "NA", "None", "NAN", "0"], [1] * 8 + [0] * 4),
        (pd.Categorical(["a", None]), [0, 1]),
    ],
)
def test_what_is_a_gap(cells, wanted):
    assert is_missing(pd.Series(cells)).tolist() == [bool(w) for w in wanted]


@pytest.mark.parametrize(("word", "options"), [("DMSO", {}), ("None", {"control": "None"})])
def test_nothing_in_each_of_two_joined_columns_is_the_control(word, options):
    labels = [f"{word}+{word}", f"A+{word}", f"{word}+B", "A+B"]
    found = _read(labels, columns={"dose": ["0+0", "1+0", "0+2", "1+2"]}, **options)
    assert found.labels == ("control", "A", "B", "A+B")
    assert found.doses.tolist() == [[0, 0], [1, 0], [0, 2], [1, 2]]
    assert found.provenance["understood"]["control"] == f"{word!r} (1 rows)"


def test_two_columns_that_agree_are_one_and_two_that_differ_are_asked_about():
    obs = pd.DataFrame({"perturbation": ["A", "B"], "condition": ["A", "B"], "target_gene": [None, None]})
    names = ("perturbation", "condition", "target_gene")
    assert find_column(obs, names, "perturbation") == "perturbation"
    assert find_column(obs, ("absent",), "perturbation") is None
    obs.loc[1, "condition"] = "C"
    with pytest.raises(DataError, match="perturbation='perturbation' or perturbation='condition'"):
        find_column(obs, names, "perturbation")


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["A", "B"], {}, "No row is the control; the labels are 'A', 'B'.*control='implied'"),
        (["ctrl", "DMSO", "A"], {}, "Several labels could be the control: 'DMSO', 'ctrl'"),
        (["ctrl", "A", "B", "A_B"], {}, r"'A_B' looks like the combination of 'A' and 'B'.*sep='_'"),
        (["ctrl", "A;B", "A", "B"], {}, "sep=';'"),
        (["ctrl", None, "A"], {}, "empty .NaN. in 1 row.s., first .'r1'.*keep_default_na=False"),
        (["ctrl", "x+y"], {}, None),
        (["ctrl", "x"], {}, None),
        (["c0", "A"], {"control": "c1"}, "no control 'c1'.*Did you mean 'c0'"),
        (["c0", "A+c1"], {"control": "c1"}, "No row is the control"),
    ],
)
def test_labels_with_more_than_one_reading_are_refused(labels, options, message):
    if message is None:
        assert _read(labels, **options).labels[0] == "control"
        return
    with pytest.raises((DataError, UnknownNameError), match=message):
        _read(labels, **options)


def test_a_readout_whose_name_holds_the_separator():
    adata = _screen(["ctrl", "HLA+DR"])
    adata.var_names = ["HLA+DR"]
    with pytest.raises(DataError, match="the separator is inside a name"):
        PerturbationData.from_anndata(adata)
    assert as_conditions(adata[:1]).labels == ("control",)


names = st.lists(st.sampled_from(["A", "B", "C", "D"]), min_size=1, max_size=3, unique=True)


@settings(max_examples=30)
@given(st.lists(names, min_size=1, max_size=5), st.sampled_from(["+", ";", "|", " and "]), st.data())
def test_combinations_come_back_whatever_joins_them(rows, sep, data):
    amounts = [
        data.draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=len(r), max_size=len(r))) for r in rows
    ]
    labels = ["ctrl", *(sep.join(row) for row in rows)]
    doses = ["0", *(sep.join(map(str, one)) for one in amounts)]
    found = _read(labels, columns={"dose": doses}, sep=sep)
    assert found.perturbations == tuple(sorted({name for row in rows for name in row}))
    for row, one, given_doses in zip(rows, amounts, found.doses[1:]):
        assert {n: d for n, d in zip(found.perturbations, given_doses) if d} == dict(zip(row, one))


@settings(max_examples=40)
@given(
    st.recursive(
        st.integers() | st.floats(allow_nan=False) | st.text(max_size=3) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
        max_leaves=6,
    )
)
def test_plain_values_stay_as_they_are(value):
    assert plain(value) == value
    assert plain((value, np.array([1.5, 2.5]), np.int64(3))) == [value, [1.5, 2.5], 3]


@pytest.mark.parametrize("other", ["tgfa", "TGF-a", "TGF a", "tgf_A"])
def test_two_spellings_of_one_name_are_warned_of(other):
    obs = pd.DataFrame({"perturbation": ["control", "TGFa", f"{other}+EGF"]}, index=list("abc"))
    with pytest.warns(UserWarning, match=f"'{other}'.*are two perturbations here"):
        PerturbationData.from_anndata(anndata.AnnData(np.zeros((3, 1)), obs=obs))


def test_names_with_other_numbers_are_others(recwarn):
    obs = pd.DataFrame({"perturbation": ["control", "TGFB1", "TGFB2", "IL-1", "IL-11"]}, index=list("abcde"))
    PerturbationData.from_anndata(anndata.AnnData(np.zeros((5, 1)), obs=obs))
    assert not recwarn.list
