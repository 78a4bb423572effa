"""Hostile and oversized files are refused before libsbml sees them."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read import read_definition
from hybridcell.io.sbml.read.preflight import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, preflight
from tests.io.sbml.read.small import level3, math

HEAD, TAIL = level3("").split("</model>")


def large_file(path: Path, head: str, piece: str, size: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for _ in range(size // 2**20):
            file.write((piece * (2**20 // len(piece) + 1))[: 2**20])
    return path


@pytest.mark.parametrize(
    ("head", "piece", "megabytes", "message"),
    [
        ("", "junk ", 100, "up to 64 MiB"),
        (HEAD, "<parameter/>", 100, "up to 64 MiB"),
        ("", "junk ", 60, "not well-formed"),
        (HEAD, "<junk/>", 60, "no element of this name"),
        (HEAD, "text ", 60, "no element found"),
    ],
)
def test_large_files_are_refused_quickly(
    tmp_path: Path, head: str, piece: str, megabytes: int, message: str
) -> None:
    path = large_file(tmp_path / "large.xml", head, piece, megabytes * 2**20)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(SBMLError, match=message):
            read_definition(path)
        taken, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    path.unlink()
    assert taken < 1
    assert peak < megabytes * 2**20 * 1.1  # the bytes of the file at most


def test_the_number_of_elements_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hybridcell.io.sbml.read.preflight.MAX_ELEMENTS", 100)
    with pytest.raises(SBMLError, match="more than 100 elements"):
        read_definition(level3("<listOfParameters/>" * 200))
    assert MAX_ELEMENTS > 500_000


def test_a_long_text_is_refused() -> None:
    with pytest.raises(SBMLError, match="MiB"):
        preflight(" " * (MAX_BYTES + 1))


def test_nesting_is_limited() -> None:
    n = MAX_DEPTH + 1
    deep = "<apply><sin/>" * n + "<cn>1</cn>" + "</apply>" * n
    with pytest.raises(SBMLError, match=f"nested more than {MAX_DEPTH} deep") as caught:
        read_definition(level3(math(deep)))
    assert caught.value.element in ("apply", "sin")


def test_the_terms_of_a_formula_are_limited() -> None:
    with pytest.raises(SBMLError, match="its math has more than 100000 elements"):
        read_definition(level3(math(f"<apply><plus/>{'<cn>1</cn>' * 100_001}</apply>")))


def test_nesting_of_notes_is_limited() -> None:
    notes = '<notes><p xmlns="http://www.w3.org/1999/xhtml">{}</p></notes>'
    with pytest.raises(SBMLError, match="nested more than 200 deep"):
        read_definition(level3(notes.format("<b>" * 300 + "</b>" * 300)))
    assert "<b>" in read_definition(level3(notes.format("<b>" * 100 + "</b>" * 100))).notes


def test_packages_and_depth_are_found() -> None:
    head = preflight(
        level3(
            "<listOfParameters/>",
            attributes='xmlns:q="http://www.sbml.org/sbml/level3/version1/qual/version1" q:required="true" '
            'xmlns:l="http://www.sbml.org/sbml/level3/version1/layout/version1" l:required="false"',
        )
    )
    assert head.packages == {"qual": True, "layout": False}
    assert head.depth == 3


def test_words_of_sbml_in_notes_are_no_elements_of_it() -> None:
    text = level3("<notes><b>not declared as XHTML</b></notes>")
    with pytest.warns(match="changes no number"):
        read_definition(text)
