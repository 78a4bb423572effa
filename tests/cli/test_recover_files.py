from __future__ import annotations

import pandas as pd
import pytest

from hybridcell._core.errors import FileFormatError, UnknownNameError
from hybridcell.cli.recover_files import read_pairs, write_tables

GENES = ["A", "B", "7"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\t2\n2\t3\n", [("A", "B"), ("B", "7")]),
        ('"G_i"\t"G_j"\n"1"\t"2"\n', [("A", "B")]),
        ("\ufeffA\tB\r\n\r\nB\tA\r\n", [("A", "B"), ("B", "A")]),
        ("A\t7\n", [("A", "7")]),
    ],
)
def test_pairs_are_read(tmp_path, text, expected):
    path = tmp_path / "pairs.tsv"
    path.write_text(text, encoding="utf-8")
    assert read_pairs(path, GENES) == expected


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", FileFormatError, "holds no pair"),
        ("G_i\tG_j\n", FileFormatError, "holds no pair"),
        ("A,B\n", FileFormatError, "line 1: 'A,B' has 1 cells"),
        ("A\tB\nA\tA\n", FileFormatError, "line 2.*two different"),
        ("A\tB\na\tB\n", UnknownNameError, "line 2.*Did you mean 'A'"),
        ("ab\tcd\n1\t2\n", UnknownNameError, "line 1.*no gene 'ab'"),
        ("A\tX\n", UnknownNameError, "line 1.*no gene 'X'"),
        ("1\t9\n", UnknownNameError, "line 1.*no gene '9'"),
        ("0\t1\n", UnknownNameError, "no gene '0'"),
    ],
)
def test_other_files_are_refused(tmp_path, text, error, told):
    path = tmp_path / "pairs.tsv"
    path.write_text(text)
    with pytest.raises(error, match=told):
        read_pairs(path, GENES)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_pairs(tmp_path / "none.tsv", GENES)
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_pairs(tmp_path / "binary.tsv", GENES)


def test_tables_come_back(tmp_path):
    table = pd.DataFrame({"source": ['a "b"', "x\ty"], "score": [0.123456, 1e-9]})
    write_tables([(table, tmp_path / "new" / "edges.tsv")])
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "new" / "edges.tsv", sep="\t"), table)
