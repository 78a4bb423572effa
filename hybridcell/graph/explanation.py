"""Why a readout moves: the paths that carry the predicted effect of a perturbation, adding up to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError, unknown_name
from hybridcell._core.html import card, table
from hybridcell.data.conditions import Conditions, as_conditions
from hybridcell.graph.local_gains import local_gains
from hybridcell.graph.paths import strongest_paths
from hybridcell.simulate import ensemble_states

if TYPE_CHECKING:
    import pandas as pd

#: Doses between none and the given one at which effects are taken (Gauss-Legendre).
_POINTS = 12
#: Paths that are weighed per path that is shown: the strongest edges need not carry the most.
_CANDIDATES = 4
#: How far the integral over the dose may miss the predicted effect, relative to it, before it is refused.
_MISSED = 0.02
OTHERS = "all other paths"


@dataclass(frozen=True, eq=False)
class Explanation:
    """The predicted effect of a perturbation on a readout, as a sum over paths.

    Attributes
    ----------
    readout, perturbation : str
    effect : float
        Predicted change of the readout's steady state against the control, mean over members.
    paths : DataFrame
        Largest part first: path, effect (mean over members), lower and upper (central 90 % of the members;
        NaN for one), share (of the whole effect). The last row holds all other paths, so that the column
        adds up to `effect`.
    """

    readout: str
    perturbation: str
    effect: float
    paths: pd.DataFrame

    def __repr__(self) -> str:
        first = self.paths.iloc[0]
        return (
            f"Explanation({self.perturbation} moves {self.readout} by {self.effect:.3g}; most by "
            f"{first['path']}: {first['effect']:.3g})"
        )

    def _repr_html_(self) -> str:
        columns = ["path", "effect", "lower", "upper", "share"]
        rows = [
            [v if isinstance(v, str) else f"{v:.3g}" for v in row]
            for row in self.paths[columns].itertuples(index=False)
        ]
        facts = {"perturbation": self.perturbation, "readout": self.readout, "effect": f"{self.effect:.4g}"}
        return card("Explanation", facts) + table(columns, rows)


def explain(
    ensemble: Ensemble, readout: str, perturbation: Any, *, k: int = 10, max_length: int = 6
) -> Explanation:
    """Split a predicted effect over paths; see `Interactions.why`.

    From the control to the given doses the steady state moves by dx = L dx + b du, where L holds the local
    gains between nodes and b those of the inputs. A path from an input to the readout contributes the product
    of its gains times det(I - L without the path's nodes) / det(I - L): Mason's rule, under which the
    contributions of all simple paths add up to the whole, feedback included. They are integrated over the
    dose.
    """
    names = list(ensemble.names)
    split = _split(ensemble, readout, perturbation)
    r = names.index(readout)
    found = _candidates(split.gain, split.entry, split.drugs, r, k * _CANDIDATES, max_length)
    parts = _parts(split.gain, split.entry, split.weight, found, names)
    return Explanation(readout, split.condition, float(split.effect.mean()), _table(parts, split.effect, k))


def path_effect(ensemble: Ensemble, path: Sequence[str], perturbation: Any) -> pd.DataFrame:
    """Return the part of a predicted effect that one path carries; see `Interactions.path_effect`."""
    names = list(ensemble.names)
    nodes = _named(path, names)
    split = _split(ensemble, names[nodes[-1]], perturbation)
    if nodes[0] not in split.drugs:
        given = ", ".join(names[j] for j in split.drugs)
        raise InvalidValueError(
            f"The path starts at {names[nodes[0]]!r}, which {split.condition} does not move; wanted one that "
            f"starts at {given}."
        )
    # the input enters at the drug's own node, or, in a neural part that reads it, at the next one
    found = [(nodes[0], nodes), (nodes[0], nodes[1:])]
    parts = _parts(split.gain, split.entry, split.weight, found, names)
    text = _words(nodes, names, split.gain, split.entry)
    return _table({text: parts[text]}, split.effect, 1).iloc[:1]


def _named(path: Sequence[str], names: list[str]) -> tuple[int, ...]:
    if isinstance(path, str) or len(path) < 2:
        raise InvalidValueError(
            f"The path is {path!r}; wanted its nodes in order, as graph.paths(a, b)['nodes'] holds them."
        )
    for name in path:
        if name not in names:
            raise unknown_name("node", name, names)
    if len(set(path)) < len(path):
        raise InvalidValueError(f"The path {' -> '.join(path)} visits a node twice; paths here do not.")
    return tuple(names.index(name) for name in path)


@dataclass(frozen=True, eq=False)
class _Split:
    """A predicted effect and the local gains along the dose: what paths are weighed with.

    `gain` and `entry` have shape (M, S, n, n): between nodes, and of the inputs (columns are drugs).
    """

    condition: str
    effect: np.ndarray
    gain: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    drugs: list[int]


def _split(ensemble: Ensemble, readout: str, perturbation: Any) -> _Split:
    names = list(ensemble.names)
    if readout not in names:
        raise unknown_name("node", readout, names)
    given = as_conditions(perturbation)
    if len(given) != 1 or not np.any(given.doses):
        raise InvalidValueError(
            f"The perturbation has {len(given)} conditions, of which "
            f"{int(np.any(given.doses, axis=1).sum())} give anything; wanted one, such as {{'aMEK': -1.0}}."
        )
    share, weight = _gauss_legendre(_POINTS)
    points = Conditions(
        names=tuple(f"{s:.4f}" for s in (0.0, *share, 1.0)),
        perturbations=given.perturbations,
        doses=np.concatenate([[0.0], share, [1.0]])[:, None] * given.doses,
    )
    states, success = ensemble_states(ensemble, points)
    usable = np.flatnonzero(success.all(axis=1))
    if not len(usable):
        raise NotConvergedError(
            f"No model settles all the way from the control to {given.names[0]}; try a smaller dose."
        )
    u = ensemble.model.inputs(points)
    effects, gains, inputs = [], [], []
    for m in usable:
        field = ensemble.member(int(m)).field()
        between, entering = local_gains(field, jnp.asarray(states[m, 1:-1]), jnp.asarray(u[1:-1]))
        gains.append(between)
        inputs.append(entering * u[-1])
        effects.append(states[m, -1] - states[m, 0])
    r = names.index(readout)
    effect = np.array([each[r] for each in effects])
    gain, entry = np.stack(gains), np.stack(inputs)  # (M, S, n, n) each; of inputs, the column is the drug
    whole = np.linalg.inv(np.eye(len(names)) - gain)
    integral = np.einsum("s,msj->m", weight, np.einsum("msi,msij->msj", whole[:, :, r, :], entry))
    missed = np.abs(integral - effect).max()
    if missed > _MISSED * max(np.abs(effect).max(), 1e-12) and missed > 1e-6:
        raise NotConvergedError(
            f"The effect of {given.names[0]} on {readout} does not grow steadily with the dose (the paths "
            f"add up to {integral.mean():.3g}, the effect is {effect.mean():.3g}): the model jumps to "
            "another steady state on the way. Ask for a smaller dose."
        )
    return _Split(
        condition=given.names[0], effect=effect, gain=gain, entry=entry, weight=weight,
        drugs=[int(j) for j in np.flatnonzero(u[-1])],
    )  # fmt: skip


def _gauss_legendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    points, weights = np.polynomial.legendre.leggauss(n)
    return (points + 1) / 2, weights / 2


def _candidates(
    gain: np.ndarray, entry: np.ndarray, drugs: Sequence[int], goal: int, k: int, max_length: int
) -> list[tuple[int, tuple[int, ...]]]:
    """Return (drug, nodes from where its input enters to the readout) of the strongest paths of each drug."""
    strength = np.abs(gain).mean(axis=(0, 1))
    found = []
    for drug in drugs:
        into = np.abs(entry[..., drug]).mean(axis=(0, 1))
        # the input as one more node in front of all others
        n = len(strength)
        whole = np.zeros((n + 1, n + 1))
        whole[:n, :n], whole[:n, n] = strength, into
        np.fill_diagonal(whole, 0.0)
        paths = strongest_paths(whole, n, goal, k=k, max_length=max_length + 1)
        found += [(drug, path[1:]) for path in paths]
    return found


def _parts(
    gain: np.ndarray,
    entry: np.ndarray,
    weight: np.ndarray,
    found: list[tuple[int, tuple[int, ...]]],
    names: list[str],
) -> dict[str, np.ndarray]:
    """Return the members' contributions (M,) by path in words."""
    n = len(names)
    loops = np.eye(n) - gain
    _, whole = np.linalg.slogdet(loops)
    signs = np.linalg.slogdet(loops)[0]
    parts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(gain)))
    for drug, path in found:
        product = entry[:, :, path[0], drug].copy()
        for source, target in pairwise(path):
            product *= gain[:, :, target, source]
        rest = np.setdiff1d(np.arange(n), path)
        sign, size = np.linalg.slogdet(loops[:, :, rest[:, None], rest[None, :]])
        value = np.einsum("s,ms->m", weight, product * sign * signs * np.exp(size - whole))
        nodes = path if path[0] == drug else (drug, *path)
        parts[_words(nodes, names, gain, entry)] += value
    return dict(parts)


