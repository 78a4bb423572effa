"""The random networks of the benchmarks have the size asked for, and every reaction its mass-action law."""

import libsbml
from solvers_parts.random_network import random_sbml


def test_sizes_laws_and_seeds():
    text = random_sbml(12, 24, seed=3)
    document = libsbml.readSBMLFromString(text)
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    model = document.getModel()
    assert (model.getNumSpecies(), model.getNumReactions(), model.getNumParameters()) == (12, 24, 24)
    used = {
        one.getSpecies() for reaction in model.getListOfReactions() for one in reaction.getListOfReactants()
    }
    assert used == {f"s{k}" for k in range(12)}
    for k, reaction in enumerate(model.getListOfReactions()):
        names = [one.getSpecies() for one in reaction.getListOfReactants()]
        law = libsbml.formulaToL3String(reaction.getKineticLaw().getMath())
        assert law == " * ".join(["cell", f"k{k}", *names])
    assert random_sbml(12, 24, seed=3) == text != random_sbml(12, 24, seed=4)
