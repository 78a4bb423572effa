"""The CellBox right-hand side."""

from __future__ import annotations

from typing import Any

import equinox as eqx
from jaxtyping import Array, Bool, Float

from hybridcell._core.arrays import namespace
from hybridcell._core.model import AbstractField
from hybridcell._core.products import weighted_sums
from hybridcell.mechanisms.cellbox.envelope import apply_envelope
from hybridcell.mechanisms.doses import DoseCurves

INPUTS = ("inside", "outside", "scaled")


class CellBoxField(AbstractField):
    """dx/dt of a CellBox network on plain arrays; shapes are conditions x nodes."""

    weights: Float[Array, "n n"]
    epsilon: Float[Array, " n"]
    alpha: Float[Array, " n"]
    psi: Float[Array, " n"]
    held: Bool[Array, " n"]  # the nodes that are held at their input
    envelope: str = eqx.field(static=True)
    power: float = eqx.field(static=True)
    degree: int = eqx.field(static=True)
    input: str = eqx.field(static=True)
    clamp: bool = eqx.field(static=True)  # whether any node is held
    doses: DoseCurves | None = None

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt."""
        u = self.driven(u)
        rate = self._production(x, u) - self.alpha * x
        if not self.clamp:
            return rate
        # A held node starts at its input, where this is exactly zero; so its Jacobian is not singular.
        return namespace(x, u, rate).where(self.held, self.alpha * (u - x), rate)

    def driven(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the inputs with doses turned into occupancies."""
        return u if self.doses is None else self.doses(u)

    def production(self, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the part of dx/dt that is not decay."""
        return self._production(x, self.driven(u))

    def _production(self, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        s = weighted_sums(x, self.weights)
        if self.degree == 2:
            s = s + self.weights.sum(axis=1) * x
        if self.input == "inside":
            return self.epsilon * apply_envelope(self.envelope, self.power, s + u)
        phi = apply_envelope(self.envelope, self.power, s)
        if self.input == "outside":
            return self.epsilon * (phi + u)
        return self.epsilon * phi + self.psi * u

    @property
    def relaxation(self) -> Float[Array, " n"]:
        """The decay rates alpha."""
        return self.alpha
