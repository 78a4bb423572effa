from __future__ import annotations

import pytest

from hybridcell._core.expressions import apply, number, symbol, time
from hybridcell.io.sbml.reaction_check import network_deviation
from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.reactions.elements import Definition, ParameterElement, Rule
from tests.io.sbml.texts import EVERYTHING


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
    deviation, note = network_deviation("", network)
    assert deviation is None
    assert why in note


def test_a_solution_that_ends_is_no_comparison():
    pytest.importorskip("roadrunner", reason="libRoadRunner is not installed (pip install libroadrunner)")
    explodes = growing(apply("mul", number(10.0), apply("pow", symbol("x"), number(3.0))))
    assert network_deviation("", explodes) == (None, "our own solver gave up")


def test_a_file_that_cannot_be_run_is_no_comparison():
    pytest.importorskip("roadrunner", reason="libRoadRunner is not installed (pip install libroadrunner)")
    deviation, note = network_deviation("no SBML", growing(apply("mul", symbol("k"), time())))
    assert deviation is None
    assert "libRoadRunner failed" in note
