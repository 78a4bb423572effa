"""What a person's own file may look like, and the word that helps."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from hybridcell._core.errors import DataError
from hybridcell.data import PerturbationData

VALUES = "condition,MEK,growth\nuntreated,0.0,0.02\nlow,-0.61,-0.20\nhigh,-0.93,-0.34\n"
DOSES = "condition,aMEK\nuntreated,0\nlow,0.5\nhigh,1\n"

WELLS = ("well,MEK\n11,0.0\n12,-0.6\n13,-0.9\n", "well,aMEK\n11,0\n12,0.5\n13,1\n")


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
        (
            table(VALUES.replace("-0.61", '"1,234.5"')),
            table(DOSES),
            "'1,234.5'.*with thousands=','\\.$",
        ),
        (
            table(VALUES.replace("-0.61", '"-1.234,5"')),
            table(DOSES),
            r"thousands='\.', decimal=','",
        ),
        (table(VALUES.replace("-0.61", "1 234.5")), table(DOSES), "with thousands=' '\\.$"),
        (
            table(VALUES.replace("-0.61", '"1,234"')),
            table(DOSES),
            r"'1,234'.*decimal=','; where they set thousands apart, with thousands=','",
        ),
        (table(VALUES.replace("-0.61", "\u22120.61")), table(DOSES), "minus sign is a typographic one"),
        (
            table(VALUES.replace("\nuntreated", "\n,log2,log2\nuntreated")),
            table(DOSES),
            r"1 row\(s\) without a name; the first of them, row 1 .*'log2'.*values.index.notna",
        ),
        (
            table(VALUES + ",,\n,,\n"),
            table(DOSES),
            r"2 row\(s\) without a name; the first of them, row 4 .*holds nothing",
        ),
        (
            table(VALUES.replace("\n", ",,\n")),
            table(DOSES),
            r"2 column\(s\) without .*'Unnamed: 3', 'Unnamed: 4'. Drop them: values.dropna",
        ),
        (
            table(WELLS[0], index_col=None),
            table(WELLS[1], index_col=None),
            "Both tables begin with the column 'well'.*index_col=0",
        ),
        (
            table(VALUES),
            table(DOSES.replace("low,0.5", "low,")),
            r"NaN or infinite at row 'low'.*fillna\(0\)",
        ),
        (table(VALUES), table("condition,aMEK\nuntreated,\nlow,0.5\nhigh,1\n"), r"row 'untreated'.*fillna"),
        (table(VALUES + "high,0.1,0.2\n"), table(DOSES), "'high' is used 2 times.*Give replicates names"),
        (table(VALUES), table(DOSES + "higher,2\n"), "doses has 4 rows and values has 3.*'higher' is not in"),
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


def test_what_the_messages_say_makes_the_tables_read():
    units = table(VALUES.replace("\nuntreated", "\n,log2,log2\nuntreated") + ",,\n")
    mended = units.loc[units.index.notna()].apply(pd.to_numeric)
    assert screen(mended, table(DOSES)).values[1, 0] == -0.61
    wells = [table(text) for text in WELLS]
    assert screen(*wells).conditions == ("11", "12", "13")
    swiss = table(VALUES.replace("-0.61", "1'234.5"), thousands="'")
    assert screen(swiss, table(DOSES)).values[1, 0] == 1234.5


def test_row_names_may_be_numbers_in_one_table_and_texts_in_the_other():
    values, doses = (table(text) for text in WELLS)
    doses.index = doses.index.astype(str)
    assert screen(values, doses.iloc[::-1]).doses[:, 0].tolist() == [0.0, 0.5, 1.0]


def test_rows_without_names_are_matched_by_their_order_still():
    values, doses = (table(text).reset_index(drop=True) for text in WELLS)
    assert screen(values, doses).doses[:, 0].tolist() == [0.0, 0.5, 1.0]
