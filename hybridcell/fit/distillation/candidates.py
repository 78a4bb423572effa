"""Which laws are screened for a reaction, and which of them are worth a fit of whole trajectories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridcell._core.hole import Hole
from hybridcell.fit.distillation.learned import LearnedRate
from hybridcell.fit.distillation.library import modulated_laws, plain_laws, twice_modulated_laws
from hybridcell.fit.distillation.scope import Scope, sizes_of, varying
from hybridcell.fit.distillation.screening import Screened, screen
from hybridcell.fit.distillation.symbolic import symbolic_laws
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Laws with one modulation that are tried with a second one.
_EXTENDED = 6
#: A law with more constants must promise at least this much chi-square to be fitted before others.
_WORTH = 1.0


def may_read(network: ReactionNetwork, hole: Hole, reaction: e.Reaction) -> tuple[str, ...]:
    """Return the ids that a law of the reaction may read."""
    sides = (one.species for one in (*reaction.reactants, *reaction.products))
    named = dict.fromkeys((*sides, *hole.inputs, *reaction.modifiers))
    return tuple(id for id in named if id in network.equations.observables)


def make_scope(network: ReactionNetwork, reaction: e.Reaction, learned: LearnedRate) -> Scope:
    """Return what laws of the reaction are written with; what never changes has no part in them."""
    moving = varying(learned.points, list(learned.points))

    def side(references: Sequence[e.SpeciesReference]) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for one in references:
            count = 1.0 if one.stoichiometry is None else float(one.stoichiometry)
            numbers[one.species] = numbers.get(one.species, 0.0) + count
        return {id: n for id, n in numbers.items() if id in moving}

    substrates, products = side(reaction.reactants), side(reaction.products)
    backward = bool((learned.rates <= 0).all() and (learned.rates < 0).any())
    if backward:
        substrates, products = products, substrates
    return Scope(
        reaction=reaction.id,
        substrates=substrates,
        products=products,
        others=tuple(id for id in moving if id not in substrates),
        sizes=sizes_of(learned.points),
        rate=float(np.mean(np.abs(learned.rates))) or 1.0,
        taken=frozenset(ids_of(network.definition)),
        backward=backward,
    )


def screen_all(scope: Scope, learned: LearnedRate) -> list[Screened]:
    """Return all candidates as they describe the learned rate, the best first."""
    plain = [screen(law, learned) for law in plain_laws(scope)]
    once = sorted((screen(law, learned) for law in modulated_laws(scope)), key=lambda s: s.score)
    best = [one.law for one in once[:_EXTENDED]]
    twice = [screen(law, learned) for law in twice_modulated_laws(scope, best)]
    free = [screen(law, learned) for law in symbolic_laws(scope, learned)]
    # a regression may find what is in the library already
    known = {one.law.formula: one for one in reversed([*plain, *once, *twice, *free])}
    return sorted(known.values(), key=lambda s: s.score)


def worth_fitting(screened: Sequence[Screened]) -> list[Screened]:
    """Return the laws in the order in which they are fitted.

    Of laws that promise the same, the one with fewer constants comes first: the others nest it. Formulas of
    no mechanism come after laws of the books that promise as much. The second to be fitted is the best one
    with fewer constants than the first: a hybrid that is somewhat off makes the simpler law look worse.
    """
    first: list[Screened] = []
    nested: list[Screened] = []
    for one in screened:
        # a sum may well be Michaelis-Menten by another name
        most = len(one.law.constants) - (one.law.kind == "kinetic")
        simpler = (k for k in first if len(k.law.constants) <= most)
        redundant = any(k.chi2 <= one.chi2 + _WORTH for k in simpler)
        (nested if redundant else first).append(one)
    fewer = [k for k in first if len(k.law.constants) < len(first[0].law.constants)]
    order = [first[0], *fewer[:1], *first[1:], *nested]
    return list(dict.fromkeys(order))
