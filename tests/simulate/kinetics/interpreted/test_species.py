"""What only species show: sizes that change with the amounts in them, and fast reactions."""

from __future__ import annotations

import numpy as np

from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    Definition,
    Reaction,
    Species,
    SpeciesReference,
)
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.mechanisms.formula import f
from tests.simulate.kinetics.interpreted.networks import column, event, run


def species(name: str, concentration: float) -> Species:
    return Species(id=name, compartment="c", initial_concentration=concentration)


def test_a_concentration_set_together_with_its_size_is_meant_in_the_size_before():
    equations = resolve(
        Definition(
            compartments=(Compartment(id="c", size=0.5, constant=False),),
            species=(species("s", 2.0),),
            events=(event("time >= 1", {"c": "0.2", "s": "0.2"}),),
        )
    )
    result = run(equations, [0.0, 2.0])
    np.testing.assert_allclose(column(equations, result, "s"), [1.0, 0.1])
    np.testing.assert_allclose(column(equations, result, "c"), [0.5, 0.2])


def test_a_fast_reaction_ends_where_it_leads_and_not_at_the_nearest_equilibrium():
    equations = resolve(
        Definition(
            level=2,
            compartments=(Compartment(id="c", size=1.0),),
            species=(species("a", 3.0), species("b", 2.0)),
            reactions=(
                Reaction(
                    id="r",
                    reactants=(SpeciesReference(species="a"),),
                    products=(SpeciesReference(species="b"),),
                    law=f("a * b"),
                    fast=True,
                ),
            ),
        )
    )
    result = run(equations, [0.0, 1.0])
    np.testing.assert_allclose(column(equations, result, "a"), 0.0, atol=1e-9)
    np.testing.assert_allclose(column(equations, result, "b"), 5.0, rtol=1e-9)
