"""What both backends have to get right in the same way, on networks written here."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc

antimony = pytest.importorskip("antimony", reason="antimony is not installed (pip install hybridcell[test])")

BACKENDS = ("numpy", "jax")


def read(text: str) -> hc.ReactionNetwork:
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    return hc.read_sbml(antimony.getSBMLString(antimony.getMainModuleName()))


def solve(backend: str, **options) -> hc.Solve:
    return hc.Solve(rtol=1e-9, atol=1e-12, backend=backend, **options)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore::hybridcell._core.errors.SBMLWarning")
def test_before_the_start_initial_math_goes_on(backend):
    network = read("x = sin(10 * time); y := 2 + delay(x, 0.5); x' = 0; z = 0; z' = delay(x, 0.5);")
    ts = np.linspace(0.0, 1.0, 11)
    run = hc.simulate(network, t1=1.0, ts=ts, solve=solve(backend))
    early = ts < 0.5 - 1e-9
    np.testing.assert_allclose(run["y"][0], np.where(early, 2 + np.sin(10 * ts - 5), 2.0), atol=1e-12)
    area = (np.cos(5.0) - np.cos(10 * np.minimum(ts, 0.5) - 5)) / 10
    np.testing.assert_allclose(run["z"][0], area, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_events_are_no_steps(backend):
    network = read("n = 0; last = 0; E: at time - last >= 0.01: n = n + 1, last = time;")
    run = hc.simulate(network, t1=5.0, n_points=2, solve=solve(backend, max_steps=100))
    assert run.result == ("success",)
    assert run["n"][0, -1] in (499, 500)  # whether the last is at 5 or just after is a matter of rounding


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_straight_line_does_not_step_over_events(backend):
    network = read("x = 0; x' = 1; n = 0; E: at sin(time) > 0.9: n = n + 1;")
    run = hc.simulate(network, t1=100.0, n_points=2, solve=solve(backend))
    assert run["n"][0, -1] == 16


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_fast_reaction_that_is_switched_off_rests(backend):
    network = hc.read_sbml(FAST)
    run = hc.simulate(network, t1=3.0, n_points=7, solve=solve(backend))
    assert run.result == ("success",)
    ts = run.ts
    np.testing.assert_allclose(run["A"][0], np.where(ts < 1.2, 2.0, 0.0), atol=1e-9)
    np.testing.assert_allclose(run["B"][0], np.where(ts < 1.2, 0.0, 2.0), atol=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_two_equilibria_the_one_that_fast_reactions_reach(backend):
    # A B = 0 where A is used up or B is; the reaction A -> B uses up A
    network = hc.read_sbml(FAST.replace("<ci>A</ci>", "<ci>A</ci><ci>B</ci>").replace('"0.0"', '"1.0"'))
    run = hc.simulate(network.with_values({"k": 1.0}), t1=1.0, n_points=3, solve=solve(backend))
    np.testing.assert_allclose(run["A"][0], 0.0, atol=1e-6)
    np.testing.assert_allclose(run["B"][0], 3.0, atol=1e-6)


FAST = """
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="fast">
  <listOfCompartments>
    <compartment id="c" size="1" spatialDimensions="3" constant="true"/>
  </listOfCompartments>
  <listOfSpecies>
    <species id="A" compartment="c" initialAmount="2.0" hasOnlySubstanceUnits="true"
      boundaryCondition="false" constant="false"/>
    <species id="B" compartment="c" initialAmount="0.0" hasOnlySubstanceUnits="true"
      boundaryCondition="false" constant="false"/>
  </listOfSpecies>
  <listOfParameters><parameter id="k" value="0" constant="false"/></listOfParameters>
  <listOfReactions><reaction id="v" reversible="false" fast="true">
    <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
    <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
      <apply><times/><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
  </reaction></listOfReactions>
  <listOfEvents><event id="on" useValuesFromTriggerTime="true">
    <trigger initialValue="true" persistent="true"><math xmlns="http://www.w3.org/1998/Math/MathML">
      <apply><gt/><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>
      <cn>1.2</cn></apply></math></trigger>
    <listOfEventAssignments><eventAssignment variable="k">
      <math xmlns="http://www.w3.org/1998/Math/MathML"><cn>1</cn></math></eventAssignment>
    </listOfEventAssignments></event></listOfEvents>
</model></sbml>
"""
