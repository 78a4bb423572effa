import pandas as pd
import pytest

from hybridcell._core.errors import DataError
from hybridcell.mechanisms.cellbox.omnipath import from_omnipath, is_omnipath

TABLE = pd.DataFrame(
    {
        "source": ["P1", "P2", "P3"], "target": ["Q1", "Q2", "Q3"],
        "is_stimulation": [True, True, False], "is_inhibition": [False, True, False],
    }
)  # fmt: skip


def test_plain_flags_and_accessions():
    assert is_omnipath(TABLE)
    assert not is_omnipath(TABLE[["source", "target"]])
    assert from_omnipath(TABLE).values.tolist() == [["P1", "Q1", 1.0], ["P2", "Q2", 0.0], ["P3", "Q3", 0.0]]


def test_symbols_and_the_consensus_come_first():
    table = TABLE.assign(
        source_genesymbol=list("abc"), target_genesymbol=list("xyz"),
        consensus_stimulation=["0", "0", "0"], consensus_inhibition=["0", "1", "0"], confidence=[1, 0.5, 1],
    )  # fmt: skip
    found = from_omnipath(table)
    assert found["source"].tolist() == ["a", "b", "c"]
    assert found["sign"].tolist() == [1.0, -1.0, 0.0]
    assert found["confidence"].tolist() == [1, 0.5, 1]


def test_rows_without_direction_and_odd_flags():
    with pytest.warns(UserWarning, match="1 of 3 rows"):
        assert len(from_omnipath(TABLE.assign(is_directed=[1, 1, 0]))) == 2
    with pytest.raises(DataError, match="'is_directed' has 'perhaps'"):
        from_omnipath(TABLE.assign(is_directed=["1", "perhaps", "0"]))
