from __future__ import annotations

from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms.reactions.elements import ParameterElement, Species
from hybridcell.mechanisms.reactions.face import LONGEST, kind_of, shortened
from tests.io.sbml.texts import BINDING


def test_notes_and_annotations():
    network = read_sbml(BINDING)
    species = network.species["A"]
    assert species.annotations == {"is": ["urn:miriam:uniprot:P27361", "urn:miriam:uniprot:P28482"]}
    assert network.species["B"].annotations == {}
    assert network.definition.notes_text == "A & B\nbind"
    assert "P28482" in species._repr_html_()


def test_an_element_in_one_line():
    assert repr(ParameterElement(id="k", name="k")) == "parameter(k)"
    assert repr(ParameterElement(name="rate", value=2.0)) == "parameter(- 'rate': 2)"
    assert kind_of(Species(id="s")) == "species"


def test_long_cells_are_cut():
    assert shortened(1 / 3) == "0.333333"
    assert len(shortened("x" * 1000)) == LONGEST
