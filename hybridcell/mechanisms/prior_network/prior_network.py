"""The network model in which perturbations reach readouts along known edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.errors import DataError, InvalidValueError, check_choice, check_is_list
from hybridcell._core.html import card
from hybridcell._core.model import AbstractModel
from hybridcell._core.parameter import Parameter, is_parameter
from hybridcell.data import as_perturbation_data
from hybridcell.mechanisms.cellbox.structure import check_nodes
from hybridcell.mechanisms.prior_network.field import PriorNetworkField, from_link
from hybridcell.mechanisms.prior_network.signal_flow import SignalFlow

LINKS = ("logit", "identity")


class PriorNetwork(AbstractModel):
    """Perturbations act on readouts directly, and through signals that spread along a signed prior network.

    .. math:: \\dot x = \\sigma\\big(b + (A + B G) u\\big) - x

    G is the signal at every readout per unit of every input (see `SignalFlow`), each input's signals scaled
    to length 1. What is learned is b, A and B (`hc.fit`): which readouts move together, how loud each
    input is, and how far inputs whose signals agree may be taken for each other. So the prior counts most
    for an input that was never given before. The prior's edges are not reweighted one by one.

    Parameters
    ----------
    perturbations : sequence of str, length P
        What can be given: ligands, drugs. They become nodes of kind "drug" that follow their dose.
    readouts : sequence of str, length R
        What is measured.
    prior : DataFrame, path or SignalFlow, optional
        Signed edges between any nodes, inputs and readouts among them; see `SignalFlow`. None: no G.
    readout_kinds : sequence of str, length R, optional
        Kind of each readout; default "protein".
    link : {"logit", "identity"}
        The function sigma: "logit" for activities from 0 to 1, "identity" for log ratios.
    decay : float
        Share of a signal that each edge passes on, at least 0 and below 1. Like `prior_share` it is
        not fitted: on some hundred conditions choosing it costs more, by chance, than it gains.
    prior_share : float
        How much of the effects is expected to follow the signals before any data are seen, from 0 to 1; the
        rest is each input's own.
    unit : array_like, shape (P,), optional
        Dose of each input that counts as 1, by which u is divided; default 1.

    Raises
    ------
    InvalidValueError
        On names that occur twice or an unknown option.
    DataError
        When the prior leads from no input to any readout, as where it uses other identifiers.

    References
    ----------
    Nilsson et al., Nature Communications 13 (2022) 3069, for signaling networks constrained by a signed prior
    and the ligand screen they were shown on. The model here is simpler: its signals are linear.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.mechanisms import PriorNetwork
    >>> prior = [{"source": "TNF", "target": "TNFR", "sign": 1},
    ...          {"source": "TNFR", "target": "NFKB", "sign": 1}]
    >>> model = PriorNetwork(["TNF", "IL4"], ["NFKB", "STAT6"], prior)
    >>> model.reach.tolist()
    [[True, False], [False, False]]
    >>> hc.predict(model, {"TNF": 1.0}).to_df().round(2).values.tolist()
    [[1.0, 0.0, 0.5, 0.5]]
    """

    perturbations: tuple[str, ...] = eqx.field(static=True)
    readouts: tuple[str, ...] = eqx.field(static=True)
    readout_kinds: tuple[str, ...] = eqx.field(static=True)
    link: str = eqx.field(static=True)
    prior: SignalFlow | None
    decay: float = eqx.field(static=True)
    prior_share: float = eqx.field(static=True)
    unit: Float[np.ndarray, " p"]
    gains: Float[np.ndarray, "r p"]
    bias: Parameter
    direct: Parameter
    routed: Parameter

    def __init__(
        self,
        perturbations: Sequence[str],
        readouts: Sequence[str],
        prior: Any = None,
        *,
        readout_kinds: Sequence[str] | None = None,
        link: str = "logit",
        decay: float = 0.5,
        prior_share: float = 0.5,
        unit: ArrayLike | None = None,
    ):
        check_is_list("perturbations", perturbations)
        check_is_list("readouts", readouts)
        check_is_list("readout_kinds", readout_kinds)
        readouts = tuple(map(str, readouts))
        kinds = ("protein",) * len(readouts) if readout_kinds is None else tuple(readout_kinds)
        if not len(perturbations) or not readouts:
            raise InvalidValueError(
                "A prior network needs perturbations and readouts; "
                f"found {len(perturbations)} and {len(readouts)}."
            )
        for name in map(str, perturbations):
            if name in readouts:
                raise InvalidValueError(
                    f"{name!r} is both a perturbation and a readout; wanted it as one of them. Leave the "
                    "readout out, or rename the perturbation."
                )
        names, kinds = check_nodes((*perturbations, *readouts), ("drug",) * len(perturbations) + kinds)
        p, r = len(perturbations), len(readouts)
        self.perturbations, self.readouts = names[:p], names[p:]
        self.readout_kinds = kinds[p:]
        self.link = check_choice("link", link, LINKS)
        self.prior = prior if isinstance(prior, SignalFlow) or prior is None else SignalFlow(prior)
        self.decay, self.prior_share = float(decay), float(prior_share)
        if not 0 <= self.prior_share <= 1:
            raise InvalidValueError(f"prior_share is {prior_share}; wanted a share from 0 to 1.")
        self.unit = np.ones(p) if unit is None else np.asarray(unit, dtype=float)
        if self.unit.shape != (p,) or not (np.isfinite(self.unit) & (self.unit > 0)).all():
            raise InvalidValueError(f"unit is {self.unit}; wanted {p} positive doses, one per input.")
        self.gains = unit_gains(self.prior, self.perturbations, self.readouts, self.decay)
        if self.prior is not None and self.decay > 0 and not self.gains.any():
            raise DataError(
                f"No path of the prior leads from a perturbation (such as {names[0]!r}) to a readout "
                f"(such as {names[p]!r}); its nodes are named like {self.prior.names[0]!r}. "
                "Use the same identifiers."
            )
        self.bias = Parameter(np.zeros(r))
        self.direct = Parameter(np.zeros((r, p)))
        self.routed = Parameter(np.zeros((r, r)), trainable=self.prior is not None)

    @classmethod
    def from_data(cls, data: Any, *, prior: Any = None, **options: Any) -> PriorNetwork:
        """Make a network for a screen: its perturbations are the inputs, their typical doses the units.

        Parameters
        ----------
        data : AnnData or PerturbationData
        prior
            As for `PriorNetwork`.
        **options
            As for `PriorNetwork`: link, decay, prior_share.

        Examples
        --------
        >>> import hybridcell as hc
        >>> PriorNetwork.from_data(hc.datasets.demo()[:, :30], link="identity")
        PriorNetwork(9 inputs, 30 readouts, no prior, link='identity')
        """
        screen = as_perturbation_data(data)
        given = np.maximum((screen.doses != 0).sum(axis=0), 1)
        typical = np.sqrt((screen.doses**2).sum(axis=0) / given)
        made = {"readout_kinds": screen.kinds, "unit": np.where(typical > 0, typical, 1.0)}
        return cls(screen.perturbations, screen.readouts, prior, **{**made, **options})

    def with_weights(self, *, bias: ArrayLike, direct: ArrayLike, routed: ArrayLike) -> PriorNetwork:
        """Return the model with other numbers b (R,), A (R, P) and B (R, R)."""
        r, p = len(self.readouts), len(self.perturbations)
        for name, value, shape in (
            ("bias", bias, (r,)),
            ("direct", direct, (r, p)),
            ("routed", routed, (r, r)),
        ):
            if np.shape(value) != shape:
                raise InvalidValueError(f"{name} has shape {np.shape(value)}; wanted {shape}.")
        learned = (
            self.bias.with_value(bias), self.direct.with_value(direct), self.routed.with_value(routed)
        )  # fmt: skip
        return eqx.tree_at(lambda m: (m.bias, m.direct, m.routed), self, learned, is_leaf=is_parameter)

    @property
    def names(self) -> tuple[str, ...]:
        """Inputs, then readouts."""
        return self.perturbations + self.readouts

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each node; inputs are drugs."""
        return ("drug",) * len(self.perturbations) + self.readout_kinds

    @property
    def reach(self) -> np.ndarray:
        """Whether the prior leads from input j to readout i, shape (R, P)."""
        return self.gains != 0

    @property
    def weights(self) -> Float[Array, "r p"]:
        """Effect of each input on the level of each readout, per unit of its dose: shape (R, P)."""
        return (self.direct.value + self.routed.value @ jnp.asarray(self.gains)) / self.unit

    def field(self) -> PriorNetworkField:
        """Return the right-hand side."""
        return PriorNetworkField(bias=self.bias.value, weights=self.weights, link=self.link)

    def initial_state(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return inputs at their doses and readouts at the untreated level."""
        p = len(self.perturbations)
        rest = from_link(self.link, self.bias.value)
        if isinstance(u, np.ndarray):
            return np.concatenate([u[:, :p], u[:, p:] * 0.0 + np.asarray(rest)], axis=1)  # type: ignore[return-value]
        return jnp.concatenate([u[:, :p], u[:, p:] * 0.0 + rest], axis=1)

    def __repr__(self) -> str:
        prior = "no prior" if self.prior is None else f"prior of {self.prior.n_edges:,} edges"
        sizes = f"{len(self.perturbations)} inputs, {len(self.readouts)} readouts"
        return f"PriorNetwork({sizes}, {prior}, link={self.link!r})"

    def _repr_html_(self) -> str:
        reached = self.reach.any(axis=0).sum()
        return card(
            "PriorNetwork",
            {
                "inputs": len(self.perturbations),
                "readouts": len(self.readouts),
                "prior": "none" if self.prior is None else repr(self.prior),
                "inputs that reach a readout": f"{reached} of {len(self.perturbations)}",
                "passed on per edge": f"{self.decay:g}",
                "share of effects along the prior": f"{self.prior_share:g}",
                "link": self.link,
            },
        )


def unit_gains(
    flow: SignalFlow | None, inputs: tuple[str, ...], readouts: tuple[str, ...], decay: float
) -> Float[np.ndarray, "r p"]:
    """Return G: the signal of each input at each readout, scaled to length 1 per input that reaches any."""
    if flow is None:
        return np.zeros((len(readouts), len(inputs)))
    gains = flow.gains(inputs, readouts, decay=decay)
    length = np.linalg.norm(gains, axis=0)
    return gains / np.where(length > 0, length, 1.0)
