from __future__ import annotations

import os

import pytest

from hybridcell.io.petab import read_statement, write_statement
from tests.io.petab.problems import problem

TABLE = b"plotId\tyValues\tnote\nfirst\tobs\t 1,50 \r\n"
INSIDE = ("problems:\n- condition_files", "problems:\n- visualization_files: {}\n  condition_files")
BEFORE = {1: ("format_version: 1\n",) * 2, 2: ("format_version: 2.0.0\n",) * 2}


def with_tables(folder, version, files, *, inside=False):
    old, new = INSIDE if inside else (BEFORE[version][0], BEFORE[version][1] + "visualization_files: {}\n")
    return read_statement(problem(folder, version, problem=(old, new.format(files))))


@pytest.mark.parametrize(("version", "inside"), [(1, True), (1, False), (2, False)])
def test_tables_are_written_again_byte_for_byte(tmp_path, version, inside):
    (tmp_path / "plots").mkdir()
    for name in ("figure.tsv", "plots/more.tsv"):
        (tmp_path / name).write_bytes(TABLE + name.encode())
    statement = with_tables(tmp_path, version, "[figure.tsv, ./plots/more.tsv]", inside=inside)
    again = read_statement(write_statement(statement, tmp_path / "again"))
    section = again.yaml["problems"][0] if inside else again.yaml
    assert section["visualization_files"] == ["figure.tsv", "./plots/more.tsv"]
    for name in ("figure.tsv", "plots/more.tsv"):
        assert (tmp_path / "again" / name).read_bytes() == TABLE + name.encode()
    write_statement(statement, tmp_path)  # in its own place
    assert (tmp_path / "figure.tsv").read_bytes() == TABLE + b"figure.tsv"


@pytest.mark.parametrize("where", ["figure.tsv", "../secret.tsv", "link.tsv", "sub", "''"])
def test_what_is_no_file_of_the_problem_is_not_copied_and_said(tmp_path, where):
    folder = tmp_path / "problem"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.tsv").write_text("mine")
    os.symlink(tmp_path / "secret.tsv", folder / "link.tsv")
    statement = with_tables(folder, 1, f"[{where}]", inside=True)
    with pytest.warns(UserWarning, match="visualization_files names .* is not copied; copy it yourself"):
        again = read_statement(write_statement(statement, tmp_path / "a" / "again"))
    assert again.yaml["problems"][0]["visualization_files"] == [where.strip("'")]
    written = {path.name for path in (tmp_path / "a").rglob("*")}
    assert not written & {"secret.tsv", "link.tsv", "figure.tsv"}


def test_addresses_stay_as_they_are(tmp_path):
    statement = with_tables(tmp_path, 1, "['https://example.org/figure.tsv']", inside=True)
    again = read_statement(write_statement(statement, tmp_path / "again"))
    assert again.yaml["problems"][0]["visualization_files"] == ["https://example.org/figure.tsv"]


def test_one_name_needs_no_list(tmp_path):
    (tmp_path / "figure.tsv").write_bytes(TABLE)
    write_statement(with_tables(tmp_path, 1, "figure.tsv", inside=True), tmp_path / "again")
    assert (tmp_path / "again" / "figure.tsv").read_bytes() == TABLE
