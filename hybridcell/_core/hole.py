"""What a neural piece adds to a mechanism, written in the language that mechanisms are written in."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jaxtyping import PRNGKeyArray

from hybridcell._core.expressions import Expression
from hybridcell._core.parameter import Freedom


@dataclass(frozen=True, kw_only=True)
class FreeNumber:
    """A constant that a piece brings along: a weight, a bias, a scale."""

    id: str
    value: float
    freedom: Freedom


@dataclass(frozen=True, kw_only=True, eq=False)
class Expansion:
    """A neural network as expressions over symbols.

    Attributes
    ----------
    numbers : tuple of FreeNumber
        Constants that it reads.
    units : tuple of (str, Expression)
        Ids and formulas of its hidden units and outputs, inputs before what reads them.
    outputs : tuple of str
        The ids among `units` that are its outputs.
    """

    numbers: tuple[FreeNumber, ...]
    units: tuple[tuple[str, Expression], ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hole:
    """A neural piece that has been put into a network.

    Attributes
    ----------
    id : str
        Prefix of all its ids.
    kind : str
        "rate", "residual", "parameter" or "readout".
    targets : tuple of str
        What it determines: a reaction, species, a parameter, a readout.
    inputs : tuple of str
        Ids that it reads.
    scales : tuple of str
        Ids of the constants by which inputs are divided, one per input; "" for inputs that are not scaled.
    amplitudes : mapping of str to str
        Of a residual: id of the constant that multiplies an output, by id of the output.
    weights : tuple of str
        Ids of its trainable constants.
    outputs : tuple of str
        Ids of the network's outputs, before they act.
    brought : tuple of str
        Ids of all constants that it brought along: weights, scales, rate constants.
    terms : mapping of str to str
        Of a residual: by target, the id whose value is what it adds (reactions that it added are their flux).
    piece : AbstractPiece
        What it was made from.
    """

    id: str
    kind: str
    targets: tuple[str, ...]
    inputs: tuple[str, ...]
    scales: tuple[str, ...]
    weights: tuple[str, ...]
    outputs: tuple[str, ...]
    piece: AbstractPiece
    amplitudes: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    brought: tuple[str, ...] = ()


class AbstractPiece(abc.ABC):
    """What can be put into a network of reactions.

    `kind` says where it goes; `expand` writes it as expressions.
    """

    @property
    @abc.abstractmethod
    def kind(self) -> str:
        """One of "rate", "residual", "parameter" and "readout"."""

    @abc.abstractmethod
    def reseeded(self, key: PRNGKeyArray) -> AbstractPiece:
        """Return the piece with other first weights."""

    @abc.abstractmethod
    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """Return the network with n outputs.

        Parameters
        ----------
        prefix : str
            What its ids begin with.
        inputs : mapping of id to (value, scale)
        n : int
            Number of outputs.
        """


@dataclass(frozen=True, eq=False)
class Holes:
    """The neural pieces of a network, and which of its constants a fit may move and how.

    Attributes
    ----------
    base : object or None
        The definition without any piece; None where there is no piece.
    holes : tuple of Hole
    freedoms : mapping of id to Freedom
        Of weights, and of the parameters that a user has declared.
    """

    base: object | None = None
    holes: tuple[Hole, ...] = ()
    freedoms: Mapping[str, Freedom] = field(default_factory=dict)

    def __iter__(self):
        return iter(self.holes)

    def __len__(self) -> int:
        return len(self.holes)

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the holes."""
        return [hole.id for hole in self.holes]

    def owner(self, id: str) -> Hole | None:
        """Return the hole among whose ids this is: that with the longest prefix ("nn_v" begins "nn_v_2")."""
        owners = [hole for hole in self.holes if id == hole.id or id.startswith(f"{hole.id}_")]
        return max(owners, key=lambda hole: len(hole.id), default=None)
