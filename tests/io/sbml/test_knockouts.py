"""Conditions of gene networks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.io import read_gnw
from hybridcell.io.sbml.knockouts import gene_conditions

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "dream4_insilico"
NUMPY = hc.Solve(backend="numpy")


def gene(name: str, regulator: str = "", **constants: float) -> str:
    constants = {"max": 2.0, "deltaProtein": 0.5, "maxTranslation": 0.5} | constants
    law = "<kineticLaw><listOfParameters>{}</listOfParameters></kineticLaw>".format
    listed = "".join(f'<parameter id="{k}" value="{v}"/>' for k, v in constants.items())
    modifier = f'<modifierSpeciesReference species="{regulator}"/>' if regulator else ""
    modifiers = f"<listOfModifiers>{modifier}</listOfModifiers>" if regulator else ""
    decay = law('<parameter id="delta" value="2"/>')
    return (
        f'<reaction id="{name}_synthesis">{modifiers}{law(listed)}</reaction>'
        f'<reaction id="{name}_degradation">{decay}</reaction>'
    )


@pytest.fixture(scope="module")
def network():
    """A activates B: with protein a, B is made at 0.2 + 0.8 a / (1 + a) of its greatest rate."""
    module = {"bindsAsComplex_1": 0, "numActivators_1": 1, "numDeactivators_1": 0, "k_1": 1, "n_1": 1}
    species = "".join(f'<species id="{n}" compartment="cell"/>' for n in ("A", "B"))
    reactions = gene("A", a_0=1) + gene("B", "A", a_0=0.2, a_1=1, **module)
    return read_gnw(
        '<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1"><model><listOfCompartments>'
        f'<compartment id="cell" size="1"/></listOfCompartments><listOfSpecies>{species}</listOfSpecies>'
        f"<listOfReactions>{reactions}</listOfReactions></model></sbml>"
    )


def test_steady_states_of_knockouts_and_knockdowns(network):
    conditions = gene_conditions(network, [{}, {"A": 1}, {"A": 0.5}, {"A": 1, "B": 1.0}, {"A": 0, "B": 0.5}])
    assert list(conditions) == ["control", "A", "A 0.5", "A+B", "B 0.5"]
    settled = hc.steady_state(network, conditions=conditions, solve=NUMPY)
    assert settled.obs["success"].all()
    half = 0.2 + 0.8 * 0.5 / 1.5
    wanted = [[1, 0.6], [0, 0.2], [0.5, half], [0, 0], [1, 0.3]]
    np.testing.assert_allclose(settled[:, ["A", "B"]].X, wanted, atol=1e-8)


def test_default_and_tables(network):
    assert gene_conditions(network) == {"A": {"A_synthesis.max": 0.0}, "B": {"B_synthesis.max": 0.0}}
    table = pd.DataFrame({"B": [0.0, 0.5]}, index=["wildtype", "less"])
    assert gene_conditions(network, table) == {"wildtype": {}, "less": {"B_synthesis.max": 1.0}}


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(["A", "B"]), st.integers(0, 64).map(lambda n: n / 64)))
def test_what_is_left_of_a_production_is_its_share(network, taken):
    ((name, found),) = gene_conditions(network, [taken]).items()
    assert found == {f"{gene}_synthesis.max": (1 - share) * 2.0 for gene, share in taken.items() if share}
    table = pd.DataFrame([taken], index=[name]).map(np.float32)
    assert gene_conditions(network, table)[name] == pytest.approx(found, rel=1e-6, abs=1e-6)
    assert (name == "control") == (not found)


def test_bad_conditions(network):
    with pytest.raises(UnknownNameError, match=r"no gene 'a'\. Did you mean 'A'"):
        gene_conditions(network, [{"a": 1}])
    for share in (-0.1, 1.5, np.nan, "all", "0.5", True, np.True_, None, np.array([0.5, 0.5])):
        with pytest.raises(InvalidValueError, match=r"share taken from 'A' is .*wanted 0"):
            gene_conditions(network, [{"A": share}])
    with pytest.raises(InvalidValueError, match="'A' comes twice"):
        gene_conditions(network, [{"A": 1}, {"A": 1.0, "B": 0}])
    for wrong in ({"A": 1}, ["A"]):
        with pytest.raises(InvalidValueError, match="list of dicts"):
            gene_conditions(network, wrong)
    other = hc.read_sbml(hc.networks.load("lotka_volterra"))
    with pytest.raises(InvalidValueError, match="no gene network of GeneNetWeaver"):
        gene_conditions(other)


def dream4(name):
    """Return a network, conditions of its double knockouts, and their states, which are scaled."""
    network = read_gnw(FOLDER / name / f"insilico_{name}.gnw.sbml.xml")
    pairs = np.loadtxt(FOLDER / name / "dualknockouts.tsv", skiprows=1, dtype=int)
    gold = np.loadtxt(FOLDER / name / "dualknockouts_nonoise_gold.tsv")
    return network, gene_conditions(network, [{f"G{i}": 1.0 for i in pair} for pair in pairs]), gold


def assert_alike_but_for_a_constant(found, gold):
    scale = (found * gold).sum() / (found**2).sum()
    np.testing.assert_allclose(scale * found, gold, atol=2e-3)


needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs dream4_insilico in $HYBRIDCELL_DATA")


@needs_data
def test_steady_states_of_dream4():
    network, doubles, gold = dream4("size10_3")
    settled = hc.steady_state(network, conditions=doubles, solve=NUMPY)
    assert_alike_but_for_a_constant(settled[:, [f"G{k + 1}" for k in range(10)]].X, gold)


@needs_data
def test_the_wild_type_of_dream4_knocked_out():
    """Its wild type has no stable steady state: it is where the network is after 2,000 units of time."""
    network, doubles, gold = dream4("size10_2")
    long = {"t1": 2000.0, "n_points": 2, "solve": NUMPY}
    wild = network.starting_from(np.asarray(hc.simulate(network, **long).values)[0, -1])
    course = hc.simulate(wild, conditions=doubles, **long)
    genes = [list(course.names).index(f"G{k + 1}") for k in range(10)]
    assert_alike_but_for_a_constant(np.asarray(course.values)[:, -1, genes], gold)
