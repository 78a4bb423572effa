"""Files of others: they are read, all of them by `make suite`, and every level of a case says the same."""

from __future__ import annotations

import os
import tarfile
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from hybridcell._core.errors import SBMLWarning
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms.reactions.elements import Definition

DATA = Path(os.environ.get("HYBRIDCELL_DATA", ""))
SUITE = DATA / "sbml-test-suite"
MODELS = DATA / "biomodels" / "sbml"


def quantities(net: Definition) -> dict[Any, Any]:
    """What a network says, by element, without what levels write in different ways."""
    found: dict[Any, Any] = {}
    for c in net.compartments:
        found[c.id] = (c.dimensions, c.constant)
    for s in net.species:
        found[s.id] = (s.compartment, s.only_substance, s.boundary, s.constant, s.conversion_factor)
    for p in net.parameters:
        found[p.id] = p.constant
    for rule in net.rules:
        found[rule.kind, rule.variable] = True
    for v in net.reactions:
        sides = [(r.species, r.stoichiometry if r.math is None else 0) for r in (*v.reactants, *v.products)]
        found[v.id] = (sides, v.modifiers, [(p.id, p.value) for p in v.local_parameters])
    for i, e in enumerate(net.events):
        found["event", i] = (e.initial_value, e.persistent, e.use_trigger_values, e.delay, e.trigger)
    return found


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs sbml-test-suite in $HYBRIDCELL_DATA")
def test_every_level_of_a_case_says_the_same(tmp_path: Path) -> None:
    with tarfile.open(SUITE / "semantic-levels.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    cases: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(tmp_path.rglob("*-sbml-l[23]v*.xml")):
        cases[path.parent.name].append(path)
    for path in tmp_path.rglob("*-sbml-l1v*.xml"):
        read_definition(path)
    assert len(cases) > 60
    for paths in cases.values():
        found = [quantities(read_definition(path)) for path in paths]
        assert all(one == found[-1] for one in found), paths


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs sbml-test-suite in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.suite) for part in (1, 2, 3))])
def test_every_case_is_read(part: int, tmp_path: Path) -> None:
    with tarfile.open(SUITE / "semantic.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(tmp_path.rglob("*-sbml-l?v?.xml"))
    assert len(paths) >= 1073
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for path in paths[part::4]:
            read_definition(path)
    assert {w.category for w in caught} <= {SBMLWarning}
    assert len(caught) < 10


@pytest.mark.skipif(not MODELS.is_dir(), reason="needs biomodels in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("path", sorted(MODELS.glob("*.xml")), ids=lambda p: p.stem)
@pytest.mark.filterwarnings("ignore:Units do not match")
def test_models_of_the_literature_are_read_quickly(path: Path) -> None:
    start = time.perf_counter()
    found = read_definition(path)
    assert time.perf_counter() - start < 5
    assert found.species or found.parameters
