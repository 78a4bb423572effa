"""The neural readout: how states show in what is measured, where that is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.expressions import Expression
from hybridcell._core.hole import AbstractPiece, Expansion
from hybridcell.neural.multilayer import Multilayer, among, distinct, seed_of

OUTPUTS = ("linear", "positive", "fraction")


@dataclass(frozen=True, init=False, repr=False)
class NeuralReadout(AbstractPiece):
    """A new readout computed from states by a network: ``network + NeuralReadout("signal", [...])``.

    It feeds back on nothing: the dynamics are those of the network without it.

    Parameters
    ----------
    name : str
        Id of the readout.
    inputs : sequence of str
        Ids that it reads.
    output : {"linear", "positive", "fraction"}
        Any number, exp(MLP), or a number between 0 and 1.
    width, depth : int
    activation : {"tanh", "softplus", "sigmoid", "linear"}
    transform : {"log", "linear", "saturating"}
        How inputs enter, see `NeuralRate`.
    increasing, decreasing : sequence of str
        Inputs in which the readout is monotonic.
    bound : float, optional
        Largest |MLP|.
    key : PRNGKeyArray

    Raises
    ------
    InvalidValueError
        On options out of range or no inputs.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> network = hc.read_sbml(hc.networks.load("glycolysis"))
    >>> reads = [s.id for s in network.species][:2]
    >>> model = network + hc.NeuralReadout("signal", reads, increasing=reads[:1], key=jr.key(0))
    >>> hc.simulate(model, t1=1.0, solve=hc.Solve(backend="numpy"))["signal"].shape
    (1, 101)
    """

    name: str
    inputs: tuple[str, ...]
    output: str
    layers: Multilayer

    def __init__(
        self,
        name: str,
        inputs: Sequence[str],
        *,
        output: str = "linear",
        width: int = 8,
        depth: int = 1,
        activation: str = "tanh",
        transform: str = "linear",
        increasing: Sequence[str] = (),
        decreasing: Sequence[str] = (),
        bound: float | None = None,
        key: PRNGKeyArray,
    ):
        check_choice("output", output, OUTPUTS)
        read = distinct("inputs", inputs)
        if not read:
            raise InvalidValueError("inputs is empty; a readout of nothing shows nothing.")
        put = object.__setattr__
        put(self, "name", str(name))
        put(self, "inputs", read)
        put(self, "output", output)
        layers = Multilayer(
            width=width,
            depth=depth,
            activation=activation,
            transform=transform,
            increasing=among("increasing", increasing, read),
            decreasing=among("decreasing", decreasing, read),
            bound=bound,
            seed=seed_of(key),
        )
        put(self, "layers", layers)

    @property
    def kind(self) -> str:
        """Where it goes: "readout"."""
        return "readout"

    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """See `AbstractPiece`."""
        return self.layers.expand(prefix, inputs, n)

    def reseeded(self, key: PRNGKeyArray) -> NeuralReadout:
        """Return the piece with other first weights."""
        fresh = object.__new__(NeuralReadout)
        for name in ("name", "inputs", "output"):
            object.__setattr__(fresh, name, getattr(self, name))
        object.__setattr__(fresh, "layers", replace(self.layers, seed=seed_of(key)))
        return fresh

    def __repr__(self) -> str:
        return f"NeuralReadout({self.name!r}, [{', '.join(self.inputs)}], {self.output})"
