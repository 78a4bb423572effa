"""Effects and excesses of all conditions of a screen, per member and over the members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hybridcell.therapy.effect import EffectScale
from hybridcell.therapy.synergy.bliss import independent_effect
from hybridcell.therapy.synergy.hsa import strongest_effect

#: What a screen knows about each condition.
SCORES = ("response", "effect", "bliss", "hsa", "additive")
#: The excesses among them: above 0 is synergy.
EXCESSES = ("bliss", "hsa", "additive")
#: Share of the members between `lower` and `upper`.
SPREAD = 0.9


def member_scores(
    score: str, responses: Float[np.ndarray, "m k"], alone: Int[np.ndarray, "k 2"], scale: EffectScale
) -> Float[np.ndarray, "m k"]:
    """Return one score of every condition for every member; NaN where a state that it needs is not solved."""
    control = responses[:, :1]
    if score == "response":
        return responses
    if score == "additive":
        change = scale.sign * (responses - control)
        return _of_combinations(change - change[:, alone].sum(axis=-1), alone)
    effect = scale.effect(responses, control)
    if score == "effect":
        return effect
    expected = independent_effect if score == "bliss" else strongest_effect
    return _of_combinations(effect - expected(effect[:, alone]), alone)


def _of_combinations(
    excess: Float[np.ndarray, "m k"], alone: Int[np.ndarray, "k 2"]
) -> Float[np.ndarray, "m k"]:
    """Make the excess of the control and of single drugs exactly 0, rounding apart."""
    return np.where((alone > 0).all(axis=1) | np.isnan(excess), excess, 0.0)


@dataclass(frozen=True, eq=False)
class Summary:
    """One score over the members, each array of shape (K,): mean, ends of the central 90 %, share above 0.

    Members that are not solved are left out; where none is, all is NaN.
    """

    mean: Float[np.ndarray, " k"]
    lower: Float[np.ndarray, " k"]
    upper: Float[np.ndarray, " k"]
    positive: Float[np.ndarray, " k"]


#: Smaller excesses are rounding and solver tolerance, neither synergy nor antagonism.
_NOTHING = 1e-6


def summarize(values: Float[np.ndarray, "m k"]) -> Summary:
    """Summarize the members' values of each condition."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    safe = np.where(count > 0, count, np.nan)
    tail = (1.0 - SPREAD) / 2.0
    lower, upper = (np.full(values.shape[1], np.nan) for _ in range(2))
    whole, part = count == len(values), (count > 0) & (count < len(values))
    for columns, quantile in ((whole, np.quantile), (part, np.nanquantile)):
        if columns.any():
            lower[columns], upper[columns] = quantile(values[:, columns], [tail, 1.0 - tail], axis=0)
    return Summary(
        mean=np.where(known, values, 0.0).sum(axis=0) / safe,
        lower=lower,
        upper=upper,
        positive=(values > _NOTHING).sum(axis=0) / safe,
    )
