from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import DataError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.mechanisms.doses import DoseLayer, from_data


def screen(doses, input="dose"):
    doses = np.array(doses, dtype=float)
    rows = len(doses)
    return PerturbationData(
        values=np.zeros((rows, 1)), readouts=["ERK"], kinds=["protein"],
        conditions=[f"c{i}" for i in range(rows)], perturbations=["MEKi", "RAFi", "AKTi"], doses=doses,
        input=input, control="measured",
    )  # fmt: skip


CURVES = [[0, 0, 0], [0.1, 0, 0], [1, 0, 0], [10, 0, 0], [0, 2, 0], [0, 8, 0], [0, 0, 5]]


def test_curves_are_for_drugs_at_two_doses_and_start_in_the_middle():
    drugs, middle, largest = from_data.tested_doses(screen(CURVES), None)
    assert drugs == ("MEKi", "RAFi")
    np.testing.assert_allclose(middle, [1.0, 4.0])
    np.testing.assert_allclose(largest, [10.0, 8.0])


def test_drugs_that_are_named_come_with_any_doses():
    layer = DoseLayer.from_data(screen(CURVES), targets={"AKTi": "ERK"}, unit="nM")
    table = layer.to_dataframe()
    assert layer.unit == "nM"
    assert table.index.tolist() == ["AKTi"]
    assert table.loc["AKTi", ["ec50", "reached"]].tolist() == [5.0, True]


def test_what_has_no_doses_is_refused():
    with pytest.raises(DataError, match="strengths"):
        from_data.tested_doses(screen(CURVES, input="strength"), None)
    with pytest.raises(DataError, match="two doses"):
        from_data.tested_doses(screen([[0, 0, 0], [1, 0, 0]]), None)
    with pytest.raises(DataError, match="never give 'AKTi'"):
        from_data.tested_doses(screen([[0, 0, 0], [1, 0, 0]]), ("AKTi",))
    with pytest.raises(UnknownNameError, match="Did you mean 'MEKi'"):
        from_data.tested_doses(screen(CURVES), ("MEKj",))
