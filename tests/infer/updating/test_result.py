import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError
from hybridcell.data import as_perturbation_data
from hybridcell.infer.updating.result import moved_table, rms, share_outside
from hybridcell.infer.updating.screens import aligned


def test_numbers_of_nothing_are_not_a_number():
    assert np.isnan(rms([np.nan]))
    assert rms([3.0, np.nan, 4.0]) == pytest.approx(np.sqrt(12.5))
    assert np.isnan(share_outside([True], [False]))
    assert share_outside([True, False, True], [True, True, False]) == 0.5


def test_changes_are_sorted_by_size():
    rows = [
        {"name": name, "before": 0.0, "after": after, "lower": np.nan, "upper": np.nan, "beyond": False}
        for name, after in (("a", 0.1), ("b", -2.0))
    ]
    assert moved_table(rows)["name"].tolist() == ["b", "a"]
    assert moved_table([]).empty


def test_new_rows_are_laid_out_like_the_old_ones():
    screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0])
    train = as_perturbation_data(screen[:3])
    new = as_perturbation_data(screen[3:, ["ERK"]])
    model = hc.CellBox(train.readouts, train.kinds, np.zeros((39, 39)))
    found = aligned(new, train, model)
    assert found.readouts == train.readouts
    assert found.observed.sum() == 1
    np.testing.assert_array_equal(found.doses, as_perturbation_data(screen[3:]).doses)
    other = as_perturbation_data(hc.datasets.signaling(drugs=["aJAK"], doses=[1.0]))
    with pytest.raises(DataError, match="aJAK"):
        aligned(other, train, model)
