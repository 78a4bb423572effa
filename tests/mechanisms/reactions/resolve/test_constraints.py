"""Fast reactions and algebraic rules as rows of equations."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnsupportedSBMLError
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    network,
    parameter,
    reaction,
    rule,
    side,
    species,
    start,
)

S1, S2, S3, S4 = (species(f"S{i}", float(i)) for i in range(1, 5))
K = parameter("k", 3.0)


def test_a_network_without_fast_reactions_has_no_constraints():
    equations = Numbers(S1, S2, reaction("v", ["S1"], ["S2"], "S1")).equations
    assert equations.differential is None
    assert equations.relaxation is None
    assert equations.residuals == ()


def test_one_fast_reaction_conserves_the_sum():
    numbers = Numbers(
        S1,
        S2,
        S3,
        K,
        reaction("fast", ["S1"], ["S2"], "S1 - k * S2", fast=True),
        reaction("slow", ["S2"], ["S3"], "S2"),
    )
    equations = numbers.equations
    np.testing.assert_array_equal(equations.differential, [[1, 1, 0], [0, 0, 1]])
    assert [numbers.at(g, S1=6.0, S2=2.0) for g in equations.residuals] == [0.0]
    np.testing.assert_array_equal(equations.relaxation, [[-1], [1], [0]])
    # the fast reaction is not in N, and its flux is still to be seen
    assert set(equations.columns.tolist()) == {1}
    assert numbers.value("fast", S1=8.0, S2=2.0) == (8.0 - 6.0) / 2.0


def test_stoichiometry_decides_what_is_conserved():
    equations = Numbers(S1, S2, reaction("v", [side("S1", 2.0)], ["S2"], "S1", fast=True)).equations
    np.testing.assert_array_equal(equations.differential, [[1, 2]])


def test_parallel_fast_reactions_are_at_rest_together():
    """Only the sum of two reactions between the same species vanishes: each may go on against the other."""
    numbers = Numbers(
        S1,
        S2,
        reaction("a", ["S1"], ["S2"], "S1 - S2", fast=True),
        reaction("b", ["S1"], ["S2"], "S1 - 3 * S2", fast=True),
    )
    (residual,) = numbers.equations.residuals
    assert numbers.at(residual, S1=4.0, S2=2.0) == 0.0


def test_boundary_species_do_not_move():
    held = species("B", 1.0, boundary=True)
    numbers = Numbers(S1, held, reaction("v", ["B"], ["S1"], "B - S1", fast=True))
    assert numbers.equations.states == ("S1",)
    assert numbers.equations.differential.shape == (0, 1)


def test_a_fast_reaction_between_boundary_species_holds_nothing():
    held = [species(name, 1.0, boundary=True) for name in "AB"]
    assert Numbers(*held, reaction("v", ["A"], ["B"], "A", fast=True)).equations.residuals == ()


def test_conversion_factors_are_taken_as_numbers():
    converted = species("S1", 1.0, conversion_factor="k")
    elements = (converted, S2, K, parameter("other"), reaction("v", ["S1"], ["S2"], "S1", fast=True))
    numbers = Numbers(*elements)
    np.testing.assert_allclose(numbers.equations.differential, [[1, 3]])
    assert numbers.value("k") == 3.0
    net = ReactionNetwork.from_definition(network(*elements))
    with pytest.raises(InvalidValueError, match="'k' cannot be given a value"):
        net.with_values({"k": 2.0})


def test_computed_stoichiometry_is_refused():
    with pytest.raises(UnsupportedSBMLError, match="fast reaction whose stoichiometry of 'S1' is computed"):
        Numbers(S1, S2, K, reaction("v", [side("S1", id="n")], ["S2"], "S1", fast=True), start("n", "k"))


def test_algebraic_rules_and_fast_reactions_together():
    numbers = Numbers(
        S1,
        S2,
        parameter("q", 1.5, constant=False),
        rule("algebraic", "", "q ^ 2 - S1"),
        reaction("fast", ["S1"], ["S2"], "S1 - q * S2", fast=True),
    )
    equations = numbers.equations
    np.testing.assert_array_equal(equations.differential, [[1, 1, 0]])
    np.testing.assert_array_equal(equations.relaxation, [[0, -1], [0, 1], [0, 0]])
    assert [numbers.at(g, S1=8.0, q=2.0, S2=4.0) for g in equations.residuals] == [0.0, 0.0]
