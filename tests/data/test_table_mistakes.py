"""What a person's own file may look like, and the word that helps."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from hybridcell._core.errors import DataError
from hybridcell.data import PerturbationData

VALUES = "condition,MEK,growth\nuntreated,0.0,0.02\nlow,-0.61,-0.20\nhigh,-0.93,-0.34\n"
DOSES = "condition,aMEK\nuntreated,0\nlow,0.5\nhigh,1\n"


def table(text, **options):
    return pd.read_csv(io.StringIO(text), **({"index_col": 0} | options))


def screen(values, doses):
    return PerturbationData.from_frames(values, doses, kinds="protein")


def test_plain_tables_are_read_also_behind_a_byte_order_mark():
    assert screen(table("\ufeff" + VALUES), table(DOSES)).readouts == ("MEK", "growth")


def test_numbers_that_came_as_text_are_numbers():
    assert screen(table(VALUES, dtype={"MEK": str}), table(DOSES)).values[1, 0] == -0.61


@pytest.mark.parametrize(
    ("values", "doses", "message"),
    [
        (table(VALUES.replace(",", ";")), table(DOSES), r"values has no columns.*sep=';'"),
        (table(VALUES), table(DOSES.replace(",", "\t")), r"doses has no columns.*sep='\\t'"),
        (
            table(VALUES.replace(",", ";").replace(".", ","), sep=";"),
            table(DOSES),
            r"values holds '0,0' at row 'untreated', column 'MEK'.*decimal=','",
        ),
        (table(VALUES, index_col=None), table(DOSES), r"'condition' of values holds text.*index_col=0"),
        (table(VALUES.replace("-0.61", "n.d.")), table(DOSES), r"'n.d.' at row 'low'.*na_values=\['n.d.'\]"),
        (table(VALUES.replace("-0.20", "80%")), table(DOSES), r"'80%'.*divide by 100"),
        (table(VALUES), table(DOSES.replace("0.5", "0.5 uM")), r"'0.5 uM' at row 'low'.*Leave the unit out"),
        (table(VALUES).T, table(DOSES).T, r"conditions as rows. Turn them: values.T"),
        ("values.csv", table(DOSES), r"values is a str; wanted a pandas DataFrame: pd.read_csv"),
        (
            table(VALUES).reset_index().melt("condition").set_index("condition"),
            table(DOSES),
            r"6 rows of 3 conditions.*pivot",
        ),
    ],
)
def test_each_mistake_has_its_word(values, doses, message):
    with pytest.raises(DataError, match=message):
        screen(values, doses)
