"""What candidates for a law are written with: who takes part, how large it is, ids that are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hybridcell._core.expressions import Expression, apply, symbol
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.law import LawConstant
from hybridcell.mechanisms.reactions.level2_stoichiometry import new_id

#: Priors on logarithms: wide enough for every constant that data can tell, narrow enough that one which they
#: cannot tell does not run away.
_SPREADS = {"k": 5.0, "K": 2.5, "n": 0.7}
#: Inputs that vary less than this, relative to their size, cannot be told from constants.
_STILL = 0.02


@dataclass(frozen=True, kw_only=True, eq=False)
class Scope:
    """A reaction among what it may depend on.

    Attributes
    ----------
    reaction : str
    substrates, products : mapping of id to float
        Stoichiometries.
    others : tuple of str
        What else may speed it up or slow it down: learned inputs, modifiers, products, not the substrates.
    sizes : mapping of id to float
        Mean of each along the data.
    rate : float
        Mean of the learned rate's absolute value.
    taken : frozenset of str
        Ids that the network has.
    backward : bool
        Whether the rate is negative throughout: what the reaction makes is consumed (substrates and products
        are named as it runs), and laws have a minus sign.
    """

    reaction: str
    substrates: Mapping[str, float]
    products: Mapping[str, float]
    others: tuple[str, ...]
    sizes: Mapping[str, float]
    rate: float
    taken: frozenset[str]
    backward: bool = False
    _given: dict[tuple[str, ...], str] = field(default_factory=dict, init=False, repr=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """All that the law may read."""
        return (*self.substrates, *self.others)

    def directed(self, math: Expression) -> Expression:
        """Return a positive rate with the sign that the reaction's rate has."""
        return apply("neg", math) if self.backward else math

    def constant(
        self, wish: str, *of: str, kind: str, center: float = 1.0, bounds: tuple = (0.0, np.inf)
    ) -> LawConstant:
        """Return a positive constant: "k" multiplies, "K" is compared with an input, "n" is an exponent.

        What is wished for the same inputs has the same id in all laws, and no other constant has it.
        """
        prior = ("log-normal", float(np.log(center)), _SPREADS[kind])
        return LawConstant(
            id=self._id(wish, *of),
            value=float(center),
            freedom=Freedom(transform="log", bounds=bounds, prior=prior),
        )

    def _id(self, *wish: str) -> str:
        if wish not in self._given:
            # inputs a.b and a_b, or a, b and a_b in a sum of products, are written alike
            plain = "_".join((self.reaction, *wish)).replace(".", "_")
            self._given[wish] = new_id(plain, {*self.taken, *self._given.values()})
        return self._given[wish]

    def factor(self, name: str = "k") -> LawConstant:
        """Return what multiplies a law."""
        return self.constant(name, kind="k", center=self.rate)

    def half(self, wish: str, of: str) -> LawConstant:
        """Return a constant that is compared with an input."""
        return self.constant(wish, of, kind="K", center=self.sizes[of])

    def exponent(self, of: str) -> LawConstant:
        """Return a Hill coefficient."""
        return self.constant("n", of, kind="n", center=2.0, bounds=(1.0, 8.0))


def sizes_of(points: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the mean size of each input, 1 of those that are always 0."""
    # not the median: of what is used up, most values are next to nothing
    return {id: float(np.mean(np.abs(values))) or 1.0 for id, values in points.items()}


def varying(points: Mapping[str, np.ndarray], ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that change enough along the data to have a part in a law."""

    def moves(v: np.ndarray) -> bool:
        return float(np.ptp(v)) > _STILL * max(float(np.max(np.abs(v))), 1e-300)

    return tuple(id for id in ids if id in points and moves(points[id]))


def sym(part: LawConstant | str) -> Expression:
    """Return the symbol of a constant or an id."""
    return symbol(part if isinstance(part, str) else part.id)
