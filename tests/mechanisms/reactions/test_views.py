from __future__ import annotations

import pytest

from hybridcell._core.expressions import number
from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms.reactions.elements import Definition, InitialAssignment, ParameterElement, Rule
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.views import current_definition, set_by
from tests.io.sbml.texts import BINDING, EVERYTHING


@pytest.fixture(scope="module")
def binding():
    return read_sbml(BINDING)


@pytest.fixture(scope="module")
def everything():
    return read_sbml(EVERYTHING)


def test_an_unchanged_network_is_its_definition(binding):
    assert current_definition(binding) is binding.definition
    assert current_definition(binding.with_values({"kr": 2.0})) is not binding.definition


def test_what_decides_a_value():
    start = InitialAssignment(variable="x", math=number(1.0))
    rule = Rule(kind="rate", variable="x", math=number(2.0))
    definition = Definition(
        parameters=(ParameterElement(id="x", constant=False),), initial_assignments=(start,), rules=(rule,)
    )
    assert set_by(definition) == {"x": "at the start x = 1; d(x)/dt = 2"}


def test_network_card(binding, everything):
    card = binding._repr_html_()
    for text in (
        "A binds B",
        "3 species",
        "1 compartment,",
        "nanomole",
        "A + 2 B -&gt; C",
        "A + C",
        "pubmed:1",
    ):
        assert text in card
    assert "1 changed from the file" in binding.with_values({"kr": 2.0})._repr_html_()
    assert "1 changed only by events" in everything._repr_html_()
    assert "more in .reactions" not in card
    assert "ReactionNetwork" in ReactionNetwork.from_definition(Definition())._repr_html_()
