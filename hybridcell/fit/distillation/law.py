"""A kinetic law as a formula over ids, with the constants that it brings along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions import Expression
from hybridcell._core.parameter import Freedom
from hybridcell.hybrid.formulas import evaluate


@dataclass(frozen=True, kw_only=True)
class LawConstant:
    """A constant of a law: its id, where a fit starts, and how it may move."""

    id: str
    value: float
    freedom: Freedom


@dataclass(frozen=True, kw_only=True, eq=False)
class Law:
    """A candidate for a reaction's law.

    Attributes
    ----------
    name : str
        For people: "Michaelis-Menten, competitive inhibition by I".
    math : Expression
        Over symbols: ids of the network, and of the law's own constants.
    constants : tuple of LawConstant
        The first multiplies everything else.
    kind : str
        "kinetic" (a law of the books), or "symbolic" (a formula that describes and explains nothing).
    """

    name: str
    math: Expression
    constants: tuple[LawConstant, ...]
    kind: str = "kinetic"

    @property
    def formula(self) -> str:
        """The law as text."""
        return repr(self.math)

    def with_values(self, values: Mapping[str, float]) -> Law:
        """Return the law with other values of its constants."""
        moved = tuple(replace(c, value=float(values.get(c.id, c.value))) for c in self.constants)
        return replace(self, constants=moved)

    def rates(self, points: Mapping[str, np.ndarray]) -> Float[np.ndarray, " n"]:
        """Return the law's rates at points, with the constants that it has."""
        own = {c.id: np.asarray(c.value) for c in self.constants}
        found = evaluate(self.math, {**points, **own})
        return np.broadcast_to(found, np.broadcast_shapes(*(np.shape(v) for v in points.values())))
