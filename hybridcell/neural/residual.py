"""The neural residual: what is added to dx/dt where the mechanism is incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.arrays import namespace
from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.expressions import Expression
from hybridcell._core.hole import AbstractPiece, Expansion
from hybridcell._core.html import card
from hybridcell._core.model import AbstractResidual, AbstractResidualField
from hybridcell._core.number_checks import is_whole
from hybridcell._core.parameter import count_trainable
from hybridcell.neural.multilayer import Multilayer, seed_of
from hybridcell.neural.perceptron import ACTIVATIONS, Perceptron, PerceptronField


class NeuralResidualField(AbstractResidualField):
    """A bound residual with plain arrays."""

    network: PerceptronField
    bound: float | None = eqx.field(static=True)
    n: int = eqx.field(static=True)
    inputs: tuple[int, ...] = eqx.field(static=True)
    driven: tuple[bool, ...] = eqx.field(static=True)  # inputs that are drugs: their u is read, not their x
    outputs: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return what is added to dx/dt: zero outside the outputs."""
        columns, driven = np.asarray(self.inputs), np.asarray(self.driven)
        z = self.network(namespace(x, u).where(driven, u[:, columns], x[:, columns]))
        xp = namespace(z)
        if self.bound is not None:
            z = self.bound * xp.tanh(z / self.bound)
        if xp is jnp:
            return jnp.zeros(x.shape, z.dtype).at[:, np.asarray(self.outputs)].set(z)
        added: Any = np.zeros(x.shape, z.dtype)
        added[:, self.outputs] = z
        return added


