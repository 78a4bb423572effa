"""The neural parameter: a constant that depends on the context, such as the cell line or the patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell._core.hole import AbstractPiece, Expansion
from hybridcell.neural.multilayer import Multilayer, among, distinct, seed_of


@dataclass(frozen=True, init=False, repr=False)
class NeuralParameter(AbstractPiece):
    r"""A parameter as a function of covariates: ``network + NeuralParameter("k1", covariates=[...])``.

    .. math:: k = k_\mathrm{base} \, e^{\mathrm{MLP}(c)} \quad\text{or}\quad k_\mathrm{base} + \mathrm{MLP}(c)

    Covariates are new constants of the network, 0 unless a condition gives them: a cell line as one-hot
    numbers, an expression vector, an embedding of a gene or a drug. The value is computed once, at the start
    of a simulation. The last layer starts at zero: training starts at the parameter as it is.

    Parameters
    ----------
    parameter : str
        Id of a parameter, "v1.k" for a local one.
    covariates : sequence of str
        Ids of constants; those that the network lacks are added, with the value 0. A species, or what else
        moves, is refused: it would be read at the start only. `NeuralRate` and `NeuralResidual` follow it.
    positive : bool, optional
        Multiply instead of adding. Default: whether the parameter is positive.
    width, depth : int
        Width 0 is linear in the covariates: on one-hot numbers, one factor per cell line.
    activation : {"tanh", "softplus", "sigmoid", "linear"}
    increasing, decreasing : sequence of str
        Covariates in which the parameter is monotonic.
    bound : float, optional
        Largest \|MLP\|.
    key : PRNGKeyArray

    Raises
    ------
    InvalidValueError
        On options out of range or no covariates; on covariates that move, where it is added to a network.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> network = hc.read_sbml(hc.networks.load("toggle_switch"))
    >>> name = network.parameters[0].id
    >>> lines = hc.NeuralParameter(name, covariates=["line_A", "line_B"], width=0, key=jr.key(0))
    >>> model = network + lines
    >>> {"line_A", "line_B"} <= set(model.equations.constants)
    True
    """

    parameter: str
    covariates: tuple[str, ...]
    positive: bool | None
    layers: Multilayer

    def __init__(
        self,
        parameter: str,
        covariates: Sequence[str],
        *,
        positive: bool | None = None,
        width: int = 8,
        depth: int = 1,
        activation: str = "tanh",
        increasing: Sequence[str] = (),
        decreasing: Sequence[str] = (),
        bound: float | None = None,
        key: PRNGKeyArray,
    ):
        names = distinct("covariates", covariates)
        if not names:
            raise InvalidValueError("covariates is empty; a parameter of nothing is a constant.")
        put = object.__setattr__
        put(self, "parameter", str(parameter))
        put(self, "covariates", names)
        put(self, "positive", positive)
        layers = Multilayer(
            width=width,
            depth=depth,
            activation=activation,
            transform="linear",
            increasing=among("increasing", increasing, names),
            decreasing=among("decreasing", decreasing, names),
            output_bias=False,
            bound=bound,
            seed=seed_of(key),
        )
        put(self, "layers", layers)

    @property
    def kind(self) -> str:
        """Where it goes: "parameter"."""
        return "parameter"

    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """See `AbstractPiece`."""
        return self.layers.expand(prefix, inputs, n)

    def reseeded(self, key: PRNGKeyArray) -> NeuralParameter:
        """Return the piece with other first weights."""
        fresh = object.__new__(NeuralParameter)
        for name in ("parameter", "covariates", "positive"):
            object.__setattr__(fresh, name, getattr(self, name))
        object.__setattr__(fresh, "layers", replace(self.layers, seed=seed_of(key)))
        return fresh

    def __repr__(self) -> str:
        return f"NeuralParameter({self.parameter!r}, {len(self.covariates)} covariates)"
