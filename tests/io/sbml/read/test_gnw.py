"""GeneNetWeaver's networks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hybridcell._core.errors import SBMLError
from hybridcell._core.expressions.expression import walk
from hybridcell.io.sbml.read import read_definition
from hybridcell.io.sbml.read.gnw import gnw_definition
from hybridcell.mechanisms.reactions.elements import Definition
from tests.tolerances import ANALYTIC

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "dream4_insilico"
_OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power,
    "max": np.maximum,
}  # fmt: skip


def gene(name: str, *regulators: str, **constants: float) -> str:
    """A gene's synthesis and degradation, as GeneNetWeaver writes them."""
    constants = {"max": 2.0, "deltaProtein": 0.5, "maxTranslation": 1.5} | constants
    law = "<kineticLaw><listOfParameters>{}</listOfParameters></kineticLaw>".format
    decay = '<parameter id="delta" value="0.25"/>'
    listed = "".join(f'<parameter id="{k}" value="{v}"/>' for k, v in constants.items())
    modifiers = "".join(f'<modifierSpeciesReference species="{r}"/>' for r in regulators)
    modifiers = modifiers and f"<listOfModifiers>{modifiers}</listOfModifiers>"
    return (
        f'<reaction id="{name}_synthesis">{modifiers}{law(listed)}</reaction>'
        f'<reaction id="{name}_degradation">{law(decay)}</reaction>'
    )


def network(*genes: str, names: tuple[str, ...] = ("A", "B", "C")) -> str:
    species = "".join(f'<species id="{n}" compartment="cell"/>' for n in names)
    return (
        '<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1"><model><listOfCompartments>'
        f'<compartment id="cell" size="1"/></listOfCompartments><listOfSpecies>{species}'
        '<species id="_void_" compartment="cell" constant="true" boundaryCondition="true"/></listOfSpecies>'
        f"<listOfReactions>{''.join(genes)}</listOfReactions></model></sbml>"
    )


def values_of(net: Definition) -> dict[str, float]:
    found = {p.id: p.value for r in net.reactions for p in r.local_parameters}
    found |= {s.id: s.initial_amount for s in net.species}
    return {name: value for name, value in found.items() if value is not None}


def fluxes(net: Definition, values: dict[str, float]) -> dict[str, float]:
    laws = {r.id: r.law for r in net.reactions if r.law is not None}
    found: dict[object, float] = {}
    for node in walk(laws.values()):
        if node.is_number:
            found[node] = float(node.value)  # pyright: ignore[reportArgumentType]
        elif node.op == "symbol":
            found[node] = values[str(node.value)]
        else:
            found[node] = float(_OPERATORS[node.op](*(found[arg] for arg in node.args)))
    return {name: found[law] for name, law in laws.items()}


