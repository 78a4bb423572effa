"""Gene networks of GeneNetWeaver: SBML with parameters but no math."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from hybridcell._core.errors import SBMLError
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import product, total
from hybridcell.io.sbml.read.definition import definition_without_laws
from hybridcell.mechanisms.reactions.elements import Definition, Reaction, Species, SpeciesReference

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

_ZERO, _ONE = number(0.0), number(1.0)


def read_gnw(path_or_xml: str | os.PathLike[str]) -> ReactionNetwork:
    """Read a gene network that GeneNetWeaver wrote.

    Its files are SBML Level 2 whose kinetic laws have parameters but no math, so that no SBML tool can
    compute them. The math is GeneNetWeaver's own: with mRNA x and protein y of each gene::

        dx/dt = max * f(y) - delta * x
        dy/dt = maxTranslation * x - deltaProtein * y
        f     = sum over states s of the promoter: a_s * product over its modules: m_i or 1 - m_i
        m_i   = A / product of 1 + (y/k)^n over the inputs of the module
        m_i   = A / (1 + A + A * D), if they bind as a complex

    with A and D the products of (y/k)^n over the module's activators and deactivators.

    Parameters
    ----------
    path_or_xml : str or path
        The file, or its text.

    Returns
    -------
    ReactionNetwork
        Species ``G`` (mRNA) and ``G_protein`` for each gene ``G``, which start where the gene would be
        without regulators. A knockout is ``with_values({"G_synthesis.max": 0})``.

    Raises
    ------
    SBMLError
        The file cannot be read, or lacks a parameter that a gene needs.

    References
    ----------
    Marbach D. et al., PNAS 107 (2010) 6286; Schaffter T. et al., Bioinformatics 27 (2011) 2263.

    Examples
    --------
    >>> import hybridcell as hc
    >>> def reaction(name, **constants):
    ...     inside = "".join(f'<parameter id="{k}" value="{v}"/>' for k, v in constants.items())
    ...     law = f"<kineticLaw><listOfParameters>{inside}</listOfParameters></kineticLaw>"
    ...     return f'<reaction id="{name}">{law}</reaction>'
    >>> net = hc.io.read_gnw(
    ...     '<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1"><model>'
    ...     '<listOfCompartments><compartment id="cell" size="1"/></listOfCompartments>'
    ...     '<listOfSpecies><species id="G" compartment="cell"/></listOfSpecies><listOfReactions>'
    ...     + reaction("G_synthesis", max=2, a_0=0.5, maxTranslation=1, deltaProtein=1)
    ...     + reaction("G_degradation", delta=1)
    ...     + "</listOfReactions></model></sbml>"
    ... )
    >>> [s.id for s in net.species]
    ['G', 'G_protein']
    """
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    return ReactionNetwork.from_definition(gnw_definition(path_or_xml))


def gnw_definition(path_or_xml: str | os.PathLike[str]) -> Definition:
    """Return GeneNetWeaver's network with its math written out."""
    net = definition_without_laws(path_or_xml)
    reactions = {reaction.id: reaction for reaction in net.reactions}
    genes = [s for s in net.species if f"{s.id}_synthesis" in reactions]
    if not genes:
        raise SBMLError(
            "it has no reaction named <gene>_synthesis, so that it is no network of GeneNetWeaver",
            "model",
            net.line,
            "Is it ordinary SBML? Then use read_sbml.",
        )
    species: list[Species] = []
    made: list[Reaction] = []
    for gene in genes:
        synthesis = _Law(reactions[f"{gene.id}_synthesis"])
        decay = _Law(_of(reactions, f"{gene.id}_degradation", gene))
        mrna, protein = _species(gene, synthesis, decay)
        species += [mrna, protein]
        made += _reactions(gene.id, synthesis, decay)
    others = [replace(s, only_substance=True) for s in net.species if s not in genes]
    return replace(net, species=(*species, *others), reactions=tuple(made))


def _of(reactions: dict[str, Reaction], name: str, gene: Species) -> Reaction:
    if name not in reactions:
        raise SBMLError(f"it has no reaction {name!r}", gene.id, gene.line)
    return reactions[name]


