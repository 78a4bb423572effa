"""What is wrong is said with the element, its line and how to mend it."""

from __future__ import annotations

import warnings

import pytest

from hybridcell._core.errors import SBMLError, SBMLWarning
from hybridcell.mechanisms.reactions.elements import Compartment, Rule
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.mechanisms.formula import f
from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    event,
    network,
    parameter,
    reaction,
    rule,
    side,
    species,
    start,
)

K = parameter("k1", 3.0)
Y = parameter("y", constant=False)


def test_unknown_ids_suggest_the_nearest():
    with pytest.raises(
        SBMLError, match=r"the rate law reads an unknown id 'k_1'.*Did you mean 'k1'"
    ) as caught:
        Numbers(K, species("S", 1.0), reaction("v", ["S"], [], "k_1 * S", line=42))
    assert (caught.value.element, caught.value.line) == ("v", 42)


@pytest.mark.parametrize(
    ("element", "what"),
    [
        (rule("assignment", "y", "nope"), "the assignment rule of 'y'"),
        (rule("algebraic", "", "nope - y"), "the algebraic rule"),
        (start("y", "nope"), "the initial assignment of 'y'"),
        (event("e", "nope > 1", {"y": "1"}), "the trigger"),
        (event("e", "time > 1", {"y": "nope"}), "the assignment of 'y'"),
        (event("e", "time > 1", {"y": "1"}, delay="nope"), "the delay"),
        (rule("rate", "nope", "1"), "the rate rule of 'nope'"),
    ],
)
def test_unknown_ids_anywhere(element, what):
    with pytest.raises(SBMLError, match="reads an unknown id 'nope'") as caught:
        Numbers(Y, element)
    assert what in str(caught.value)


def test_places_must_exist():
    with pytest.raises(SBMLError, match="its compartment 'D' is not in the file"):
        Numbers(species("S", 1.0, compartment="D"))
    with pytest.raises(SBMLError, match=r"'v': its species 'T' is not in the file\. Add"):
        Numbers(reaction("v", ["T"], [], "1"))
    with pytest.raises(SBMLError, match="conversion factor 'q'"):
        Numbers(species("S", 1.0, conversion_factor="q"))


@pytest.mark.parametrize(
    ("elements", "circle"),
    [
        ([rule("assignment", "y", "y + 1")], "y -> y"),
        ([rule("assignment", "y", "2 * z"), rule("assignment", "z", "k1 * y")], "y -> z -> y"),
        (
            [rule("assignment", "y", "v"), reaction("v", [], [], "z"), rule("assignment", "z", "y")],
            "y -> v -> z -> y",
        ),
        ([rule("assignment", "y", "rate_of(z)"), rule("rate", "z", "y")], r"rateOf\(z\)"),
        ([start("y", "z"), start("z", "y + 1")], "y -> z -> y"),
    ],
)
def test_circles_are_named(elements, circle):
    with pytest.raises(SBMLError, match=f"in a circle: .*{circle}"):
        Numbers(K, Y, parameter("z", constant=False), *elements)


def test_ids_are_used_once():
    with pytest.raises(SBMLError, match="the id 'k1' is used twice"):
        Numbers(K, K)


def test_a_variable_is_determined_once():
    with pytest.raises(SBMLError, match="'y' has two rules"):
        Numbers(Y, rule("assignment", "y", "1"), rule("rate", "y", "2"))
    with pytest.raises(SBMLError, match="assignment rule and changed by a reaction"):
        Numbers(species("S", 1.0), reaction("v", ["S"], [], "1"), rule("assignment", "S", "2"))
    with pytest.raises(SBMLError, match="a rate rule and by reaction 'v'"):
        Numbers(species("S", 1.0), reaction("v", ["S"], [], "1"), rule("rate", "S", "2"))
    with pytest.raises(SBMLError, match="'v', which is a reaction"):
        Numbers(reaction("v", [], [], "1"), rule("assignment", "v", "2"))


def test_rules_without_math_do_nothing():
    numbers = Numbers(K, Y, rule("assignment", "y", None), rule("algebraic", "", None))
    assert numbers.value("y") == 1.0


def test_an_empty_compartment_matters_where_it_divides():
    reacting = reaction("v", ["S"], [], "1")
    Numbers(species("S", 1.0, only_substance=True), reacting, size=0.0)
    Numbers(species("S", 1.0), size=0.0)
    with pytest.raises(SBMLError, match="its size is 0") as caught:
        Numbers(species("S", 1.0), reaction("v", ["S"], [], "S"), size=0.0)
    assert caught.value.element == "C"


def test_missing_values_that_are_needed_are_warned_of():
    with pytest.warns(SBMLWarning, match="'k2' without a value: taken as NaN"):
        resolve(network(parameter("k2", None), species("S", 1.0), reaction("v", ["S"], [], "k2")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve(network(parameter("k2", None), Compartment(id="D")))


def test_reactions_without_a_law_are_warned_of():
    with pytest.warns(SBMLWarning, match=r"'v' \(line 7\) without a rate law: taken as 0"):
        equations = resolve(network(species("S", 1.0), reaction("v", ["S"], [], None, line=7)))
    assert str(equations.fluxes[0]) == "0"


def test_a_stoichiometry_that_is_not_given_is_1():
    said = r"^'v' \(line 4\) with a stoichiometry that the file does not give: taken as 1\.$"
    with pytest.warns(SBMLWarning, match=said) as caught:
        numbers = Numbers(K, species("S", 1.0), reaction("v", [side("S", None)], [], "k1", line=4))
    assert len(caught) == 1
    assert numbers.change() == {"S": -3.0}


@pytest.mark.parametrize(
    "setter",
    [
        rule("assignment", "n", "2"),
        rule("rate", "n", "2"),
        rule("algebraic", "", "n - 2"),
        start("n", "2"),
        event("e", "time > 1", {"n": "2"}),
    ],
)
def test_a_stoichiometry_that_something_sets_is_not_taken_as_1(setter):
    product = side("S", None, id="n", constant=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Numbers(K, species("S", 1.0), reaction("v", [], [product], "k1"), setter)
    assert not [one for one in caught if "taken as 1" in str(one.message)]


def test_long_chains_of_rules_need_no_recursion():
    n = 3000
    names = [f"y{i}" for i in range(n)]
    rules = [rule("assignment", name, f"{after} + 1") for name, after in zip(names, [*names[1:], "k1"])]
    numbers = Numbers(K, *(parameter(name, constant=False) for name in names), *rules)
    assert numbers.value("y0") == n + 3.0


def test_circles_of_thousands_are_found():
    n = 3000
    names = [f"y{i}" for i in range(n)]
    rules = [
        Rule(kind="assignment", variable=name, math=f(after))
        for name, after in zip(names, [*names[1:], "y0"])
    ]
    with pytest.raises(SBMLError, match="in a circle: y0 -> y1 -> "):
        Numbers(*(parameter(name, constant=False) for name in names), *rules)
