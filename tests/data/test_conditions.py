from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import Conditions, PerturbationData, as_conditions


def test_nothing_is_one_control():
    conditions = as_conditions()
    assert conditions.names == ("control",)
    assert conditions.doses.shape == (1, 0)
    assert as_conditions({}).labels == ("control",)


def test_dicts_share_their_columns():
    conditions = as_conditions([{"aMEK": 0.5}, {"aBRAF": 1, "aMEK": 0.5}, {}, {"aMEK": 0.5}])
    assert conditions.perturbations == ("aMEK", "aBRAF")
    assert conditions.doses.tolist() == [[0.5, 0], [0.5, 1], [0, 0], [0.5, 0]]
    assert conditions.names == ("aMEK 0.5", "aMEK 0.5 + aBRAF 1", "control", "aMEK 0.5 #2")


def test_a_dict_of_dicts_names_the_conditions():
    found = as_conditions({"usual": {}, "one": {"aMEK": 0.5}, "aMEK": {"aMEK": 1.0, "aBRAF": 2.0}})
    assert found.names == ("usual", "one", "aMEK")
    assert found.perturbations == ("aMEK", "aBRAF")
    assert found.doses.tolist() == [[0, 0], [0.5, 0], [1, 2]]
    assert as_conditions({}).names == ("control",)


def test_a_frame_keeps_its_names():
    frame = pd.DataFrame({"aMEK": [0.0, -1.0]}, index=["none", "some"])
    conditions = as_conditions(frame)
    assert conditions.names == ("none", "some")
    assert conditions.labels == ("control", "aMEK")
    assert as_conditions(conditions) is conditions


def test_data_keep_time_and_context():
    data = PerturbationData(
        values=[[0.0], [1.0]],
        readouts=["ERK"],
        kinds=["protein"],
        conditions=["c0", "c1"],
        perturbations=["aMEK"],
        doses=[[0], [1]],
        time=[0, 5],
        context=["A", "B"],
    )
    for source in (data, data.to_anndata(), data.to_anndata()[[0, 1]]):
        conditions = as_conditions(source)
        assert conditions.time.tolist() == [0, 5]
        assert conditions.context == ("A", "B")
        assert conditions.doses.tolist() == [[0], [1]]


def test_an_anndata_needs_neither_values_nor_a_control():
    adata = anndata.AnnData(obs=pd.DataFrame({"condition": ["A+B", "A+ctrl"]}, index=["x", "y"]))
    assert as_conditions(adata).labels == ("A+B", "A")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("aMEK", "Conditions are str"),
        ([{"aMEK": 1}, "aBRAF"], "Conditions are list"),
        ({"aMEK": "much"}, "dose of 'aMEK' is 'much'"),
        ({"aMEK": np.nan}, "NaN or infinite"),
        ({"aMEK": np.inf}, "NaN or infinite"),
        ({"a+b": 1.0}, r"contains '\+'"),
        (pd.DataFrame({"aMEK": [1.0, 2.0]}, index=["a", "a"]), "used 2 times"),
        (pd.DataFrame({"aMEK": ["x"]}, index=["a"]), "doses must be numbers"),
    ],
)
def test_what_is_no_condition_is_refused(given, message):
    with pytest.raises(InvalidValueError, match=message):
        as_conditions(given)


def test_sizes_must_fit():
    with pytest.raises(DataError, match=r"doses has shape \(1, 2\); wanted \(1, 1\)"):
        Conditions(("a",), ("aMEK",), np.zeros((1, 2)))
    with pytest.raises(InvalidValueError, match="context has 2 entries"):
        Conditions(("a",), ("aMEK",), np.zeros((1, 1)), context=("x", "y"))


def test_it_shows_itself():
    conditions = as_conditions([{"aMEK": 0.5}, {}])
    assert repr(conditions) == "Conditions(2 conditions, perturbations: aMEK)"
    assert ">aMEK 0.5</td>" in conditions._repr_html_()
