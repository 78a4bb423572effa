from __future__ import annotations

import numpy as np

from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms.reactions.current import changed_values, with_changes
from hybridcell.mechanisms.reactions.elements import Definition, Reaction, Species, SpeciesReference
from tests.io.sbml.texts import BINDING


def test_only_what_differs_is_changed():
    network = read_sbml(BINDING)
    values = np.asarray(network.values).copy()
    assert changed_values(network.equations, values) == {}
    values[network.equations.constants.index("kr")] = 5.0
    assert changed_values(network.equations, values) == {"kr": 5.0}
    # values of many networks at once are no values to show
    assert changed_values(network.equations, np.stack([values, values])) == {}


def test_numbers_keep_their_quantity():
    species = (
        Species(id="a", initial_amount=1.0),
        Species(id="c", initial_concentration=1.0),
        Species(id="s", only_substance=True),
        Species(id="n"),
    )
    reaction = Reaction(id="v", products=(SpeciesReference(species="a", id="yield"),))
    changed = with_changes(
        Definition(species=species, reactions=(reaction,)), dict.fromkeys("acsn", 2.0) | {"yield": 3.0}
    )
    assert [(s.initial_amount, s.initial_concentration) for s in changed.species] == [
        (2.0, None), (None, 2.0), (2.0, None), (None, 2.0),
    ]  # fmt: skip
    assert changed.reactions[0].products[0].stoichiometry == 3.0
