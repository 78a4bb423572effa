"""Old and new rows of time courses together, and when fits arrive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.updating.kinetics import _arrived, _joined


def courses(values, readouts, times, doses=None, sd=None):
    index = [f"row {t:g}" for t in times]
    data = AnnData(np.array(values, float), obs=pd.DataFrame({"time": times}, index=index))
    data.var_names = readouts
    if doses is not None:
        data.obsm["doses"] = pd.DataFrame(doses, index=index)
    if sd is not None:
        data.layers["sd"] = np.full(data.shape, sd)
    return data


OLD = courses([[1, 2], [3, 4]], ["A", "B"], [1.0, 2.0], {"k1": [0.5, 0.6]}, sd=0.1)
NEW = courses([[5, 6]], ["C", "B"], [3.0], {"k2": [7.0]}, sd=0.2)


def test_rows_follow_each_other_and_what_is_not_said_is_not_a_number():
    nan = np.nan
    joint = _joined(OLD, NEW, None)
    assert joint.var_names.tolist() == ["A", "B", "C"]
    np.testing.assert_array_equal(joint.X, [[1, 2, nan], [3, 4, nan], [nan, 6, 5]])
    np.testing.assert_array_equal(joint.layers["sd"], [[0.1, 0.1, nan], [0.1, 0.1, nan], [nan, 0.2, 0.2]])
    assert joint.obs["time"].tolist() == [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(joint.obsm["doses"][["k1", "k2"]], [[0.5, nan], [0.6, nan], [nan, 7.0]])
    assert joint.obs_names.is_unique


def test_rows_without_errors_get_those_of_their_readouts():
    bare = courses([[5, 6]], ["C", "B"], [3.0])
    joint = _joined(OLD, bare, {"B": 0.4, "C": 0.3})
    np.testing.assert_array_equal(joint.layers["sd"][2], [np.nan, 0.4, 0.3])
    np.testing.assert_array_equal(joint.obsm["doses"]["k1"], [0.5, 0.6, np.nan])
    # where the old ones have none, errors are those that the fit was told or found
    assert "sd" not in _joined(bare, NEW, {}).layers
    assert "doses" not in _joined(bare, bare, {}).obsm


def test_tables_are_refused():
    with pytest.raises(InvalidValueError, match="are to be AnnData"):
        _joined(OLD, pd.DataFrame({"time": [1.0]}), None)


@pytest.mark.parametrize(
    ("warm", "cold", "wanted"),
    [
        ([5, 1.01], [9, 3, 1], (2, 3)),
        ([5, 2], [9, 1], (None, 2)),
        ([0.5], [1], (1, 1)),
        ([0], [3, 0], (1, 2)),
    ],
)
def test_fits_arrive_where_the_cold_one_ends_to_two_percent(warm, cold, wanted):
    assert _arrived(*(pd.DataFrame({"objective": np.array(each, float)}) for each in (warm, cold))) == wanted