def _words(nodes: tuple[int, ...], names: list[str], gain: np.ndarray, entry: np.ndarray) -> str:
    """Return a path with → where the mean gain is positive and ⊣ where it is negative."""
    text = names[nodes[0]]
    for k, (source, target) in enumerate(pairwise(nodes)):
        mean = gain[:, :, target, source].mean()
        if k == 0 and mean == 0:  # a neural part that reads the input itself
            mean = entry[:, :, target, source].mean()
        text += f" {'⊣' if mean < 0 else '→'} {names[target]}"
    return text


def _table(parts: dict[str, np.ndarray], effect: np.ndarray, k: int) -> pd.DataFrame:
    import pandas as pd

    order = sorted(parts, key=lambda path: -abs(parts[path].mean()))[:k]
    rows = [(path, parts[path]) for path in order]
    rows.append((OTHERS, effect - sum((values for _, values in rows), np.zeros(len(effect)))))
    whole = effect.mean()
    records = []
    for path, values in rows:
        low, high = np.quantile(values, [0.05, 0.95]) if len(values) > 1 else (np.nan, np.nan)
        share = values.mean() / whole if whole else np.nan
        records.append((path, float(values.mean()), float(low), float(high), float(share)))
    return pd.DataFrame(records, columns=pd.Index(["path", "effect", "lower", "upper", "share"]))
