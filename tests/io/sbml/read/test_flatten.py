"""Models made of models."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read import read_definition
from hybridcell.io.sbml.read.stack import ORDINARY_DEPTH
from tests.io.sbml.read.small import level3, math, parameters

COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'
PART = f"<listOfParameters>{parameters('k')}</listOfParameters>"


def uses(*references: str) -> str:
    inside = "".join(f'<comp:submodel comp:id="s{i}" comp:modelRef="{r}"/>' for i, r in enumerate(references))
    return f"<comp:listOfSubmodels>{inside}</comp:listOfSubmodels>"


def definitions(**models: str) -> str:
    inside = "".join(f'<comp:modelDefinition id="{k}">{v}</comp:modelDefinition>' for k, v in models.items())
    return f"<comp:listOfModelDefinitions>{inside}</comp:listOfModelDefinitions>"


def external(source: str) -> str:
    return (
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="part" '
        f'comp:source="{source}"/></comp:listOfExternalModelDefinitions>'
    )


def test_submodels_are_written_out() -> None:
    found = read_definition(
        level3(uses("part", "part"), attributes=COMP, outside=definitions(part=PART), version=1)
    )
    assert [p.id for p in found.parameters] == ["s0__k", "s1__k"]


def test_files_are_found_beside_and_below(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "part.xml").write_text(level3(PART, version=1))
    (folder / "main.xml").write_text(
        level3(uses("part"), attributes=COMP, outside=external("parts/part.xml"), version=1)
    )
    assert [p.id for p in read_definition(folder / "main.xml").parameters] == ["s0__k"]


def test_formulas_of_a_part_may_be_long_and_deep(tmp_path: Path) -> None:
    many = f"<apply><plus/>{'<ci>k</ci>' * (2 * ORDINARY_DEPTH)}</apply>"
    deep = f"{'<apply><sin/>' * (2 * ORDINARY_DEPTH)}<ci>k</ci>{'</apply>' * (2 * ORDINARY_DEPTH)}"
    main = tmp_path / "main.xml"
    main.write_text(level3(uses("part"), attributes=COMP, outside=external("part.xml"), version=1))
    for formula in (many, deep):
        rule = f'<assignmentRule variable="s">{math(formula)}</assignmentRule>'
        both = f'<listOfParameters>{parameters("k")}<parameter id="s" constant="false"/></listOfParameters>'
        (tmp_path / "part.xml").write_text(level3(f"{both}<listOfRules>{rule}</listOfRules>", version=1))
        assert [rule.variable for rule in read_definition(main).rules] == ["s0__s"]


def test_a_text_has_no_folder() -> None:
    with pytest.raises(SBMLError, match="text has no folder") as caught:
        read_definition(level3(uses("part"), attributes=COMP, outside=external("part.xml"), version=1))
    assert caught.value.element == "part"


def test_files_outside_the_folder_are_refused_also_by_links(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.xml").write_text(level3(PART, version=1))
    (tmp_path / "inside" / "link.xml").symlink_to(tmp_path / "outside.xml")
    main = tmp_path / "inside" / "main.xml"
    for source in ("../outside.xml", "link.xml", str(tmp_path / "outside.xml"), "file:../outside.xml"):
        main.write_text(level3(uses("part"), attributes=COMP, outside=external(source), version=1))
        with pytest.raises(SBMLError, match="outside the folder"):
            read_definition(main)


def test_hostile_parts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "part.xml").write_text("<!DOCTYPE sbml [<!ENTITY a 'b'>]>" + level3(PART, version=1))
    main = tmp_path / "main.xml"
    main.write_text(level3(uses("part"), attributes=COMP, outside=external("part.xml"), version=1))
    with pytest.raises(SBMLError, match=r"its file 'part\.xml'.*document type"):
        read_definition(main)


def test_a_model_that_contains_itself_is_refused(tmp_path: Path) -> None:
    main = tmp_path / "main.xml"
    main.write_text(level3(uses("part"), attributes=COMP, outside=external("main.xml"), version=1))
    with pytest.raises(SBMLError, match="circle"):
        read_definition(main)


def test_the_number_of_copies_is_limited() -> None:
    levels = {f"m{i}": uses(*[f"m{i + 1}"] * 10) for i in range(9)}
    text = level3(uses("m0"), attributes=COMP, outside=definitions(**levels, m9=PART), version=1)
    with pytest.raises(SBMLError, match="more than 10000 times"):
        read_definition(text)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashes"),
        ("import time; time.sleep(60)", "come to an end"),
    ],
)
def test_a_crash_of_libsbml_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    (tmp_path / "probe.py").write_text(program)
    monkeypatch.setattr("hybridcell.io.sbml.read.flatten_probe.__file__", str(tmp_path / "probe.py"))
    monkeypatch.setattr("hybridcell.io.sbml.read.flatten._PATIENCE", 0.5 if "sleep" in program else 60.0)
    with pytest.raises(SBMLError, match=message):
        read_definition(level3(uses("part"), attributes=COMP, outside=definitions(part=PART), version=1))
