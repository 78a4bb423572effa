from __future__ import annotations

import pytest

from hybridcell._core.expressions import number, symbol
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.table import as_number, from_frame, read_tables


def table(tmp_path, text, needed=(), name="a.tsv"):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tables(tmp_path, [name], needed)


def test_cells_and_lines(tmp_path):
    found = table(tmp_path, '\ufeffid\tx\ty\n\na\t1e3\t"k;2"\r\nb\t\n')
    assert len(found) == 2
    assert found.origin == (("a.tsv", 3), ("a.tsv", 4))
    assert found.number(0, "x") == 1000
    assert found.formulas(0, "y") == (symbol("k"), number(2))
    assert found.cell(1, "y") == found.cell(1, "none") == ""
    assert found.cell(1, "x", "lin") == "lin"
    assert "x" in found
    assert found.unique("id") == ["a", "b"]
    frame = found.frame()
    assert list(frame["x"]) == ["1e3", ""]
    assert from_frame(frame, found.origin, "a.tsv").columns == found.columns
    assert from_frame(frame[:1], found.origin, "b.tsv").origin == (("b.tsv", 2),)


def test_files_are_joined(tmp_path):
    (tmp_path / "b.tsv").write_text("id\tz\nc\t5\n", encoding="utf-8")
    (tmp_path / "a.tsv").write_text("id\tx\na\t1\n", encoding="utf-8")
    found = read_tables(tmp_path, ["a.tsv", "b.tsv"], ["id"])
    assert dict(found.columns) == {"id": ["a", "c"], "x": ["1", ""], "z": ["", "5"]}
    assert found.origin == (("a.tsv", 2), ("b.tsv", 2))


def test_numbers_of_rows_in_front_are_passed_over(tmp_path):
    found = table(tmp_path, "\tid\tx\n0\ta\t1\n1\tb\n", ["id"])
    assert dict(found.columns) == {"id": ["a", "b"], "x": ["1", ""]}
    with pytest.raises(PetabError, match="line 3: 4 cells, and the header has 3"):
        table(tmp_path, "\tid\tx\n0\ta\t1\n1\tb\t2\t3\n", ["id"])


@pytest.mark.parametrize("word", ["None", "null", "NULL", "<NA>", "#N/A", "n/a", "NA", "nan"])
def test_words_that_stand_for_an_empty_cell(tmp_path, word):
    found = table(tmp_path, f"id\tx\na\t{word}\n")
    assert found.cell(0, "x", "default") == "default"
    with pytest.raises(PetabError, match="the cell is empty"):
        found.needed(0, "x")


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("", 0, "the table is empty"),
        ("id,x\na,1\n", 1, "separated by tabs"),
        ("idd\tx\n", 1, "'id': the column is missing. Did you mean 'idd'"),
        ("id\tx\tx\n", 1, "there twice"),
        ("id\t\tx\n", 1, "column 2 has no name"),
        ("id\tx\na\t1\t2\n", 2, "3 cells"),
        (b"id\tx\na\t1\nb\t\xff\n", 3, "not UTF-8"),
    ],
)
def test_damaged_tables(tmp_path, text, row, words):
    with pytest.raises(PetabError, match=words) as caught:
        table(tmp_path, text, ["id"])
    assert (caught.value.file, caught.value.row) == ("a.tsv", row)


def test_damaged_cells(tmp_path):
    found = table(tmp_path, "id\tx\tf\na\tone\t1+\na\t\t\n1b\t1\t1\n")
    with pytest.raises(PetabError, match=r"a.tsv, line 2, column 'x': 'one' is not a number"):
        found.number(0, "x")
    with pytest.raises(PetabError, match=r"line 2, column 'f': Character 3"):
        found.formula(0, "f")
    with pytest.raises(PetabError, match=r"line 3, column 'id': 'a' is there already, in line 2"):
        found.unique("id")
    with pytest.raises(PetabError, match=r"line 3.*the cell is empty"):
        found.needed(1, "x")
    with pytest.raises(PetabError, match=r"line 4.*'1b' is not an id"):
        found.identifier(2, "id")
    with pytest.raises(PetabError, match=r"no thing 'c'. Did you mean"):
        found.known(0, "id", "c", ["cc"], "thing")


@pytest.mark.parametrize("text", ["1_000", "١", "one", ""])
def test_only_plain_numbers(text):
    with pytest.raises(ValueError):
        as_number(text)
    assert as_number(" 1e3 ") == 1000
