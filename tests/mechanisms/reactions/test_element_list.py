from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms.reactions.element_list import SHOWN, ElementList
from hybridcell.mechanisms.reactions.elements import ParameterElement, Rule, Species
from tests.io.sbml.texts import BINDING, EVERYTHING


@pytest.fixture(scope="module")
def binding():
    return read_sbml(BINDING)


@pytest.fixture(scope="module")
def everything():
    return read_sbml(EVERYTHING)


def test_elements_by_id_position_and_slice(binding):
    assert binding.species["A"] is binding.species[0]
    assert binding.species[-1].id == "C"
    assert binding.species[1:].ids == ["B", "C"]
    assert binding.species[["C", "A"]].ids == ["C", "A"]
    assert [s.id for s in binding.species] == binding.species.ids == ["A", "B", "C"]
    assert len(binding.reactions) == 2
    assert "bind" in binding.reactions
    assert "A" not in binding.reactions
    assert binding.reactions["back"] in binding.reactions
    assert binding.compartments["cell"].size == 2


def test_unknown_ids_come_with_the_nearest(binding):
    with pytest.raises(UnknownNameError, match=r"no reaction 'bond'\. Did you mean 'bind'"):
        binding.reactions["bond"]
    with pytest.raises(UnknownNameError, match="That is the name of A: use the id 'A'"):
        binding.species["MAPK"]
    with pytest.raises(InvalidValueError, match="no species number 7; there are 3"):
        binding.species[7]


def test_query(binding):
    assert binding.species.query("mapk").ids == ["A", "C"]
    assert binding.species.query("p27361").ids == ["A"]
    assert binding.species.query("SBO:0000252").ids == ["A"]
    assert binding.species.query("^[bc]$").ids == ["B", "C"]
    assert len(binding.species.query("nothing like it")) == 0
    with pytest.raises(InvalidValueError, match=r"no regular expression.*re\.escape"):
        binding.species.query("A(")


def test_local_parameters_are_parameters(binding):
    assert binding.parameters.ids == ["kr", "bind.k"]
    assert binding.parameters["bind.k"].value == 0.1


def test_elements_have_the_values_of_the_network(binding):
    changed = binding.with_values({"kr": 7.0, "bind.k": 8.0, "A": 20.0, "B": 1.5, "cell": 4.0})
    assert changed.parameters["kr"].value == 7.0
    assert changed.parameters["bind.k"].value == 8.0
    assert changed.species["A"].initial_amount == 20.0
    assert changed.species["B"].initial_concentration == 1.5
    assert changed.compartments["cell"].size == 4.0
    assert binding.parameters["kr"].value == 0.1 + 0.2
    assert changed.species["C"] is binding.species["C"]


def test_tables(binding, everything):
    species = binding.species.to_dataframe()
    assert list(species.columns[:2]) == ["id", "name"]
    assert list(species["quantity"]) == ["amount", "concentration", "amount"]
    assert list(species["value"]) == [10, 3, 0]
    reactions = binding.reactions.to_dataframe()
    assert list(reactions["equation"]) == ["A + 2 B -> C", "C -> A + 2 B"]
    assert list(reactions["law"]) == ["cell*bind.k*A*B", "kr*C"]
    parameters = everything.parameters.to_dataframe().set_index("id")
    assert parameters.loc["y", "set_by"] == "d(y)/dt = dose - at*y"
    assert parameters.loc["start", "set_by"] == "at the start start = 3*at"
    assert parameters.loc["dose", "set_by"] == "event give"
    assert np.isnan(parameters.loc["z", "value"])
    assert everything.reactions[0].facts["equation"] == "S <-> 2 P"
    events = everything.events.to_dataframe()
    assert events["trigger"][0] == "time > 2"
    assert events["assignments"][0] == "dose = 1; S = S + 1"
    assert list(everything.rules.to_dataframe()["kind"]) == ["rate", "assignment", "assignment", "rate"]
    assert everything.functions["hill"].facts["body"] == "x^h/(1 + x^h)"
    assert list(binding.events.to_dataframe().columns) == ["id", "name"]


def test_rules_go_by_their_variable(everything):
    assert everything.rules["z"].kind == "assignment"
    assert everything.rules.ids == ["y", "z", "slope", "cell"]
    assert repr(everything.rules["y"]) == "rule(-: d(y)/dt = dose - at*y)"
    assert ElementList("rule", [Rule(kind="algebraic")]).ids == [""]
    assert ">id</th>" not in everything.rules._repr_html_()


def test_repr_is_short(binding):
    assert repr(binding.species) == "3 species: A, B, C"
    assert repr(binding.events) == "no events"
    assert repr(binding.species["A"]) == "species(A 'MAPK': 10 in cell)"
    assert repr(binding.species["B"]) == "species(B: concentration 3 in cell)"
    assert repr(binding.reactions["bind"]) == "reaction(bind 'binding': A + 2 B -> C)"
    assert repr(binding.parameters["bind.k"]) == "parameter(bind.k: 0.1 association)"
    assert repr(binding) == "ReactionNetwork('binding': 3 species, 2 reactions, 1 parameter)"


def test_html_is_escaped_and_cut():
    nasty = [Species(id=f"s{i}", name="<script>alert(1)</script>", compartment="c") for i in range(SHOWN + 5)]
    shown = ElementList("species", nasty)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert f"{SHOWN + 5} species, the first {SHOWN} of them" in shown
    assert shown.count("<tr>") == SHOWN + 1
    assert "<script>" not in nasty[0]._repr_html_()
    long = ParameterElement(id="k", name="n" * 10_000)
    assert len(long._repr_html_()) < 2000
