"""The CellBox interaction network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.html import card
from hybridcell._core.model import AbstractModel
from hybridcell._core.parameter import Parameter
from hybridcell.data.response_scale import SCALES, USUAL
from hybridcell.mechanisms.cellbox.drug_effects import DrugEffects
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior
from hybridcell.mechanisms.cellbox.envelope import check_envelope
from hybridcell.mechanisms.cellbox.field import INPUTS, CellBoxField
from hybridcell.mechanisms.cellbox.structure import check_nodes, edge_mask, rate_per_node, square_matrix
from hybridcell.mechanisms.doses import DoseLayer

if TYPE_CHECKING:
    import pandas as pd


class CellBox(AbstractModel):
    """An interaction network of saturating ordinary differential equations.

    .. math:: \\dot x_i = \\epsilon_i\\,\\phi\\Big(\\sum_j W_{ij} x_j + u_i\\Big) - \\alpha_i x_i

    States are responses against the untreated control, so x = 0 is the control.

    Parameters
    ----------
    names : sequence of str, length n
        Node names, unique.
    kinds : sequence of str, length n
        "protein", "phenotype", "drug" or "gene" per node.
    weights : array_like, shape (n, n)
        ``weights[i, j]``: effect of j on i (per unit of x_j; dimensionless).
    epsilon, alpha, psi : array_like, shape () or (n,)
        Saturation, decay rate and input scale, all positive (1 / time). `psi` counts only for
        ``input="scaled"``.
    envelope : {"tanh", "polynomial", "hill", "linear", "clip"}
        The function phi.
    power : float
        Exponent of the polynomial (whole number above 1) and hill envelopes.
    degree : {1, 2}
        1: sum_j W_ij x_j. 2: sum_j W_ij (x_j + x_i).
    input : {"inside", "outside", "scaled"}
        eps phi(Wx + u) - alpha x, eps (phi(Wx) + u) - alpha x, or eps phi(Wx) + psi u - alpha x.
    clamp : bool
        Hold drug nodes at u (x0 = u there, no dynamics). Otherwise x0 = 0.
    mask : array_like of bool, shape (n, n), optional
        Edges that may exist. Default: all edges that are not zero in `weights` may, and so may those that
        the node kinds allow. Weights outside a mask that is given must be zero.
    edge_prior : EdgePrior, optional
        Known edges. A hard one narrows the mask, and `weights` must have its signs.
    drug_effects : DrugEffects, optional
        A prior that fills the drug columns; what `weights` holds there does not count.
    doses : DoseLayer, optional
        Drugs that are given as doses, bound to these nodes; see `with_doses`.
    scale : {"log2", "ln", "log10", "linear"}
        What the states are: logarithms of ratios to the control, or relative changes. The equations do not
        depend on it; words such as "ERK knockdown 80%", effects in screens of combinations and couplings
        with reactions do.

    Raises
    ------
    InvalidValueError
        On wrong shapes, duplicate names, non-finite weights, non-positive rates, unknown options, or
        weights where no edge may be.

    Notes
    -----
    The free numbers are the *local responses* R_ij = (eps_i / alpha_i) W_ij, the change of x_i per change
    of x_j when phi has slope 1, together with eps and alpha. In these coordinates the response to a small
    input does not change when the saturation level does, which is what makes the network train well.

    References
    ----------
    Yuan et al., Cell Systems 12 (2021) 128-140.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["ERK", "growth", "aMEK"], ["protein", "phenotype", "drug"],
    ...                    [[0, 0, 0.8], [0.5, 0, 0], [0, 0, 0]])
    >>> model.n_edges
    2
    >>> hc.simulate(model, t1=10.0, conditions={"aMEK": -1.0}).values.shape
    (1, 101, 3)
    """

    _names: tuple[str, ...] = eqx.field(static=True)
    _kinds: tuple[str, ...] = eqx.field(static=True)
    _response: Parameter
    _epsilon: Parameter
    _alpha: Parameter
    _psi: Parameter
    mask: Bool[np.ndarray, "n n"]
    edge_prior: EdgePrior | None
    drug_effects: DrugEffects | None
    envelope: str = eqx.field(static=True)
    power: float = eqx.field(static=True)
    degree: int = eqx.field(static=True)
    input: str = eqx.field(static=True)
    clamp: bool = eqx.field(static=True)
    doses: DoseLayer | None = None
    scale: str = eqx.field(static=True, default=USUAL)

    def __init__(
        self,
        names: Sequence[str],
        kinds: Sequence[str],
        weights: ArrayLike,
        *,
        epsilon: ArrayLike = 1.0,
        alpha: ArrayLike = 1.0,
        psi: ArrayLike = 1.0,
        envelope: str = "tanh",
        power: float = 3,
        degree: int = 1,
        input: str = "inside",
        clamp: bool = False,
        mask: ArrayLike | None = None,
        edge_prior: EdgePrior | None = None,
        drug_effects: DrugEffects | None = None,
        doses: DoseLayer | None = None,
        scale: str = USUAL,
    ):
        self._names, self._kinds = check_nodes(names, kinds)
        self.envelope, self.power = check_envelope(envelope, power)
        if degree not in (1, 2):
            raise InvalidValueError(f"degree is {degree!r}; wanted 1 or 2.")
        self.degree = int(degree)
        self.input = check_choice("input", input, INPUTS)
        self.clamp = bool(clamp)
        rates = {
            name: rate_per_node(name, value, self._names)
            for name, value in (("epsilon", epsilon), ("alpha", alpha), ("psi", psi))
        }
        w = square_matrix("weights", weights, len(self._names))
        if not np.isfinite(w).all():
            i, j = np.argwhere(~np.isfinite(w))[0]
            raise InvalidValueError(
                f"weights[{self._names[i]!r}, {self._names[j]!r}] is {w[i, j]}; wanted finite numbers."
            )
        self.mask = edge_mask(mask, w, self._names, self._kinds, edge_prior)
        gain = rates["epsilon"] / rates["alpha"]
        self._response = Parameter(w * gain[:, None])
        self._epsilon = Parameter(rates["epsilon"], transform="log", unit="1/time")
        self._alpha = Parameter(rates["alpha"], transform="log", unit="1/time")
        self._psi = Parameter(rates["psi"], transform="log", unit="1/time", trainable=self.input == "scaled")
        self.edge_prior = edge_prior
        self.drug_effects = drug_effects
        if drug_effects is not None:
            drug_effects.check_nodes(self._names)
        self.doses = doses
        if doses is not None:
            doses.check_nodes(self._names)
        self.scale = check_choice("scale", scale, SCALES)

    @classmethod
    def from_data(
        cls,
        data: Any,
        *,
        prior: pd.DataFrame | Any = None,
        prior_mode: str = "penalty",
        drug_targets: pd.DataFrame | None = None,
        drug_similarity: pd.DataFrame | None = None,
        drug_to_phenotype: bool = False,
        key: PRNGKeyArray,
        **options: Any,
    ) -> CellBox:
        """Make a network for a screen: names, kinds and masks from the data, small random weights.

        Parameters
        ----------
        data : AnnData or PerturbationData
            Every readout becomes a node; a perturbation that is no readout becomes a drug node.
        prior : DataFrame, path or EdgePrior, optional
            Known edges: columns source, target and, where known, sign (+1 / -1).
        prior_mode : {"penalty", "hard"}
            "hard": only these edges exist, with these signs. "penalty": others cost more (see `hc.fit`).
        drug_targets : DataFrame, optional
            Columns drug, target, sign (the sign of the target's change with u, +1 when a negative u lowers
            it) and optionally weight.
        drug_similarity : DataFrame, optional
            Columns drug_a, drug_b, similarity in [0, 1]; or a square table with drugs as index and columns.
        drug_to_phenotype : bool
            Allow direct edges from drugs to phenotypes.
        key : PRNGKeyArray
            For the initial weights.
        **options
            As for `CellBox`: envelope, power, degree, input, clamp, scale (by default that of the data), ...

        Returns
        -------
        CellBox

        Examples
        --------
        >>> import hybridcell as hc, jax.random as jr
        >>> model = hc.CellBox.from_data(hc.datasets.demo(seed=0), key=jr.key(0))
        >>> model.n > 20
        True
        """
        from hybridcell.mechanisms.cellbox.from_data import network_from_data

        return network_from_data(
            data,
            prior=prior,
            prior_mode=prior_mode,
            drug_targets=drug_targets,
            drug_similarity=drug_similarity,
            drug_to_phenotype=drug_to_phenotype,
            key=key,
            **options,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Node names, in order."""
        return self._names

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each node."""
        return self._kinds

    @property
    def response(self) -> Float[Array, "n n"]:
        """Local responses R[i, j] = (eps_i / alpha_i) W[i, j], structural zeros and priors applied."""
        r = self._response.value
        if self.drug_effects is not None:
            r = self.drug_effects.place(r)
        if self.doses is not None:
            r = self.doses.place(r)
        if self.edge_prior is not None:
            r = self.edge_prior.constrain(r)
        return jnp.where(jnp.asarray(self.mask), r, 0.0)

    @property
    def weights(self) -> Float[Array, "n n"]:
        """Weights W[i, j], effect of j on i."""
        return self.response / self.gain[:, None]

    @property
    def epsilon(self) -> Float[Array, " n"]:
        """Saturation rates, positive."""
        return self._epsilon.value

    @property
    def alpha(self) -> Float[Array, " n"]:
        """Decay rates, positive."""
        return self._alpha.value

    @property
    def psi(self) -> Float[Array, " n"]:
        """Input scales, positive; used by ``input="scaled"``."""
        return self._psi.value

    @property
    def gain(self) -> Float[Array, " n"]:
        """Saturation levels eps / alpha: the largest |x_i| that a saturating envelope can reach."""
        return self.epsilon / self.alpha

    @property
    def n_edges(self) -> int:
        """Number of weights that are not zero."""
        return int(np.count_nonzero(np.asarray(self.weights)))

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drug nodes."""
        return tuple(name for name, kind in zip(self.names, self.kinds) if kind == "drug")

    def field(self) -> CellBoxField:
        """Return the right-hand side with all transforms applied."""
        return CellBoxField(
            weights=self.weights,
            epsilon=self.epsilon,
            alpha=self.alpha,
            psi=self.psi,
            held=jnp.asarray(self._held),
            doses=None if self.doses is None else self.doses.curves(),
            envelope=self.envelope,
            power=self.power,
            degree=self.degree,
            input=self.input,
            clamp=bool(self._held.any()),
        )

    @property
    def _held(self) -> np.ndarray:
        """The nodes that are held at their input: clamped drugs, and those that are given as doses."""
        dosed = () if self.doses is None else self.doses.drugs
        return np.array(
            [(self.clamp and kind == "drug") or name in dosed for name, kind in zip(self.names, self.kinds)]
        )

    def initial_state(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return x0: zero, or the input (of drugs given as doses, their occupancy) where drugs are held."""
        given = u if self.doses is None else self.doses.curves()(u)
        return given * self._held.astype(float)

    def check_inputs(self, u: np.ndarray) -> None:
        """Refuse negative doses of drugs that a dose layer reads."""
        if self.doses is not None:
            self.doses.check(u)

    def with_doses(self, layer: DoseLayer) -> CellBox:
        """Return the network in which the drugs of a layer are given as doses.

        Drugs that are no nodes become drug nodes. A drug's node is held at its occupancy, 0 to 1 (under a
        schedule it follows with the time constant 1 / alpha of the node), and its effects are the layer's;
        those of a drug without a main target stay the edges of the network.

        Parameters
        ----------
        layer : DoseLayer

        Raises
        ------
        InvalidValueError
            If a drug has no target and is no node, is a node of another kind, or there is a layer already.
        UnknownNameError
            On a target that is no node; the nearest is suggested.

        Examples
        --------
        >>> import hybridcell as hc
        >>> from hybridcell.mechanisms.doses import DoseLayer
        >>> network = hc.CellBox(["MEK", "ERK"], ["protein", "protein"], [[0, 0], [0.8, 0]])
        >>> dosed = network.with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK"}))
        >>> dosed.names
        ('MEK', 'ERK', 'MEKi')
        """
        from hybridcell.mechanisms.cellbox.dosed import with_doses

        return with_doses(self, layer)

    def __repr__(self) -> str:
        return (
            f"CellBox({self.n} nodes, {int(self.mask.sum())} possible edges, envelope={self.envelope!r}, "
            f"input={self.input!r}, degree={self.degree})"
        )

    def _repr_html_(self) -> str:
        counts = {kind: self.kinds.count(kind) for kind in dict.fromkeys(self.kinds)}
        return card(
            "CellBox",
            {
                "nodes": ", ".join(f"{count} {kind}" for kind, count in counts.items()),
                "possible edges": f"{int(self.mask.sum()):,}",
                "edges that are not zero": f"{self.n_edges:,}",
                "equation": _equation(self),
                "states": _meaning(self.scale),
                "prior edges": 0 if self.edge_prior is None else self.edge_prior.n_edges,
                "drug prior": "none" if self.drug_effects is None else repr(self.drug_effects),
                **({} if self.doses is None else {"doses": repr(self.doses)}),
            },
        )


def _meaning(scale: str) -> str:
    return "relative changes" if scale == "linear" else f"{scale} of ratios to the control"


def _equation(model: CellBox) -> str:
    s = "Wx" if model.degree == 1 else "Wx + rowsum(W) x"
    inner = {
        "inside": f"ε φ({s} + u)",
        "outside": f"ε (φ({s}) + u)",
        "scaled": f"ε φ({s}) + ψ u",
    }[model.input]
    return f"dx/dt = {inner} − α x, φ = {model.envelope}"