def steady_state(net: Definition, values: dict[str, float], t1: float = 3000.0) -> dict[str, float]:
    moving = [s.id for s in net.species if not s.constant]
    matrix = np.zeros((len(moving), len(net.reactions)))
    for j, reaction in enumerate(net.reactions):
        for sign, side in ((-1, reaction.reactants), (1, reaction.products)):
            for reference in side:
                if reference.species in moving:
                    matrix[moving.index(reference.species), j] += sign

    def field(t: float, x: np.ndarray) -> np.ndarray:
        found = fluxes(net, values | dict(zip(moving, x)))
        return matrix @ np.array([found[r.id] for r in net.reactions])

    x0 = [values[name] for name in moving]
    x = solve_ivp(field, (0, t1), x0, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
    return dict(zip(moving, x))


def test_the_activity_of_modules() -> None:
    modules = {"bindsAsComplex_1": 0, "numActivators_1": 1, "numDeactivators_1": 1}
    constants = {"k_1": 2.0, "k_2": 3.0, "n_1": 2.0, "n_2": 1.5, "a_0": 0.1, "a_1": 0.9}
    a, b = (4.0 / 2) ** 2, (5.0 / 3) ** 1.5
    for binds, module in ((0, a / ((1 + a) * (1 + b))), (1, a / (1 + a + a * b))):
        target = gene("C", "A", "B", **modules | {"bindsAsComplex_1": binds}, **constants)
        net = gnw_definition(network(gene("A", a_0=1), gene("B", a_0=1), target))
        found = fluxes(net, values_of(net) | {"A_protein": 4.0, "B_protein": 5.0, "C": 3.0, "C_protein": 7.0})
        np.testing.assert_allclose(
            found["C_synthesis"], 2.0 * (0.1 * (1 - module) + 0.9 * module), **ANALYTIC
        )
        np.testing.assert_allclose(found["C_degradation"], 0.25 * 3.0, **ANALYTIC)
        np.testing.assert_allclose(found["C_translation"], 1.5 * 3.0, **ANALYTIC)
        np.testing.assert_allclose(found["C_protein_degradation"], 0.5 * 7.0, **ANALYTIC)


def test_states_of_several_modules() -> None:
    constants = {f"{name}_{i}": v for i in (1, 2) for name, v in (("bindsAsComplex", 0), ("k", 1), ("n", 1))}
    constants |= {"numActivators_1": 1, "numDeactivators_1": 0, "numActivators_2": 1, "numDeactivators_2": 0}
    constants |= {"a_0": 0.1, "a_1": 0.2, "a_2": 0.4, "a_3": 0.8}
    net = gnw_definition(network(gene("A", a_0=1), gene("B", a_0=1), gene("C", "A", "B", **constants)))
    p, q = 3 / 4, 1 / 3  # of A = 3 and of B = 0.5
    found = fluxes(net, values_of(net) | {"A_protein": 3.0, "B_protein": 0.5})["C_synthesis"]
    wanted = 0.1 * (1 - p) * (1 - q) + 0.2 * p * (1 - q) + 0.4 * (1 - p) * q + 0.8 * p * q
    np.testing.assert_allclose(found, 2 * wanted, **ANALYTIC)


def test_it_starts_at_the_level_without_regulators() -> None:
    net = gnw_definition(network(gene("A", a_0=0.5), names=("A",)))
    values = values_of(net)
    assert (values["A"], values["A_protein"]) == (2.0 * 0.5 / 0.25, 12.0)
    assert [s.id for s in net.species] == ["A", "A_protein", "_void_"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (network(), "no network of GeneNetWeaver"),
        (network(gene("A")), "no value for 'a_0'"),
        (network(gene("A", "B", a_0=1)), "no value for 'k_1'"),
        (network(gene("A", "B", a_0=1, k_1=1, n_1=1)), "1 regulators belong to no module"),
        (network(gene("A", a_0=1).replace("A_degradation", "A_loss")), "no reaction 'A_degradation'"),
    ],
)
def test_what_is_missing_is_named(text: str, message: str) -> None:
    with pytest.raises(SBMLError, match=message):
        gnw_definition(text)


def test_read_sbml_points_here() -> None:
    with pytest.raises(SBMLError, match="read_gnw"):
        read_definition(network(gene("A", a_0=1)))


@pytest.mark.skipif(not FOLDER.is_dir(), reason="needs dream4_insilico in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("name", ["size10_1", "size10_2", "size10_3"])
def test_double_knockouts_of_dream4(name: str) -> None:
    net = gnw_definition(FOLDER / name / f"insilico_{name}.gnw.sbml.xml")
    gold = np.loadtxt(FOLDER / name / "dualknockouts_nonoise_gold.tsv")
    pairs = np.loadtxt(FOLDER / name / "dualknockouts.tsv", skiprows=1, dtype=int)
    found = []
    for pair in pairs:
        state = steady_state(net, values_of(net) | {f"G{i}_synthesis.max": 0.0 for i in pair})
        found.append([state[f"G{i + 1}"] for i in range(gold.shape[1])])
    found = np.array(found)
    scale = (found * gold).sum() / (found**2).sum()  # the data are scaled to a maximum of 1
    np.testing.assert_allclose(scale * found, gold, atol=2e-3)
