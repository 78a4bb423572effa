from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import UnsupportedSBMLError

SLOW = """<reaction id="decay"><listOfReactants><speciesReference species="B"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
<apply><times/><cn>0.1</cn><ci>B</ci></apply></math></kineticLaw></reaction>"""
MODEL = """<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="pair">
<listOfCompartments><compartment id="c" size="1"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialAmount="2"/>
<species id="B" compartment="c" initialAmount="0"/></listOfSpecies>
<listOfParameters><parameter id="k" value="1"/></listOfParameters>
<listOfReactions><reaction id="swap" fast="true">
<listOfReactants><speciesReference species="A"/></listOfReactants>
<listOfProducts><speciesReference species="B"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
<apply><times/><ci>k</ci><apply><minus/><ci>A</ci><ci>B</ci></apply></apply></math></kineticLaw>
</reaction></listOfReactions></model></sbml>"""


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_fast_reaction_without_an_equilibrium_is_refused(backend: str) -> None:
    network, solve = hc.read_sbml(MODEL), hc.Solve(backend=backend)
    settled = hc.simulate(network, t1=1.0, n_points=2, solve=solve)
    np.testing.assert_allclose(settled["A"], 1.0, rtol=1e-6)
    still = hc.simulate(network, t1=1.0, n_points=2, conditions={"k": 0.0}, solve=solve)
    np.testing.assert_allclose(still["A"], 2.0)
    moving = hc.read_sbml(MODEL.replace("</listOfReactions>", SLOW + "</listOfReactions>"))
    with pytest.raises(UnsupportedSBMLError, match="has no equilibrium"):
        hc.simulate(moving, t1=1.0, conditions={"k": 0.0}, solve=solve)
