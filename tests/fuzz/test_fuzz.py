"""Some hundred damaged files of every format; `make fuzz` reads as many as it is told."""

from __future__ import annotations

import zipfile
from pathlib import Path
from random import Random

import pytest

from hybridcell._core.errors import FileFormatError
from tests.fuzz.cases import damaged, judge, prepare
from tests.fuzz.driver import fuzz
from tests.fuzz.formats import FORMATS, Format
from tests.fuzz.mutations import mutate

EACH = 25


@pytest.mark.parametrize("name", FORMATS)
def test_damage_gives_a_result_or_an_error_of_ours(name: str, tmp_path: Path) -> None:
    if name == "Antimony":
        pytest.importorskip("antimony", reason="antimony is not installed (pip install antimony)")
    files = prepare(name, tmp_path / "sound")
    kinds = set()
    for number in range(EACH):
        outcome = judge(name, damaged(name, number, tmp_path / "sound", files, tmp_path / "case"))
        assert outcome.kind in ("read", "refused"), (number, outcome)
        kinds.add(outcome.kind)
    assert "refused" in kinds


def test_damage_is_made_again_from_its_number() -> None:
    content = b"<a>1</a>\n" * 20
    assert mutate(content, ".xml", Random("7")) == mutate(content, ".xml", Random("7"))
    assert len({mutate(content, ".xml", Random(str(k))) for k in range(50)}) > 40


def test_the_inside_of_archives_is_reached(tmp_path: Path) -> None:
    path = tmp_path / "a.omex"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.xml", "<sbml/>" * 50)
    whole = 0
    for k in range(60):
        (tmp_path / "b.omex").write_bytes(mutate(path.read_bytes(), ".omex", Random(str(k))))
        whole += zipfile.is_zipfile(tmp_path / "b.omex")
    assert whole > 30


def test_findings_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def crash(path: Path) -> None:
        raise KeyError("x")

    def silent(path: Path) -> None:
        raise FileFormatError("")

    def greedy(path: Path) -> None:
        raise MemoryError

    for reader, kind in ((crash, "crash"), (silent, "silent"), (greedy, "memory")):
        monkeypatch.setitem(FORMATS, "MIDAS", Format(FORMATS["MIDAS"].make, reader))
        assert judge("MIDAS", tmp_path).kind == kind


def test_workers_count_their_files() -> None:
    tally = fuzz("MIDAS", 0, 5)
    assert sum(tally.counts.values()) == 5
    assert not tally.findings
