"""Which edges of an interaction network the data tell, and which cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card
from hybridcell._core.html import table as html_table
from hybridcell.data import as_conditions
from hybridcell.fit.losses import mechanism_of
from hybridcell.fit.problem import make_problem
from hybridcell.infer.identifiability.directions import listed
from hybridcell.infer.identifiability.edge_sensitivities import edge_sensitivities
from hybridcell.infer.identifiability.sources import Together, told_apart
from hybridcell.infer.identifiability.verdicts import PRACTICALLY_NOT, STRUCTURALLY_NOT, YES
from hybridcell.mechanisms.cellbox import CellBox

if TYPE_CHECKING:
    from hybridcell.fit.result import Fit

#: Share of an edge's certainty that must come from data for it to be called identifiable.
_SHARE = 0.8
#: Ridge penalty that is taken where the fit had none: one per unit of the summed squared error.
_RIDGE = 0.1
_NONE, _Z, _ROWS = 1e-9, 1.96, 25
#: Above this number of edges and measurements the spectrum is not computed.
_MOST = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class EdgeIdentifiability:
    """Verdicts on the edges of a network of interactions.

    Attributes
    ----------
    table : DataFrame
        One row per edge that may exist, the largest first. Columns `source`, `target`, `weight`, `sd` (of
        the weight, by linearization with the fit's ridge penalty), `share` (how much of the certainty of the
        edge comes from data, and not from the penalty), `spread` (standard deviation over the members of an
        ensemble, NaN for a single fit), `sign` ("+", "-", "?": whether two standard deviations exclude
        zero), `verdict` and `why`.
    together : tuple of Together
        Sources that always move together, by target: their edges cannot be told apart.
    spectrum : ndarray
        Eigenvalues of the information of edges in units of the penalty, the largest first: above 1 data tell
        more than the penalty. Empty for very large networks.
    freedom : float
        Number of edges that the data determine: sum of the shares.
    advice, notes : tuple of str

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.demo(seed=0)
    >>> fitted = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=50, key=jr.key(1))
    >>> found = hc.infer.identifiability(fitted, key=jr.key(2))
    >>> bool(found.table["share"].between(0, 1).all())
    True
    """

    table: pd.DataFrame
    together: tuple[Together, ...]
    spectrum: Float[np.ndarray, " p"]
    freedom: float
    advice: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def verdicts(self) -> pd.Series:
        """The verdict on each edge, by source and target."""
        found: pd.Series = self.table.set_index(["source", "target"])["verdict"]  # pyright: ignore[reportAssignmentType]
        return found

    @property
    def result(self) -> str:
        """How many are identifiable, in words."""
        verdicts = self.table["verdict"]
        counts = [f"{int(np.sum(verdicts == v))} {v}" for v in (YES, PRACTICALLY_NOT, STRUCTURALLY_NOT)]
        return f"{len(self.table)} edges: {', '.join(counts)}"

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"<EdgeIdentifiability of {self.result}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "identifiable means": f"at least {_SHARE:.0%} of the certainty of an edge comes from data",
            "result": self.result,
            "edges that data determine": f"{self.freedom:.1f}",
        }
        facts |= {f"note {i + 1}": text for i, text in enumerate(self.notes)}
        facts |= {f"advice {i + 1}": text for i, text in enumerate(self.advice)}
        rows = [
            [
                str(row["source"]), str(row["target"]), f"{row['weight']:.3g}", f"{row['sd']:.2g}",
                f"{row['share']:.0%}", row["sign"], row["verdict"], row["why"],
            ]
            for row in self.table.head(_ROWS).to_dict("records")
        ]  # fmt: skip
        if len(self) > _ROWS:
            rows.append([f"... ({len(self)} in all)", *[""] * 7])
        header = ("source", "target", "weight", "sd", "share of data", "sign", "verdict", "why")
        return card("Identifiability of edges", facts) + html_table(header, rows)


def edge_identifiability(given: Fit | Ensemble) -> EdgeIdentifiability:
    """Return verdicts on the edges of a fitted CellBox network, or of the best member of an ensemble.

    Predictions are linearized in the edges at the steady states of the training conditions. Measurements
    count as in the loss of the fit, by their weights and errors. The penalty on squared edges with which the
    last stage was fitted is the prior, or a weaker one that does not rule out the edges that were found.

    Parameters
    ----------
    given
        A fit, or an ensemble, of a CellBox network or of a hybrid of one.

    Returns
    -------
    EdgeIdentifiability

    Raises
    ------
    InvalidValueError
        If the model is no CellBox network (or hybrid of one), does not know its data, or has no steady state
        under any of the conditions.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> hc.infer.edge_identifiability(fit).table.columns.tolist()[:3]
    ['source', 'target', 'weight']
    """
    from hybridcell.simulate import predict

    model: Any = given.best
    network: Any = mechanism_of(model)
    if not isinstance(network, CellBox) or given.train is None:
        raise InvalidValueError(
            "Verdicts on edges want a Fit or an Ensemble of a CellBox network that knows its data; found a "
            f"{type(network).__name__}{' without data' if given.train is None else ''}. Fit it with hc.fit "
            "or hc.fit_ensemble."
        )
    data = given.train
    conditions = replace(as_conditions(data), time=None)
    u = model.inputs(conditions)
    states = predict(model, conditions)
    x = np.asarray(states.X)
    steady = np.asarray(states.obs["success"], bool) & np.isfinite(x).all(axis=1)
    if not steady.any():
        raise InvalidValueError("The network has no steady state under any of its training conditions.")
    outward, read = edge_sensitivities(model, network, x[steady], u[steady])
    columns = [model.index(name) for name in data.readouts]
    settings = given.info.get("settings", {})
    weight = _weights(model, data, settings)[steady]
    measured = weight > 0
    target, source = np.nonzero(np.asarray(network.mask))
    # rows: measurements, in units of an error of weight 1; columns: edges
    root = np.sqrt(weight[measured])
    jacobian = (outward[:, columns][:, :, target] * read[:, target, source][:, None, :])[measured]
    jacobian = jacobian * root[:, None]
    error = (np.asarray(data.values)[steady] - x[steady][:, columns])[measured] * root
    ridge = _ridge(settings, network, source)
    share, size = _shares(jacobian / np.sqrt(ridge))
    variance = float(error @ error) / max(len(error) - share.sum(), 0.1 * len(error), 1.0)
    weaker = _believable(ridge, variance, np.asarray(network.response)[target, source])
    if (weaker < ridge).any():
        ridge = weaker
        share, size = _shares(jacobian / np.sqrt(ridge))
    together = told_apart(read, np.asarray(network.mask), model.names)
    sd = np.sqrt(variance / ridge * np.maximum(1 - share, 0.0)) / np.asarray(network.gain)[target]
    edge = np.asarray(network.weights)[target, source]
    verdict, why = _verdicts(model.names, source, target, share, jacobian, together)
    table = pd.DataFrame(
        {
            "source": [model.names[j] for j in source], "target": [model.names[i] for i in target],
            "weight": edge, "sd": sd, "share": share, "spread": _spread(given, target, source),
            "sign": np.where(np.abs(edge) <= _Z * sd, "?", np.where(edge > 0, "+", "-")),
            "verdict": verdict, "why": why,
        }
    )  # fmt: skip
    order = np.argsort(-np.abs(edge), kind="stable")
    return EdgeIdentifiability(
        table=table.iloc[order].reset_index(drop=True), together=together, spectrum=size,
        freedom=float(share.sum()), advice=_advice(model, together), notes=_notes(steady, given, network),
    )  # fmt: skip


def _weights(model: Any, data: Any, settings: Mapping[str, Any]) -> np.ndarray:
    """Return how much each measurement counts in the loss, 0 where there is none."""
    loss = str(settings.get("loss", "mse"))
    problem = make_problem(model, replace(data, time=None), loss=loss, solve=None)
    return np.asarray(problem.weight)[: len(data.values)]


def _ridge(settings: Mapping[str, Any], network: CellBox, source: np.ndarray) -> np.ndarray:
    """Return the penalty of each edge, that of the last stage, in units of the summed squared error."""
    last = {**settings, **(list(settings.get("stages") or [{}])[-1])}
    is_drug = np.array([kind == "drug" for kind in network.kinds])[source]
    ridge = np.where(is_drug, float(last.get("drug_l2") or 0.0), float(last.get("l2") or 0.0))
    return np.where(ridge > 0, ridge, _RIDGE)


def _believable(ridge: np.ndarray, variance: float, response: np.ndarray) -> np.ndarray:
    """Return penalties weak enough, as priors, for the edges that were found.

    A penalty is a prior with the variance of the errors divided by it. Where errors are small that claims
    more than anybody knows: edges of each kind then get the variance that they have.
    """
    found = ridge.copy()
    for one in np.unique(ridge):
        mine = ridge == one
        size = float(np.mean(response[mine] ** 2))
        found[mine] = min(one, variance / size) if size > 0 else one
    return found


def _shares(jacobian: Float[np.ndarray, "m p"]) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of data and the spectrum, of sensitivities in units of the penalty."""
    m, p = jacobian.shape
    if min(m, p) <= _MOST:
        _, size, direction = np.linalg.svd(jacobian, full_matrices=False)
        return (size**2 / (1 + size**2)) @ direction**2, size**2
    from scipy.linalg import solve_triangular

    # in the space of the measurements: diag(J' (I + J J')^-1 J), without an edges x edges matrix
    lower = np.linalg.cholesky(jacobian @ jacobian.T + np.eye(m))
    parts = np.array_split(jacobian, 16, axis=1)
    share = np.concatenate([np.sum(solve_triangular(lower, part, lower=True) ** 2, axis=0) for part in parts])
    return np.clip(share, 0.0, 1.0), np.zeros(0)


