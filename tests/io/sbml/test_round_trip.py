"""Files of the literature and of the SBML Test Suite, read, written, and read again."""

from __future__ import annotations

import os
import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.reaction_document import definition_to_xml
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from tests.io.sbml.comparison import differences
from tests.tolerances import ANALYTIC

DATA = Path(os.environ.get("HYBRIDCELL_DATA", "no data"))
MODELS = sorted((DATA / "biomodels" / "sbml").glob("*.xml"))
SUITE = DATA / "sbml-test-suite"
#: Every so many cases of the suite are taken.
STRIDE = 20
CLOSE = 1e-6

pytestmark = pytest.mark.filterwarnings("ignore::hybridcell._core.errors.SBMLWarning")


def values_at_random(network: ReactionNetwork) -> list[np.ndarray]:
    """Return x at the start, and dx/dt with all residuals at a random point."""
    equations, p = network.equations, np.asarray(network.values)
    x = np.exp(np.random.default_rng(0).normal(size=equations.n))
    roots = (*rates_of_change(equations), *equations.residuals)
    return [Interpreter(equations.initial, equations)(0.0, x, p), Interpreter(roots, equations)(0.7, x, p)]


def check_round_trip(path_or_xml):
    """Check that a file is written as valid SBML that says and computes the same; return the text."""
    definition = read_definition(path_or_xml)
    written = definition_to_xml(definition)
    consistency_messages(written)
    again = read_definition(written)
    stoichiometry_math = any(one.math for r in definition.reactions for one in (*r.reactants, *r.products))
    # formulas of Level 2 become rules, and its unit `area` a definition
    if not stoichiometry_math and len(again.units) == len(definition.units):
        assert differences(definition, again) == []
    first, second = ReactionNetwork.from_definition(definition), ReactionNetwork.from_definition(again)
    assert first.equations.states == second.equations.states
    for a, b in zip(values_at_random(first), values_at_random(second)):
        np.testing.assert_allclose(b, a, **ANALYTIC)
    return written


@pytest.mark.skipif(not MODELS, reason="needs the BioModels files in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_of_the_literature(path):
    check_round_trip(path)


def trajectories(xml: str, ids: list[str]) -> np.ndarray:
    import roadrunner

    runner = roadrunner.RoadRunner(xml)
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-14
    runner.timeCourseSelections = ids
    return np.asarray(runner.simulate(0, 10, 11))


@pytest.mark.skipif(find_spec("roadrunner") is None, reason="libRoadRunner is not installed")
@pytest.mark.skipif(not MODELS, reason="needs the BioModels files in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("number", [3, 9, 12, 28, 56, 140, 206])
def test_libroadrunner_sees_no_difference(number):
    path = DATA / "biomodels" / "sbml" / f"BIOMD{number:010d}.xml"
    definition = read_definition(path)
    ids = [s.id for s in definition.species if not s.boundary]
    before = trajectories(str(path), ids)
    after = trajectories(definition_to_xml(definition), ids)
    np.testing.assert_allclose(after, before, rtol=CLOSE, atol=CLOSE * np.median(np.abs(before)))


def cases(archive: str, stride: int) -> list[tuple[str, str]]:
    """Return name and text of some SBML files of an archive."""
    with tarfile.open(SUITE / archive) as tar:
        files = sorted((m for m in tar.getmembers() if "-sbml-" in m.name), key=lambda m: m.name)
        return [(m.name, tar.extractfile(m).read().decode()) for m in files[::stride]]  # pyright: ignore


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs the SBML Test Suite in $HYBRIDCELL_DATA")
@pytest.mark.parametrize(
    ("archive", "stride"), [("semantic.tar.gz", STRIDE), ("semantic-levels.tar.gz", STRIDE)]
)
def test_cases_of_the_suite(archive, stride):
    failed = {}
    found = cases(archive, stride)
    refused = 0
    for name, text in found:
        try:
            read_definition(text)
        except SBMLError:
            refused += 1
            continue
        try:
            check_round_trip(text)
        except Exception as error:  # all are shown at once
            failed[name] = f"{type(error).__name__}: {error!s:.300}"
    assert failed == {}
    assert refused < len(found) / 10
