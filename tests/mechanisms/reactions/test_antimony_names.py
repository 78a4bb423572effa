from __future__ import annotations

from hybridcell._core.expressions import apply, symbol
from hybridcell._core.expressions.expression import call
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.antimony_names import AntimonyNames


def names_of(*ids, **lists):
    return AntimonyNames(e.Definition(parameters=tuple(e.ParameterElement(id=i) for i in ids), **lists))


def test_words_are_avoided_and_nothing_else():
    names = names_of("at", "at_", "sin", "NaN", "TRUE", "Sin", "k")
    assert [names[i] for i in ("at", "at_", "sin", "NaN", "TRUE", "Sin", "k")] == [
        "at__2", "at_", "sin_", "NaN_", "TRUE_", "Sin", "k",
    ]  # fmt: skip
    assert names.model == "network"


def test_local_parameters_have_names_of_their_own():
    reaction = e.Reaction(id="v", local_parameters=(e.ParameterElement(id="v.k"),))
    assert names_of("v_k", reactions=(reaction,))["v.k"] == "v_k_2"


def test_units_do_not_share_names_with_values():
    names = names_of("nM", units=(e.UnitDefinition(id="nM"), e.UnitDefinition(id="uM")))
    assert [names.unit(i) for i in ("nM", "uM", "mole")] == ["nM_2", "uM", "mole"]


def test_formulas_use_the_names():
    function = e.FunctionDefinition(
        id="max", arguments=("at", "x"), body=apply("sub", symbol("at"), symbol("x"))
    )
    names = names_of("at", functions=(function,))
    assert names.text(call("max", [symbol("at")])) == "max_(at_)"
    assert names.function(function) == (["at_", "x"], "at_ - x")
