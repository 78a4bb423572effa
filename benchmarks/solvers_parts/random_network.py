"""Random networks of mass-action reactions, as SBML, of any size."""

from __future__ import annotations

import numpy as np


def random_sbml(species: int, reactions: int, seed: int = 0) -> str:
    """Return a network: half of the reactions turn one species into another, half bind two to a third.

    Rate constants spread over three decades around 1, starts between 0.1 and 1.
    """
    import libsbml

    rng = np.random.default_rng(seed)
    document = libsbml.SBMLDocument(3, 1)
    model = document.createModel()
    model.setId("random_network")
    cell = model.createCompartment()
    cell.setId("cell")
    cell.setSize(1.0)
    cell.setConstant(True)
    for k in range(species):
        one = model.createSpecies()
        one.setId(f"s{k}")
        one.setCompartment("cell")
        one.setInitialConcentration(float(rng.uniform(0.1, 1.0)))
        one.setHasOnlySubstanceUnits(False)
        one.setBoundaryCondition(False)
        one.setConstant(False)
    for k in range(reactions):
        constant = model.createParameter()
        constant.setId(f"k{k}")
        constant.setValue(float(10 ** rng.uniform(-1.5, 1.5)))
        constant.setConstant(True)
        # every species is used up by one reaction at least, where there are enough
        first, second, product = int(k % species), *(int(j) for j in rng.choice(species, 2, replace=False))
        used = [first] if k < reactions // 2 else [first, second]
        reaction = model.createReaction()
        reaction.setId(f"r{k}")
        reaction.setReversible(False)
        reaction.setFast(False)
        for j in used:
            _refer(reaction.createReactant(), j)
        _refer(reaction.createProduct(), product)
        law = " * ".join(["cell", f"k{k}", *(f"s{j}" for j in used)])
        reaction.createKineticLaw().setMath(libsbml.parseL3Formula(law))
    return libsbml.writeSBMLToString(document)


def _refer(reference: object, number: int) -> None:
    reference.setSpecies(f"s{number}")  # pyright: ignore[reportAttributeAccessIssue]
    reference.setStoichiometry(1.0)  # pyright: ignore[reportAttributeAccessIssue]
    reference.setConstant(True)  # pyright: ignore[reportAttributeAccessIssue]