class NeuralResidual(AbstractResidual, AbstractPiece):
    """A neural term added to dx/dt on chosen nodes: ``mechanism + NeuralResidual(...)``.

    .. math:: r(x, u) = b \\tanh\\big(\\mathrm{MLP}(z) / b\\big)

    The inputs z are the states of the chosen nodes and, for drug nodes, the perturbation u itself (a drug
    node's state is that same number, already saturated).

    Of a reaction network, inputs and outputs are ids: terms on species are reactions that are added to the
    network, terms on reactions are added to their rates, and inputs are divided by their typical size.

    The last layer starts at zero, so that training starts at the mechanism. Of a CellBox, r vanishes where
    all inputs do, so that the control stays at rest. Bounded, so that it cannot make the state run away. With
    ``width=0`` the MLP is one linear layer (of a CellBox without bias): a linear skip from the inputs to the
    outputs.

    Parameters
    ----------
    inputs : sequence of str, optional
        Nodes that the network reads. Default: the drug nodes (all nodes if there are none).
    outputs : sequence of str, optional
        Nodes whose dx/dt it adds to. Default: every node that is not a drug.
    width : int
        Hidden units per layer; 0 for a linear skip.
    depth : int
        Hidden layers.
    activation : {"tanh", "softplus", "sigmoid", "linear"}
    bound : float or None
        Largest |r| (1 / time, in units of x; of a reaction network, in units of the mechanism's own rates).
        None: unbounded.
    conserve : bool
        Of a reaction network: keep the sums that its reactions conserve. Outputs that share a conserved sum
        get terms that move amounts between them.
    positive : bool
        Of a reaction network: consume nothing that is used up, so that amounts stay positive.
    key : PRNGKeyArray
        For the hidden layers.

    Raises
    ------
    UnknownNameError
        When added to a model that lacks an input or output node.
    InvalidValueError
        On sizes below zero, a bound that is not positive, an unknown activation or a node named twice.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> mechanism = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> model = mechanism + hc.NeuralResidual(width=8, key=jr.key(0))
    >>> model.mechanistic_only() is mechanism
    True
    """

    inputs: tuple[str, ...] | None = eqx.field(static=True)
    outputs: tuple[str, ...] | None = eqx.field(static=True)
    width: int = eqx.field(static=True)
    depth: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    bound: float | None = eqx.field(static=True)
    conserve: bool = eqx.field(static=True)
    positive: bool = eqx.field(static=True)
    key: PRNGKeyArray
    network: Perceptron | None
    names: tuple[str, ...] | None = eqx.field(static=True)
    kinds: tuple[str, ...] | None = eqx.field(static=True)

    def __init__(
        self,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        *,
        width: int = 32,
        depth: int = 1,
        activation: str = "tanh",
        bound: float | None = 5.0,
        conserve: bool = True,
        positive: bool = True,
        key: PRNGKeyArray,
    ):
        if isinstance(inputs, str) or isinstance(outputs, str):
            raise InvalidValueError("inputs and outputs are lists of node names; found a single string.")
        whole = all(is_whole(size) for size in (width, depth))
        if not whole or width < 0 or depth < 1:
            raise InvalidValueError(
                f"width is {width} and depth {depth}; wanted whole numbers, width >= 0 and depth >= 1."
            )
        if bound is not None and not 0 < bound < np.inf:
            raise InvalidValueError(f"bound is {bound}; wanted a positive number, or None for no bound.")
        self.inputs = None if inputs is None else _distinct("inputs", inputs)
        self.outputs = None if outputs is None else _distinct("outputs", outputs)
        self.width, self.depth = int(width), int(depth)
        self.activation = check_choice("activation", activation, ACTIVATIONS)
        self.bound = None if bound is None else float(bound)
        self.conserve, self.positive = bool(conserve), bool(positive)
        self.key = key
        self.network, self.names, self.kinds = None, None, None

    def bind(self, names: tuple[str, ...], kinds: tuple[str, ...]) -> NeuralResidual:
        """Return the residual with inputs, outputs and weights fixed for these states.

        One that is bound already keeps its inputs, outputs and weights.
        """
        drugs = tuple(n for n, kind in zip(names, kinds) if kind == "drug")
        inputs = self.inputs if self.inputs is not None else (drugs or names)
        outputs = self.outputs if self.outputs is not None else tuple(n for n in names if n not in drugs)
        for role, chosen in (("input", inputs), ("output", outputs)):
            if not chosen:
                raise InvalidValueError(f"A residual needs at least one {role} node; found none.")
            for name in chosen:
                if name not in names:
                    raise unknown_name(f"node (named as residual {role})", name, names)
        for name in outputs:
            if name in drugs:
                raise InvalidValueError(
                    f"Drug {name!r} is an output of the residual, but nothing acts on a drug; leave it out."
                )
        hidden = (self.width,) * self.depth if self.width else ()
        network = self.network or Perceptron(
            (len(inputs), *hidden, len(outputs)),
            activation=self.activation,
            key=self.key,
        )
        bound = object.__new__(NeuralResidual)
        for name in ("width", "depth", "activation", "bound", "conserve", "positive", "key"):
            object.__setattr__(bound, name, getattr(self, name))
        fixed = {"inputs": inputs, "outputs": outputs, "network": network, "names": names, "kinds": kinds}
        for name, value in fixed.items():
            object.__setattr__(bound, name, value)
        return bound

    @property
    def kind(self) -> str:
        """Where it goes in a network of reactions: "residual"."""
        return "residual"

    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """See `AbstractPiece`."""
        layers = Multilayer(
            width=self.width, depth=self.depth, activation=self.activation, transform="linear",
            bound=self.bound, seed=seed_of(self.key),
        )  # fmt: skip
        return layers.expand(prefix, inputs, n)

    def reseeded(self, key: PRNGKeyArray) -> NeuralResidual:
        """Return the residual with fresh weights from another key, bound to the same states."""
        fresh = NeuralResidual(
            self.inputs, self.outputs, width=self.width, depth=self.depth, activation=self.activation,
            bound=self.bound, conserve=self.conserve, positive=self.positive, key=key,
        )  # fmt: skip
        return fresh if self.names is None or self.kinds is None else fresh.bind(self.names, self.kinds)

    def field(self) -> NeuralResidualField:
        """Return the term with plain arrays; the residual must have been added to a model."""
        if not (self.network and self.names and self.kinds and self.inputs and self.outputs):
            raise InvalidValueError("This residual is not part of a model yet; wanted mechanism + residual.")
        inputs = tuple(self.names.index(name) for name in self.inputs)
        return NeuralResidualField(
            network=self.network.field(),
            bound=self.bound,
            n=len(self.names),
            inputs=inputs,
            driven=tuple(self.kinds[i] == "drug" for i in inputs),
            outputs=tuple(self.names.index(name) for name in self.outputs),
        )

    def _sizes(self) -> str:
        n_in = "?" if self.inputs is None else len(self.inputs)
        n_out = "?" if self.outputs is None else len(self.outputs)
        hidden = [str(self.width)] * self.depth if self.width else []
        return "-".join([str(n_in), *hidden, str(n_out)])

    def __repr__(self) -> str:
        limit = "unbounded" if self.bound is None else f"bound={self.bound:g}"
        return f"NeuralResidual({self._sizes()}, {self.activation if self.width else 'linear'}, {limit})"

    def _repr_html_(self) -> str:
        return card(
            "NeuralResidual",
            {
                "layers": self._sizes(),
                "activation": self.activation if self.width else "linear",
                "bound": self.bound,
                "free numbers": count_trainable(self),
            },
        )


def _distinct(what: str, names: Sequence[str]) -> tuple[str, ...]:
    names = tuple(map(str, names))
    for name in names:
        if names.count(name) > 1:
            raise InvalidValueError(f"{what} has {name!r} twice; wanted every node once.")
    return names
