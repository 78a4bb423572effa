from __future__ import annotations

import os

import pytest

from hybridcell.io.petab import read_statement, write_statement
from hybridcell.io.petab.extension_files import extension_files
from tests.io.petab.problems import differences, problem

START = "format_version: 2.0.0\n"


def with_extension(folder, text):
    extended = f"{START}extensions:\n  magic: {{required: false, version: 1.0.0, {text}}}\n"
    return read_statement(problem(folder, 2, problem=(START, extended)))


def test_files_of_unknown_extensions_are_copied(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "spells.tsv").write_text("a\tb\n")
    (tmp_path / "wand.bin").write_bytes(b"\0\1")
    statement = with_extension(
        tmp_path, "tables: {own: [./more/spells.tsv]}, core: wand.bin, note: nothing.tsv"
    )
    for i in range(2):
        statement = read_statement(write_statement(statement, tmp_path / f"again {i}"))
    assert (tmp_path / "again 1" / "more" / "spells.tsv").read_text() == "a\tb\n"
    assert (tmp_path / "again 1" / "wand.bin").read_bytes() == b"\0\1"
    assert statement.yaml["extensions"]["magic"]["core"] == "wand.bin"


@pytest.mark.parametrize("said", ["required: false, ", ""])
def test_extensions_of_version_1_that_are_not_required_are_kept(said, tmp_path):
    (tmp_path / "wand.bin").write_bytes(b"\0\1")
    start = "format_version: 1\n"
    extended = f"{start}extensions: {{magic: {{{said}core: wand.bin}}, other: 3}}\n"
    statement = read_statement(problem(tmp_path, 1, problem=(start, extended)))
    again = read_statement(write_statement(statement, tmp_path / "again"))
    assert again.yaml["extensions"] == statement.yaml["extensions"]
    assert (tmp_path / "again" / "wand.bin").read_bytes() == b"\0\1"


def test_a_model_and_a_table_that_an_extension_names_are_those_of_the_problem(tmp_path):
    statement = with_extension(tmp_path, "model: model.xml, table: measurements.tsv, itself: problem.yaml")
    again = read_statement(write_statement(statement, tmp_path / "again"))
    assert not differences(statement, again)


@pytest.mark.parametrize(
    "where",
    [
        "../secret.txt",
        "sub/../../secret.txt",
        "{outside}/secret.txt",
        "../problem/problem.yaml",
        "link",
        "sub",
    ],
)
def test_what_is_no_file_in_the_folder_is_left_behind_with_a_warning(where, tmp_path):
    folder, secret = tmp_path / "problem", tmp_path / "secret.txt"
    (folder / "sub").mkdir(parents=True)
    secret.write_text("mine")
    os.symlink(secret, folder / "link")
    statement = with_extension(folder, f"file: {where.format(outside=tmp_path)}")
    with pytest.warns(UserWarning, match="'magic' names .* is not copied"):
        write_statement(statement, tmp_path / "a" / "again")
    written = [p.name for p in (tmp_path / "a").rglob("*")]
    assert "secret.txt" not in written
    assert "link" not in written


def test_other_text_of_extensions_is_no_file(tmp_path):
    assert (
        extension_files(with_extension(tmp_path, 'a: "", b: "no such file", c: 3, d: null, e: [true]')) == {}
    )