class _Law:
    """The parameters of a kinetic law, as symbols and as numbers."""

    def __init__(self, reaction: Reaction):
        self.reaction = reaction
        self.values = {p.id.rpartition(".")[2]: p.value for p in reaction.local_parameters}

    def __getitem__(self, name: str) -> Expression:
        self.value(name)
        return symbol(f"{self.reaction.id}.{name}")

    def value(self, name: str) -> float:
        value = self.values.get(name)
        if value is None:
            raise SBMLError(
                f"its kinetic law has no value for {name!r}", self.reaction.id, self.reaction.line
            )
        return value

    def count(self, name: str) -> int:
        value = self.value(name)
        if value < 0 or not float(value).is_integer():
            raise SBMLError(f"{name} is {value:g}; wanted a count", self.reaction.id, self.reaction.line)
        return int(value)


def _protein(gene: str) -> str:
    return f"{gene}_protein"


def _species(gene: Species, synthesis: _Law, decay: _Law) -> tuple[Species, Species]:
    """mRNA and protein, at the level they have without regulators."""
    level = synthesis.value("max") * synthesis.value("a_0") / decay.value("delta")
    mrna = replace(gene, initial_amount=level, initial_concentration=None, only_substance=True)
    level *= synthesis.value("maxTranslation") / synthesis.value("deltaProtein")
    protein = Species(
        id=_protein(gene.id),
        name=f"{gene.name or gene.id} protein",
        unit=gene.unit,
        compartment=gene.compartment,
        initial_amount=level,
        only_substance=True,
    )
    return mrna, protein


def _reactions(gene: str, synthesis: _Law, decay: _Law) -> list[Reaction]:
    made, removed = (SpeciesReference(species=_protein(gene)),), (SpeciesReference(species=_protein(gene)),)
    regulators = synthesis.reaction.modifiers
    return [
        replace(
            synthesis.reaction,
            products=(SpeciesReference(species=gene),),
            law=apply("mul", synthesis["max"], _activation(synthesis)),
            modifiers=tuple(dict.fromkeys(_protein(m) for m in regulators)),
            modifier_elements=(),
        ),
        replace(
            decay.reaction,
            reactants=(SpeciesReference(species=gene),),
            law=apply("mul", decay["delta"], symbol(gene)),
        ),
        Reaction(
            id=f"{gene}_translation",
            products=made,
            modifiers=(gene,),
            law=apply("mul", synthesis["maxTranslation"], symbol(gene)),
            reversible=False,
        ),
        Reaction(
            id=f"{_protein(gene)}_degradation",
            reactants=removed,
            law=apply("mul", synthesis["deltaProtein"], symbol(_protein(gene))),
            reversible=False,
        ),
    ]


def _activation(law: _Law) -> Expression:
    """The mean activity of the promoter: over its states, activity times probability."""
    inputs = [
        # a solver may try a value just below 0, of which there is no power
        apply("pow", apply("div", apply("max", symbol(_protein(gene)), _ZERO), law[f"k_{i}"]), law[f"n_{i}"])
        for i, gene in enumerate(law.reaction.modifiers, start=1)
    ]
    modules: list[Expression] = []
    while f"bindsAsComplex_{len(modules) + 1}" in law.values:
        module, inputs = _module(law, len(modules) + 1, inputs)
        modules.append(module)
    if inputs:
        raise SBMLError(f"{len(inputs)} regulators belong to no module", law.reaction.id, law.reaction.line)
    terms: list[Expression] = []
    for state in range(2 ** len(modules)):
        factors = [m if state >> i & 1 else apply("sub", _ONE, m) for i, m in enumerate(modules)]
        terms.append(product([law[f"a_{state}"], *factors]))
    return total(terms)


def _module(law: _Law, i: int, inputs: list[Expression]) -> tuple[Expression, list[Expression]]:
    """Return the probability that a module is active, and the inputs that are left for the others."""
    n_activators, n_deactivators = law.count(f"numActivators_{i}"), law.count(f"numDeactivators_{i}")
    n = n_activators + n_deactivators
    if n > len(inputs):
        raise SBMLError(
            f"module {i} has {n} inputs; {len(inputs)} are left", law.reaction.id, law.reaction.line
        )
    activators, deactivators, rest = inputs[:n_activators], inputs[n_activators:n], inputs[n:]
    active = product(activators)
    if law.value(f"bindsAsComplex_{i}"):
        states = [_ONE, active]
        if deactivators:
            states.append(product([active, *deactivators]))
        return apply("div", active, total(states)), rest
    return apply("div", active, product(apply("add", _ONE, x) for x in inputs[:n])), rest
