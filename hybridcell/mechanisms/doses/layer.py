"""The dose layer: drugs with a potency, a slope, a maximum and off-targets, all of which a fit may learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.parameter import Parameter
from hybridcell.data.units import dose_unit
from hybridcell.mechanisms.doses.occupancy import DoseCurves, occupancy
from hybridcell.mechanisms.doses.reading import (
    check_doses,
    distinct_drugs,
    index_of,
    per_drug,
    read_off_targets,
    read_targets,
)

if TYPE_CHECKING:
    import pandas as pd

#: Hill coefficients of drugs lie around 1; below 0.3 and above 6 there is no binding to tell of.
HILL_BOUNDS = (0.3, 6.0)
#: What is believed before any data: the Hill coefficient is 1 within a factor of 1.6 (one sd of its log), the
#: EC50 in the middle of the tested doses within a factor of 7.
HILL_PRIOR = ("log-normal", 0.0, 0.5)
EC50_PRIOR = ("log-normal", 0.0, 2.0)
#: A drug at full occupancy moves its target by some units of its log response, down or up.
MAXIMUM_PRIOR = ("normal", 0.0, 2.0)


class DoseLayer(eqx.Module):
    """What drugs do at a dose, put in front of a network by ``network.with_doses(layer)``.

    At dose d drug k takes the share ``d^h / (EC50^h + d^h)`` of its targets, its occupancy, which is the
    state of its node in the network. The target's input gets ``maximum * occupancy``, other nodes get
    ``off_target * occupancy``: both are local responses as in `CellBox`, the change of the node's steady
    state alone where the envelope has slope 1.

    Parameters
    ----------
    drugs : sequence of str
        P names; those that are no nodes of the network become drug nodes.
    targets : mapping of str to str, optional
        Main target of each drug. A drug without one must be a drug node of the network, and keeps the
        network's own edges as its effects; `maximum` and off-targets then do not count.
    ec50 : float, mapping or array_like of shape (P,)
        Dose of half the effect, in `unit`; where a fit starts and where the prior is centered.
    hill : float, mapping or array_like of shape (P,)
        Hill coefficients, between 0.3 and 6.
    maximum : float, mapping or array_like of shape (P,)
        Effect on the main target at full occupancy, negative for an inhibitor.
    off_targets : bool or mapping of str to sequence of str
        Nodes that a drug may act on besides its main target. True: all that node kinds allow. They start at
        0, and `hc.fit` keeps them sparse (``off_target``, an l1 penalty).
    unit : str
        Of doses and EC50s: "M", "mM", "uM", "nM" or "pM".
    largest : array_like of shape (P,), optional
        Largest doses that were tested, for `to_dataframe`.

    Raises
    ------
    InvalidValueError
        On numbers out of range or of the wrong count, a drug named twice, a drug that is a target, an unknown
        unit.
    UnknownNameError
        On a drug in a mapping that is not among `drugs`.

    Notes
    -----
    Where the largest dose tested lies below the EC50, the response is nearly a straight line (for a Hill
    coefficient of 1), and data tell only the ratio maximum / EC50, not each of them: what a fit gives for
    them then comes from the priors. `to_dataframe` says for which drugs (``reached``), and the spread over
    ``hc.fit_ensemble(..., resample="bootstrap")`` how far each number is known; `hc.infer.profiles` gives
    intervals for the same numbers of drugs in networks of reactions. Priors are log-normal, of Hill
    coefficients around 1 (sd of the logarithm 0.5) and of EC50s around `ec50` (sd 2); of maxima normal around
    0 (sd 2).

    Where drugs act through their targets only, a fit starts further from the data than with edges to all
    nodes, and wants more and longer steps (``steps=400, learning_rate=0.02``).

    Below 1e-8 of the EC50 the curve is a straight line, so that dose 0 is exactly no effect and has
    finite derivatives.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.mechanisms.doses import DoseLayer
    >>> network = hc.CellBox(["MEK", "ERK"], ["protein", "protein"], [[0, 0], [0.8, 0]])
    >>> model = network.with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, ec50=0.2, maximum=-1.5))
    >>> model.drugs
    ('MEKi',)
    >>> settled = hc.steady_state(model, conditions=[{"MEKi": 0.0}, {"MEKi": 0.2}, {"MEKi": 5.0}])
    >>> settled[:, "ERK"].X.round(3).ravel().tolist()
    [0.0, -0.468, -0.614]
    """

    drugs: tuple[str, ...] = eqx.field(static=True)
    targets: tuple[str | None, ...] = eqx.field(static=True)
    wanted_off_targets: tuple[tuple[str, ...] | None, ...] = eqx.field(static=True)
    unit: str = eqx.field(static=True)
    reference: Float[np.ndarray, " p"]  # EC50s are in ratio to it, so that all have one prior
    largest: Float[np.ndarray, " p"]  # NaN where not known
    _potency: Parameter
    _hill: Parameter
    _maximum: Parameter
    _off_target: Parameter | None
    free: Bool[np.ndarray, "n p"] | None
    nodes: tuple[str, ...] | None = eqx.field(static=True)
    given_maximum: Float[np.ndarray, " p"] | None = None  # before any fit; files of 0.1.0.dev0 lack it

    def __init__(
        self,
        drugs: Sequence[str],
        *,
        targets: Mapping[str, str] | None = None,
        ec50: Any = 1.0,
        hill: Any = 1.0,
        maximum: Any = -1.0,
        off_targets: bool | Mapping[str, Sequence[str]] = True,
        unit: str = "uM",
        largest: Any = None,
    ):
        self.drugs = distinct_drugs(drugs)
        self.targets = read_targets(targets, self.drugs)
        self.wanted_off_targets = read_off_targets(off_targets, self.drugs)
        self.unit = dose_unit(unit)
        self.reference = per_drug("ec50", ec50, self.drugs, above=0.0)
        self.largest = (
            np.full(len(self.drugs), np.nan)
            if largest is None
            else per_drug("largest", largest, self.drugs, above=0.0)
        )
        slopes = per_drug("hill", hill, self.drugs, above=HILL_BOUNDS[0], below=HILL_BOUNDS[1])
        self._potency = Parameter(np.ones(len(self.drugs)), transform="log", prior=EC50_PRIOR)
        self._hill = Parameter(slopes, transform="logit", bounds=HILL_BOUNDS, prior=HILL_PRIOR)
        self.given_maximum = per_drug("maximum", maximum, self.drugs)
        self._maximum = Parameter(self.given_maximum, prior=MAXIMUM_PRIOR)
        self._off_target, self.free, self.nodes = None, None, None

    @classmethod
    def from_data(
        cls, data: Any, *, targets: Mapping[str, str] | None = None, unit: str = "uM", **options: Any
    ) -> DoseLayer:
        """Make a layer for the drugs of a screen, EC50s in the middle of the doses that were tested.

        Parameters
        ----------
        data : AnnData or PerturbationData
            With doses, not signed strengths.
        targets : mapping of str to str, optional
            Main targets; with it the layer is for the drugs named. Default: all perturbations that are given
            at two doses at least.
        unit : str
            Of the doses of the data.
        **options
            As for `DoseLayer`: ec50, hill, maximum, off_targets.

        Raises
        ------
        DataError
            When the data hold strengths, a drug is never given, or none has two doses.

        Examples
        --------
        >>> from hybridcell.data import PerturbationData
        >>> from hybridcell.mechanisms.doses import DoseLayer
        >>> screen = PerturbationData(
        ...     values=[[0.0], [-0.4], [-0.9]], readouts=["ERK"], kinds=["protein"],
        ...     conditions=["control", "low", "high"], perturbations=["MEKi"],
        ...     doses=[[0.0], [0.1], [10.0]], input="dose", control="measured",
        ... )
        >>> layer = DoseLayer.from_data(screen, targets={"MEKi": "ERK"})
        >>> layer.to_dataframe()["ec50"].tolist()
        [1.0]
        """
        from hybridcell.mechanisms.doses.from_data import tested_doses

        drugs, middle, largest = tested_doses(data, None if targets is None else tuple(targets))
        options = {"ec50": middle, "largest": largest, **options}
        return cls(drugs, targets=targets, unit=unit, **options)

    @property
    def ec50(self) -> Float[Array, " p"]:
        """Doses of half the effect, in `unit`."""
        return jnp.asarray(self.reference) * self._potency.value

    @property
    def hill(self) -> Float[Array, " p"]:
        """Hill coefficients."""
        return self._hill.value

    @property
    def maximum(self) -> Float[Array, " p"]:
        """Effects on the main targets at full occupancy."""
        return self._maximum.value

    @property
    def off_target(self) -> Float[Array, "n p"]:
        """Effects on other nodes at full occupancy, nodes x drugs; known once the layer is in a network."""
        if self._off_target is None:
            raise InvalidValueError("This layer is not in a network yet; wanted network.with_doses(layer).")
        return jnp.where(jnp.asarray(self.free), self._off_target.value, 0.0)

    @property
    def acts(self) -> tuple[bool, ...]:
        """Whether the layer states the effects of a drug: where it has a main target."""
        return tuple(target is not None for target in self.targets)

    def fills(self, n: int) -> Bool[np.ndarray, " n"]:
        """Return for each of n nodes whether it is a drug whose effects the layer states."""
        found = np.zeros(n, dtype=bool)
        found[[column for column, acts in zip(self.columns, self.acts) if acts]] = True
        return found

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the drugs among the nodes."""
        nodes = self.nodes or ()
        return tuple(nodes.index(drug) for drug in self.drugs)

    def bind(self, nodes: tuple[str, ...], allowed: Bool[np.ndarray, "n n"]) -> DoseLayer:
        """Return the layer with its drugs and targets found among the nodes of a network.

        Off-targets that it has learned in another network go along with the names of their nodes.

        Parameters
        ----------
        nodes
            Names of nodes, the drugs among them.
        allowed
            Edges that may exist, ``allowed[i, j]``: j may act on i.

        Raises
        ------
        InvalidValueError
            When a drug acts on a node that this network does not have, or that it may not act on here.
        UnknownNameError
            When a drug, its target or a wanted off-target is no node.
        """
        free = np.zeros((len(nodes), len(self.drugs)), dtype=bool)
        for k, (drug, target, wished) in enumerate(zip(self.drugs, self.targets, self.wanted_off_targets)):
            column = index_of("drug", drug, nodes)
            if target is None:
                continue
            main = index_of(f"node (target of {drug!r})", target, nodes)
            if wished is None:
                free[:, k] = allowed[:, column]
            else:
                free[[index_of(f"node (off-target of {drug!r})", one, nodes) for one in wished], k] = True
            free[main, k] = False
        bound = object.__new__(DoseLayer)
        for name in self.__dataclass_fields__:
            object.__setattr__(bound, name, getattr(self, name))
        off_target = Parameter(self._moved_off_targets(nodes, free))
        for name, value in {"nodes": nodes, "free": free, "_off_target": off_target}.items():
            object.__setattr__(bound, name, value)
        return bound

    def _moved_off_targets(
        self, nodes: tuple[str, ...], free: Bool[np.ndarray, "n p"]
    ) -> Float[np.ndarray, "n p"]:
        """Return what was learned of off-targets, on other nodes of the same names."""
        moved = np.zeros(free.shape)
        if self.nodes is None:
            return moved
        learned = np.asarray(self.off_target)
        for place, k in np.argwhere(learned):
            node, drug, effect = self.nodes[place], self.drugs[k], learned[place, k]
            if node in nodes and free[nodes.index(node), k]:
                moved[nodes.index(node), k] = effect
                continue
            found = "may not act on it in this network" if node in nodes else "it is no node of this network"
            raise InvalidValueError(
                f"The layer has learned that {drug!r} acts on {node!r} ({effect:.3g}), and {found}. Wanted "
                "all its off-targets among the nodes; layer.restarted() forgets what a fit has learned, and "
                "hc.DoseLayer(...) takes the other numbers alone."
            )
        return moved

    def check_nodes(self, names: tuple[str, ...]) -> None:
        """Refuse a layer that is bound to other nodes, or not bound."""
        if self.nodes != names or self.free is None or self.free.shape != (len(names), len(self.drugs)):
            raise InvalidValueError(
                "doses is a layer that is not bound to these nodes; wanted network.with_doses(layer)."
            )

    def curves(self) -> DoseCurves:
        """Return the curves with all transforms applied."""
        return DoseCurves(ec50=self.ec50, hill=self.hill, columns=self.columns)

    def occupancy(self, doses: Any) -> Float[Array, "c p"]:
        """Return the share of each drug's full effect at doses, conditions x drugs, in `unit`."""
        given = np.asarray(doses, dtype=float)
        if given.ndim != 2 or given.shape[1] != len(self.drugs):
            raise InvalidValueError(
                f"doses have shape {given.shape}; wanted conditions x {len(self.drugs)} drugs."
            )
        check_doses(self.drugs, given)
        return occupancy(given, self.ec50, self.hill)

    def place(self, response: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """Return local responses with the columns of drugs that have a main target filled in."""
        effects = self.off_target
        for k, (column, target) in enumerate(zip(self.columns, self.targets)):
            if target is not None:
                filled = effects[:, k].at[(self.nodes or ()).index(target)].set(self.maximum[k])
                response = response.at[:, column].set(filled)
        return response

    def check(self, u: Float[np.ndarray, "c n"]) -> None:
        """Refuse negative doses on nodes."""
        check_doses(self.drugs, u[:, list(self.columns)])

    def prior_penalty(self) -> Float[Array, ""]:
        """Return half the summed squares of how far the numbers are from their priors, in prior sds."""
        potency, slope = (0.5 * _squares(jnp.log(p.value), p.prior) for p in (self._potency, self._hill))
        return potency + slope + 0.5 * _squares(self.maximum * np.array(self.acts), self._maximum.prior)

    def with_values(self, *, ec50: Any = None, hill: Any = None, maximum: Any = None) -> DoseLayer:
        """Return the layer with other numbers; priors stay centered where they were.

        Hill coefficients are kept inside their bounds.
        """
        new = self
        if ec50 is not None:
            ratio = per_drug("ec50", ec50, self.drugs, above=0.0) / self.reference
            new = eqx.tree_at(lambda d: d._potency, new, self._potency.with_value(ratio))
        if hill is not None:
            low, high = HILL_BOUNDS
            inside = np.clip(per_drug("hill", hill, self.drugs, above=0.0), 1.001 * low, 0.999 * high)
            new = eqx.tree_at(lambda d: d._hill, new, self._hill.with_value(inside))
        if maximum is not None:
            effects = self._maximum.with_value(per_drug("maximum", maximum, self.drugs))
            new = eqx.tree_at(lambda d: d._maximum, new, effects)
        return new

    def restarted(self) -> DoseLayer:
        """Return the layer before any fit: EC50s where the prior is centered, Hill 1, maxima as given, no
        off-targets.
        """
        new = self.with_values(ec50=self.reference, hill=1.0, maximum=self.given_maximum)
        if self._off_target is None:
            return new
        nothing = self._off_target.with_value(np.zeros(np.shape(self._off_target.raw)))
        return eqx.tree_at(lambda d: d._off_target, new, nothing)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per drug: target, ec50, hill, maximum, number of off-targets, whether it is reached.

        An off-target counts where its effect is more than a hundredth of that on the main target.
        ``reached``: whether the largest tested dose is at least the EC50; where not, maximum and EC50 are
        not known apart. None where the tested doses are not known.
        """
        from hybridcell.mechanisms.doses.drug_table import drug_table

        return drug_table(self)

    def __repr__(self) -> str:
        shown = ", ".join(self.drugs[:4]) + (", ..." if len(self.drugs) > 4 else "")
        return f"DoseLayer({len(self.drugs)} drugs in {self.unit}: {shown})"

    def _repr_html_(self) -> str:
        from hybridcell.mechanisms.doses.drug_table import html_table

        return html_table(self)


def _squares(numbers: Array, prior: tuple[str, float, float] | None) -> Array:
    _, center, sd = prior or ("normal", 0.0, np.inf)
    return jnp.sum(jnp.square((numbers - center) / sd))
