"""CSV tables of the original: all digits, all names, and where a cell is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.io.cellbox.tables import (
    find_file,
    read_named,
    read_names,
    read_numbers,
    write_named,
    write_names,
    write_numbers,
)

MATRICES = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=st.floats())
NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff"), min_size=1, max_size=6).filter(
        lambda name: name == name.strip()
    ),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=40)
@given(MATRICES)
def test_a_matrix_comes_back_to_the_last_bit(folder, matrix):
    np.testing.assert_array_equal(read_numbers(write_numbers(folder / "m.csv", matrix)), matrix)


@settings(max_examples=40)
@given(NAMES, st.data())
def test_names_with_numbers_come_back(folder, names, data):
    matrix = data.draw(arrays(float, (len(names), 2), elements=st.floats(allow_nan=False)))
    found, numbers = read_named(write_named(folder / "n.csv", names, matrix))
    assert found == names
    np.testing.assert_array_equal(numbers, matrix)
    assert list(read_names(write_names(folder / "names.csv", names))) == names


@pytest.mark.parametrize("name", [" a", "a ", "a\nb", "a\rb", "\u00a0a", "\t"])
def test_names_that_would_not_come_back_are_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(InvalidValueError, match="Rename the node"):
        write_names(tmp_path / "names.csv", ["b", name])
    model = hc.CellBox([name, "p", "d"], ["protein", "phenotype", "drug"], [[0, 0, 1], [1, 0, 0], [0, 0, 0]])
    with pytest.raises(InvalidValueError, match="Rename the node"):
        hc.write_cellbox(model, tmp_path)
    screen = hc.PerturbationData(
        values=[[0.0], [1.0]], readouts=[name if name.strip() else f"a{name}"], kinds=["protein"],
        conditions=["c", "d"], perturbations=["A"], doses=[[0], [1]], input="strength",
    )  # fmt: skip
    with pytest.raises(InvalidValueError, match="Rename the node"):
        hc.write_cellbox(screen, tmp_path)
    assert list(tmp_path.iterdir()) == []


def _file(folder, text):
    path = folder / "m.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
        ("\ufeff1,2\n", [[1, 2]]),
        ("1, \n,4", [[1, np.nan], [np.nan, 4]]),
        ('"1","2"\n\n3,NaN\n', [[1, 2], [3, np.nan]]),
        ("1e-300,-inf\n", [[1e-300, -np.inf]]),
    ],
)
def test_spellings_of_a_matrix(tmp_path, text, wanted):
    np.testing.assert_array_equal(read_numbers(_file(tmp_path, text)), wanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("1,2\n3\n", "has 1 fields in row 2, but 2 in the first"),
        ("a,b\n1,2\n", "'a' in row 1, column 1; wanted a number. It seems to have a header"),
        ("1,2\n3,x\n", "'x' in row 2, column 2; wanted a number.$"),
        (" ,x\n", "'x' in row 1, column 2"),
        ("1,1_000\n", "'1_000' in row 1, column 2"),
        ("1;2\n", "'1;2' in row 1"),
        ('1,"2\n', "no CSV text"),
        ('1,"2"x\n', "no CSV text"),
    ],
)
def test_what_is_no_matrix_is_told_where(tmp_path, text, message):
    with pytest.raises(FileFormatError, match=message):
        read_numbers(_file(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "m.csv").write_bytes(b"1,\xff\n")
    with pytest.raises(FileFormatError, match="no CSV text"):
        read_numbers(tmp_path / "m.csv")


@pytest.mark.parametrize("text", ["", "0\n", ",0\n", "name\na\n"])
def test_a_table_without_numbers_says_what_is_wanted(tmp_path, text):
    with pytest.raises(FileFormatError, match="wanted a header line"):
        read_named(_file(tmp_path, text))


def test_a_sparse_matrix_is_read_and_a_damaged_one_told(tmp_path):
    from scipy import sparse

    matrix = np.array([[0.0, 1.5], [0.0, 0.0]])
    sparse.save_npz(tmp_path / "m.npz", sparse.csr_matrix(matrix))
    np.testing.assert_array_equal(read_numbers(tmp_path / "m.npz"), matrix)
    whole = (tmp_path / "m.npz").read_bytes()
    for damaged in (
        whole[:40],
        b"",
        b"text",
        whole[:60] + b"\xff" * 30 + whole[90:],
        whole[: len(whole) // 2],
    ):
        (tmp_path / "d.npz").write_bytes(damaged)
        with pytest.raises(FileFormatError, match="no sparse matrix"):
            read_numbers(tmp_path / "d.npz")


def test_a_missing_file_names_the_places_and_the_nearest(tmp_path):
    _file(tmp_path, "1\n")
    assert find_file("m.csv", [tmp_path / "absent", tmp_path]) == tmp_path / "m.csv"
    with pytest.raises(FileFormatError, match=r"no file 'n\.csv' in .*Did you mean 'm\.csv'"):
        find_file("n.csv", [tmp_path])
    with pytest.raises(FileFormatError, match=r"'absent'|absent"):
        find_file("expr.csv", [tmp_path / "absent"])
