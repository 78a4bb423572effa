"""The neural rate: the unknown kinetic law of a known reaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.expressions import Expression
from hybridcell._core.hole import AbstractPiece, Expansion
from hybridcell._core.html import card
from hybridcell.neural.multilayer import Multilayer, among, distinct, seed_of

AROUND = ("substrates", "law")


@dataclass(frozen=True, init=False, repr=False)
class NeuralRate(AbstractPiece):
    r"""A kinetic law that is learned: ``network.replace("v7", NeuralRate(...))``.

    .. math:: v = k \prod_i S_i^{n_i} \; e^{\mathrm{MLP}(z)}, \qquad z_i = \ln(x_i / s_i + 0.01)

    The mass balance of the reaction holds by construction, the rate is positive, and 0 where a substrate is
    used up. The last layer starts at zero: training starts at mass action, with the k that gives the old law
    at the typical state, or, with ``around="law"``, at the old law itself.

    Parameters
    ----------
    inputs : sequence of str, optional
        Ids that the law reads: species, compartments, parameters, "time". Default: the species that the old
        law reads, or else all that take part in the reaction.
    width, depth : int
        Hidden units per layer and hidden layers; width 0 is a power law in the inputs.
    activation : {"tanh", "softplus", "sigmoid", "linear"}
    transform : {"log", "linear", "saturating"}
        How inputs enter: ln(x / s + 0.01), x / s, or x / (x + s); s is the scale of the input, taken from
        data by a fit.
    around : {"substrates", "law"}
        What is multiplied: k times the product of the substrates, or the law that the reaction has.
    reversible : bool
        Multiply ``k (substrates - products / K)`` instead, which is zero at equilibrium. Only
        ``around="substrates"``.
    equilibrium : float, optional
        The equilibrium constant K of a reversible rate, where it is known; None: a free constant.
    increasing, decreasing : sequence of str
        Inputs in which the factor ``exp(MLP)`` is monotonic.
    bound : float, optional
        Largest \|MLP\|: the rate stays within a factor exp(bound) of what it starts as.
    saturation : float, optional
        The largest rate (extent per time): v / (1 + v / saturation). Only of irreversible rates.
    key : PRNGKeyArray
        Decides the first weights.

    Raises
    ------
    InvalidValueError
        On sizes, bounds or options out of range.

    References
    ----------
    Rackauckas et al. (2020), arXiv:2001.04385, for universal differential equations.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> network = hc.read_sbml(hc.networks.load("glycolysis"))
    >>> reaction = network.reactions[0].id
    >>> hybrid = network.replace(reaction, hc.NeuralRate(width=4, key=jr.key(0)))
    >>> hybrid.mechanistic_only().reactions[reaction].law is network.reactions[reaction].law
    True
    """

    inputs: tuple[str, ...] | None
    layers: Multilayer
    around: str
    reversible: bool
    equilibrium: float | None
    saturation: float | None

    def __init__(
        self,
        inputs: Sequence[str] | None = None,
        *,
        width: int = 16,
        depth: int = 1,
        activation: str = "tanh",
        transform: str = "log",
        around: str = "substrates",
        reversible: bool = False,
        equilibrium: float | None = None,
        increasing: Sequence[str] = (),
        decreasing: Sequence[str] = (),
        bound: float | None = None,
        saturation: float | None = None,
        key: PRNGKeyArray,
    ):
        check_choice("around", around, AROUND)
        for name, value in (("equilibrium", equilibrium), ("saturation", saturation)):
            if value is not None and not 0 < value < np.inf:
                raise InvalidValueError(f"{name} is {value}; wanted a positive number, or None.")
        if reversible and (around == "law" or saturation is not None):
            raise InvalidValueError(
                'reversible=True goes with around="substrates" and without saturation; a law of your own '
                "says itself whether it can run backwards."
            )
        if equilibrium is not None and not reversible:
            raise InvalidValueError("equilibrium is that of a reversible rate; add reversible=True.")
        put = object.__setattr__
        put(self, "inputs", None if inputs is None else distinct("inputs", inputs))
        layers = Multilayer(
            width=width,
            depth=depth,
            activation=activation,
            transform=transform,
            increasing=among("increasing", increasing, self.inputs),
            decreasing=among("decreasing", decreasing, self.inputs),
            output_bias=around == "law",
            bound=bound,
            seed=seed_of(key),
        )
        put(self, "layers", layers)
        put(self, "around", around)
        put(self, "reversible", bool(reversible))
        put(self, "equilibrium", None if equilibrium is None else float(equilibrium))
        put(self, "saturation", None if saturation is None else float(saturation))

    @property
    def kind(self) -> str:
        """Where it goes: "rate"."""
        return "rate"

    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """See `AbstractPiece`."""
        return self.layers.expand(prefix, inputs, n)

    def reseeded(self, key: PRNGKeyArray) -> NeuralRate:
        """Return the rate with other first weights."""
        fresh = object.__new__(NeuralRate)
        for name in ("inputs", "around", "reversible", "equilibrium", "saturation"):
            object.__setattr__(fresh, name, getattr(self, name))
        object.__setattr__(fresh, "layers", replace(self.layers, seed=seed_of(key)))
        return fresh

    def __repr__(self) -> str:
        read = "?" if self.inputs is None else ", ".join(self.inputs)
        form = "reversible" if self.reversible else f"around {self.around}"
        return f"NeuralRate([{read}], {_sizes(self.layers)}, {form})"

    def _repr_html_(self) -> str:
        facts = {
            "reads": "species of the old law" if self.inputs is None else ", ".join(self.inputs),
            "layers": _sizes(self.layers),
            "multiplies": "k (substrates - products / K)"
            if self.reversible
            else {"substrates": "k times the substrates", "law": "the old law"}[self.around],
            "bound": self.layers.bound,
            "saturation": self.saturation,
        }
        return card("NeuralRate", {k: v for k, v in facts.items() if v is not None})


def _sizes(layers: Multilayer) -> str:
    hidden = " x ".join([str(layers.width)] * layers.depth) if layers.width else "no"
    return f"{hidden} hidden, {layers.activation if layers.width else 'linear'}"
