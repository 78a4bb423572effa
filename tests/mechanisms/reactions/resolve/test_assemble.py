"""Whole networks: laws that hold for all of them, files of the literature, and speed."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions.expression import leaves, walk
from hybridcell.mechanisms.reactions.elements import Compartment
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    network,
    parameter,
    reaction,
    side,
    species,
)
from tests.tolerances import ANALYTIC

_SIDES = st.dictionaries(st.integers(0, 4), st.sampled_from([0.5, 1.0, 2.0]), max_size=3)
_REACTIONS = st.lists(st.tuples(_SIDES, _SIDES), min_size=1, max_size=5)
_AMOUNTS = st.lists(st.floats(0.1, 5.0), min_size=5, max_size=5)


def mass_action(reactions, amounts, *, concentrations=False, size=2.0, order=range(5)):
    """Return a network of mass action, with amounts or concentrations in math."""
    factor = 1.0 if concentrations else 1.0 / size
    found = []
    for i, (left, right) in enumerate(reactions):
        law = " * ".join(["C", *(f"(S{j} * {factor}) ^ {n}" for j, n in left.items())])
        references = ([side(f"S{j}", n) for j, n in where.items()] for where in (left, right))
        found.append(reaction(f"v{i}", *references, law))
    there = [species(f"S{j}", amounts[j], only_substance=not concentrations) for j in order]
    return Numbers(*there, *found, size=size)


@given(reactions=_REACTIONS, amounts=_AMOUNTS)
@settings(max_examples=40)
def test_states_change_as_stoichiometry_times_flux(reactions, amounts):
    numbers = mass_action(reactions, amounts)
    wanted = np.zeros(5)
    for left, right in reactions:
        flux = 2.0 * np.prod([(amounts[j] / 2.0) ** n for j, n in left.items()])
        for sign, where in ((-1, left), (1, right)):
            for j, n in where.items():
                wanted[j] += sign * n * flux
    change = numbers.change()
    found = [change.get(f"S{j}", 0.0) for j in range(5)]
    np.testing.assert_allclose(found, wanted, **ANALYTIC)


@given(reactions=_REACTIONS, amounts=_AMOUNTS)
@settings(max_examples=25)
def test_amounts_and_concentrations_in_math_are_two_ways_to_say_the_same(reactions, amounts):
    one, other = (mass_action(reactions, amounts, concentrations=c).change() for c in (False, True))
    assert one.keys() == other.keys()
    np.testing.assert_allclose(list(one.values()), list(other.values()), **ANALYTIC)


@given(reactions=_REACTIONS, amounts=_AMOUNTS, order=st.permutations(range(5)))
@settings(max_examples=25)
def test_the_order_of_species_does_not_matter(reactions, amounts, order):
    one, other = (mass_action(reactions, amounts, order=o).change() for o in (range(5), order))
    np.testing.assert_allclose([other[name] for name in one], list(one.values()), **ANALYTIC)


def check_is_closed(equations) -> None:
    """Everything is over states, constants, time and numbers that exist, and all ids can be observed."""
    roots = [*equations.dynamic, *equations.observables.values(), *equations.amounts.values()]
    roots += [*equations.concentrations.values(), *(s.root for s in equations.switches)]
    gone = {node.op for node in walk(roots)} & {"symbol", "call", "rate_of"}
    assert not gone
    assert set(leaves(roots, "state")) <= set(equations.states)
    assert set(leaves([*roots, *equations.initial], "constant")) <= set(equations.constants)
    assert not leaves(equations.initial, "state")
    rows = equations.n if equations.differential is None else len(equations.differential)
    assert rows + len(equations.residuals) == equations.n


def test_a_network_of_everything_is_closed():
    from tests.mechanisms.reactions.resolve.building import event, function, rule, start

    numbers = Numbers(
        Compartment(id="C", size=2.0, constant=False),
        rule("rate", "C", "0.1"),
        *(species(f"S{i}", 1.0) for i in range(4)),
        species("B", boundary=True),
        rule("algebraic", "", "B ^ 2 - S1"),
        parameter("k", None),
        start("k", "2 * time"),
        parameter("y", constant=False),
        rule("assignment", "y", "g(S1) + rate_of(S1) + v1"),
        function("g", "x", "1 if x > 2 else 0"),
        reaction("v1", ["S0"], [side("S1", 2.0, id="n")], "k * S0 * B"),
        reaction("v2", ["S2"], ["S3"], "S2 - S3", fast=True),
        event("e", "y > 1", {"S0": "y", "C": "1"}, delay="0.5"),
    )
    check_is_closed(numbers.equations)
    assert numbers.equations.states == ("C", "S0", "S1", "S2", "S3", "B", "k")


def test_models_of_the_literature_are_closed():
    folder = Path(os.environ.get("HYBRIDCELL_DATA", "nowhere")) / "biomodels" / "sbml"
    if not folder.is_dir():
        pytest.skip("needs the BioModels files in $HYBRIDCELL_DATA")
    from hybridcell.io.sbml.read import read_definition

    for path in sorted(folder.glob("*.xml")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_is_closed(resolve(read_definition(path)))


def test_hundreds_of_reactions_take_a_fraction_of_a_second():
    n = 800
    there = [species(f"S{i}", 1.0) for i in range(n)]
    laws = [f"k{i} * S{i} * C / (1 + S{(i + 1) % n})" for i in range(n)]
    reactions = [reaction(f"v{i}", [f"S{i}"], [f"S{(i + 1) % n}"], law) for i, law in enumerate(laws)]
    definition = network(*there, *reactions, *(parameter(f"k{i}") for i in range(n)))
    began = time.process_time()
    equations = resolve(definition)
    assert time.process_time() - began < 2.0
    assert (equations.n, len(equations.fluxes), len(equations.coefficients)) == (n, n, 2 * n)
