from __future__ import annotations

from pathlib import Path

import pytest

import hybridcell as hc
from hybridcell._core.expressions import apply, number, symbol, time
from hybridcell.io.sbml.reaction_check import compare_network, reference_simulation
from hybridcell.io.sbml.read import read_sbml
from hybridcell.io.sbml.simulators import Simulation
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.reactions.elements import Definition, ParameterElement, Rule
from tests.io.sbml.texts import BINDING, EVERYTHING

PROGRAMS = ["hybridcell", "libRoadRunner", "COPASI"]


def growing(math):
    """Return a network of one variable x with dx/dt."""
    parameters = (ParameterElement(id="x", value=1.0, constant=False), ParameterElement(id="k", value=0.5))
    return ReactionNetwork.from_definition(
        Definition(parameters=parameters, rules=(Rule(kind="rate", variable="x", math=math),))
    )


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (read_sbml(EVERYTHING), "with events"),
        (ReactionNetwork.from_definition(Definition()), "without states"),
        (growing(apply("delay", symbol("x"), number(1.0))), "with delays"),
    ],
)
def test_what_is_not_compared_is_said(network, why):
    wanted = reference_simulation(network)
    assert isinstance(wanted, str)
    assert why in wanted
    found = compare_network("", network, network.definition, wanted)
    assert found.deviations == {}
    assert list(found.notes) == PROGRAMS


def test_a_solution_that_ends_is_no_comparison():
    explodes = growing(apply("mul", number(10.0), apply("pow", symbol("x"), number(3.0))))
    assert reference_simulation(explodes) == "our own solver gave up"


def test_a_file_that_cannot_be_run_is_no_comparison():
    network = growing(apply("mul", symbol("k"), time()))
    wanted = reference_simulation(network)
    assert isinstance(wanted, Simulation)
    found = compare_network("no SBML", network, network.definition, wanted)
    assert found.deviations == {}
    assert "hybridcell failed" in found.notes["hybridcell"]


def test_a_wrong_file_is_found_out(tmp_path: Path):
    network = read_sbml(BINDING)
    hc.write_sbml(network.with_values({"kr": 0.31}), tmp_path / "wrong.xml", resimulate=False)
    xml = (tmp_path / "wrong.xml").read_text("utf-8")
    found = compare_network(xml, network, network.definition, reference_simulation(network))
    assert found.deviations["hybridcell"] > 1e-4
    assert all(deviation > 1e-4 for deviation in found.deviations.values())