def _spread(given: Any, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    if not isinstance(given, Ensemble) or given.n < 2:
        return np.full(len(target), np.nan)
    members: list[Any] = [mechanism_of(given.member(i)) for i in range(given.n)]
    weights = np.stack([np.asarray(member.weights)[target, source] for member in members])
    return weights.std(axis=0, ddof=1)


def _verdicts(
    names: tuple[str, ...],
    source: np.ndarray,
    target: np.ndarray,
    share: np.ndarray,
    jacobian: np.ndarray,
    together: Sequence[Together],
) -> tuple[list[str], list[str]]:
    groups = {(name, group.target): group for group in together for name in group.sources}
    seen = np.linalg.norm(jacobian, axis=0) > _NONE
    verdicts, whys = [], []
    for e, (j, i) in enumerate(zip(source, target)):
        group = groups.get((names[j], names[i]))
        if not seen[e]:
            verdict, why = (
                STRUCTURALLY_NOT,
                "no condition moves the source, or nothing that follows is measured",
            )
        elif group is not None:
            verdict, why = STRUCTURALLY_NOT, group.text
        elif share[e] < _SHARE:
            verdict, why = PRACTICALLY_NOT, f"{1 - share[e]:.0%} of its certainty comes from the penalty"
        else:
            verdict, why = YES, ""
        verdicts.append(verdict)
        whys.append(why)
    return verdicts, whys


def _advice(model: Any, together: Sequence[Together]) -> tuple[str, ...]:
    kinds = dict(zip(model.names, model.kinds))
    told: dict[tuple[str, ...], None] = {}
    for group in together:
        if len(group.sources) <= 6 and group.freedoms == len(group.sources) - 1:
            told.setdefault(group.sources)
    return tuple(
        f"Add a condition in which {listed(names)} do not move together"
        + (": give one of the drugs without the others." if all(kinds[n] == "drug" for n in names) else ".")
        for names in told
    )


def _notes(steady: np.ndarray, given: Any, network: CellBox) -> tuple[str, ...]:
    notes = ["Verdicts are by linearization at the steady states of the training conditions."]
    if not steady.all():
        notes.append(f"{int(np.sum(~steady))} conditions without a steady state were left out.")
    if given.train.time is not None and np.isfinite(given.train.time).any():
        notes.append(
            "The data have times: every measurement is taken for one of a steady state here, and where it is "
            "early, what is missing of that counts as an error."
        )
    if network.drug_effects is not None:
        notes.append("The prior of drug effects is not counted: edges of drugs are taken one by one.")
    if isinstance(given, Ensemble):
        notes.append(f"Linearized at the best of {given.n} members; `spread` is that of all of them.")
    return tuple(notes)
