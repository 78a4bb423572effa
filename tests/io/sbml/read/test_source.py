"""Where the text comes from."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from hybridcell._core.errors import InvalidValueError, SBMLError
from hybridcell.io.sbml.read import read_definition
from tests.io.sbml.read.small import level3

TEXT = level3("<listOfParameters/>")
ANTIMONY = "model decay\n  A -> ; k*A\n  A = 10; k = 0.1\nend\n"
HAS_ANTIMONY = importlib.util.find_spec("antimony") is not None


def test_text_path_and_string_of_a_path(tmp_path: Path) -> None:
    path = tmp_path / "with a space.xml"
    path.write_text(TEXT)
    for source in (TEXT, f"\ufeff\n  {TEXT}", path, str(path)):
        assert read_definition(source).id == "m"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + TEXT.replace('id="m"', 'id="m" name="Zelle ä"')
    path = tmp_path / "model.xml"
    path.write_bytes(text.encode(encoding))
    assert read_definition(path).name == "Zelle ä"


def test_unknown_and_wrong_encodings(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text('<?xml version="1.0" encoding="klingon"?>' + TEXT)
    with pytest.raises(SBMLError, match="klingon"):
        read_definition(path)
    path.write_bytes(TEXT.replace('id="m"', 'id="m" name="ä"').encode("latin-1"))
    with pytest.raises(SBMLError, match="not well-formed"):
        read_definition(path)


def test_a_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "egfr.xml").write_text(TEXT)
    with pytest.raises(SBMLError, match=r"Did you mean 'egfr\.xml'"):
        read_definition(tmp_path / "egrf.xml")
    with pytest.raises(SBMLError, match="There is no folder"):
        read_definition(tmp_path / "nowhere" / "egfr.xml")
    with pytest.raises(SBMLError, match="is a folder"):
        read_definition(tmp_path)


@pytest.mark.parametrize("wrong", [b"<sbml/>", None, 3])
def test_wrong_types(wrong: object) -> None:
    with pytest.raises(InvalidValueError, match="wanted a path"):
        read_definition(wrong)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("wrong", ["", "  ", "a\0b", "a" * 5000])
def test_wrong_strings(wrong: str) -> None:
    with pytest.raises(SBMLError):
        read_definition(wrong)


@pytest.mark.skipif(not HAS_ANTIMONY, reason="needs the package antimony")
@pytest.mark.parametrize("suffix", ["ant", "antimony"])
def test_antimony(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    path.write_text(ANTIMONY)
    for source in (ANTIMONY, path):
        found = read_definition(source)
        assert [s.id for s in found.species] == ["A"]
        assert repr(found.reactions[0].law) == "k*A"


@pytest.mark.skipif(not HAS_ANTIMONY, reason="needs the package antimony")
def test_wrong_antimony_says_why() -> None:
    with pytest.raises(SBMLError, match="not Antimony"):
        read_definition("model x\n A -> -> B\nend\n")


def test_without_antimony_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "antimony", None)
    with pytest.raises(SBMLError, match=r"pip install 'hybridcell\[antimony\]'"):
        read_definition(ANTIMONY)


def test_antimony_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "model.ant"
    path.write_bytes(b"A -> B; \xff\xfe k*A")
    with pytest.raises(SBMLError, match="cannot be decoded"):
        read_definition(path)
