from __future__ import annotations

from hybridcell._core.expressions import apply, symbol, time
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of, new_id, without_stoichiometry_math


def network(math):
    product = e.SpeciesReference(species="A", math=math, constant=False)
    return e.Definition(
        id="net",
        parameters=(e.ParameterElement(id="k"), e.ParameterElement(id="v_product_A", constant=False)),
        reactions=(e.Reaction(id="v", products=(product,)),),
    )


def test_nothing_to_do():
    definition = network(None)
    assert without_stoichiometry_math(definition) is definition


def test_formulas_of_constants_are_assigned_at_the_start():
    found = without_stoichiometry_math(network(symbol("k")))
    (product,) = found.reactions[0].products
    assert (product.id, product.constant, product.math) == ("v_product_A_2", True, None)
    assert found.initial_assignments[0].variable == "v_product_A_2"
    assert found.rules == ()


def test_other_formulas_become_rules():
    for math in (time(), symbol("v_product_A"), apply("delay", symbol("k"), symbol("k"))):
        found = without_stoichiometry_math(network(math))
        assert not found.reactions[0].products[0].constant
        assert found.rules[0].math is math


def test_ids():
    assert ids_of(network(None)) == ["net", "k", "v_product_A", "v"]
    taken = {"a", "a_2"}
    assert [new_id("a", taken), new_id("b", taken), new_id("b", taken)] == ["a_3", "b", "b_2"]
