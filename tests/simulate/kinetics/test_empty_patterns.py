"""Networks of which no state depends on another, or only in one direction: there is little to eliminate."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import hybridcell as hc

SBML = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>
<listOfSpecies>{species}</listOfSpecies>
<listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
<listOfReactions>{reactions}</listOfReactions><listOfEvents>{events}</listOfEvents></model></sbml>"""
SPECIES = """<species id="{id}" compartment="c" initialAmount="1" hasOnlySubstanceUnits="true"
boundaryCondition="false" constant="false"/>"""
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
LAW = MATH.format("<apply><times/><ci>k</ci><ci>A</ci></apply>")
SIDE = '<listOf{}><speciesReference species="{}" stoichiometry="1" constant="true"/></listOf{}>'
TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'
TRIGGER = MATH.format(f"<apply><geq/>{TIME}<cn>1.5</cn></apply>")
EVENT = f"""<event id="e" useValuesFromTriggerTime="true">
<trigger initialValue="true" persistent="true">{TRIGGER}</trigger>
<listOfEventAssignments><eventAssignment variable="A">{LAW}</eventAssignment></listOfEventAssignments>
</event>"""


def reaction(source: str, product: str, law: str) -> str:
    sides = [SIDE.format(kind, id, kind) for kind, id in (("Reactants", source), ("Products", product)) if id]
    return f'<reaction id="r" reversible="false">{"".join(sides)}<kineticLaw>{law}</kineticLaw></reaction>'


def test_nothing_moves_in_nine_conditions() -> None:
    rule = MATH.format(f"<apply><times/><ci>k</ci>{TIME}</apply>")
    made = hc.read_sbml(
        f"""<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
        <listOfParameters><parameter id="k" value="1" constant="true"/><parameter id="y" constant="false"/>
        </listOfParameters><listOfRules><assignmentRule variable="y">{rule}</assignmentRule></listOfRules>
        </model></sbml>"""
    )
    rates = np.linspace(0.1, 0.9, 9)
    found = hc.simulate(made, t1=2.0, n_points=2, conditions=[{"k": k} for k in rates])
    np.testing.assert_allclose(found["y"][:, -1], 2 * rates)


def network(ids: str, reactions: str = "", events: str = "") -> hc.ReactionNetwork:
    species = "".join(SPECIES.format(id=id) for id in ids)
    return hc.read_sbml(SBML.format(species=species, reactions=reactions, events=events))


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({"ids": "A", "reactions": reaction("", "A", MATH.format("<ci>k</ci>"))}, lambda k: [1 + 2 * k]),
        pytest.param(
            {"ids": "A", "reactions": reaction("A", "", LAW)},
            lambda k: [np.exp(-2 * k)],
            marks=pytest.mark.suite,
        ),
        ({"ids": "AB", "reactions": reaction("A", "B", LAW)}, lambda k: [np.exp(-2 * k), 2 - np.exp(-2 * k)]),
        ({"ids": "A", "events": EVENT}, lambda k: [k]),
    ],
    ids=["production", "decay", "chain", "event"],
)
def test_many_conditions_and_an_adjoint(parts, wanted) -> None:
    made = network(**parts)
    rates = np.linspace(0.1, 0.9, 9)
    found = hc.simulate(
        made, t1=2.0, n_points=2, conditions=[{"k": k} for k in rates], solve=hc.Solve(rtol=1e-8)
    )
    np.testing.assert_allclose(found.values[:, -1], [wanted(k) for k in rates], rtol=1e-6)

    def end(values):
        solve = hc.Solve(rtol=1e-8, sensitivity="adjoint")
        return hc.simulate(made.with_values(values), t1=2.0, n_points=2, solve=solve).values[0, -1, 0]

    gradient = dict(zip(made.equations.constants, np.asarray(jax.grad(end)(made.values))))
    slope = (wanted(0.5 + 1e-6)[0] - wanted(0.5 - 1e-6)[0]) / 2e-6
    assert gradient["k"] == pytest.approx(slope, rel=1e-6)
