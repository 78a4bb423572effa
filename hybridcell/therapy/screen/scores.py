"""Effects and excesses of conditions of a screen, per member and over the members."""

from __future__ import annotations

from collections.abc import Sequence
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
#: The excess of triples over what their pairs predict.
EMERGENT = "emergent"
#: Share of the members between `lower` and `upper`.
SPREAD = 0.9


@dataclass(frozen=True, eq=False)
class Responses:
    """Responses of some conditions and of the conditions inside them.

    Attributes
    ----------
    given : ndarray, shape (M, R)
    control : ndarray, shape (M, 1)
    alone : ndarray, shape (M, R, drugs)
        Of each drug alone; the control's where a condition has fewer drugs.
    pairs : ndarray, shape (M, R, 3), or None
        Of triples without their first, second and third drug.
    n_drugs : ndarray, shape (R,)
    """

    given: Float[np.ndarray, "m r"]
    control: Float[np.ndarray, "m 1"]
    alone: Float[np.ndarray, "m r d"]
    pairs: Float[np.ndarray, "m r 3"] | None
    n_drugs: Int[np.ndarray, " r"]


def member_scores(score: str, responses: Responses, scale: EffectScale) -> Float[np.ndarray, "m r"]:
    """Return one score of every condition for every member; NaN where a state that it needs is not solved."""
    if score == "response":
        return responses.given
    control = responses.control
    if score == "additive":
        # for each drug its change alone; a missing drug changes nothing
        alone = scale.sign * (responses.alone - control[..., None])
        excess = scale.sign * (responses.given - control) - alone.sum(axis=-1)
        return _of_combinations(excess, responses.n_drugs)
    effect = scale.effect(responses.given, control)
    if score == "effect":
        return effect
    alone = scale.effect(responses.alone, control[..., None])
    if score == EMERGENT:
        return _emergent(effect, alone, responses, scale)
    expected = independent_effect if score == "bliss" else strongest_effect
    return _of_combinations(effect - expected(alone), responses.n_drugs)


def effect_from_pairs(
    alone: Float[np.ndarray, "... 3"], pairs: Float[np.ndarray, "... 3"]
) -> Float[np.ndarray, ...]:
    """Return the effect of three drugs that interact in pairs only.

    With v the fraction that is left, v_i of drug i and v_jk of the pair without it,

        v = v_1 v_23 + v_2 v_13 + v_3 v_12 - 2 v_1 v_2 v_3,

    the formula of Isserlis for the third moment of Gaussian variables. It is cut to 0 to 1.

    Parameters
    ----------
    alone, pairs
        Effects of drugs 1, 2 and 3, and of the pairs 23, 13 and 12: fractions, 0 to 1.

    References
    ----------
    Wood, Nishida, Sontag and Cluzel, PNAS 109 (2012) 12254-12259; Tekin et al., J. R. Soc. Interface 13
    (2016) 20160332, for what is beyond it, the emergent interaction.
    """
    left, left_pairs = 1.0 - alone, 1.0 - pairs
    predicted = (left * left_pairs).sum(axis=-1) - 2.0 * left.prod(axis=-1)
    return 1.0 - np.clip(predicted, 0.0, 1.0)


def _emergent(
    effect: np.ndarray, alone: np.ndarray, responses: Responses, scale: EffectScale
) -> Float[np.ndarray, "m r"]:
    if responses.pairs is None:
        return np.full(effect.shape, np.nan)
    pairs = scale.effect(responses.pairs, responses.control[..., None])
    return np.where(responses.n_drugs == 3, effect - effect_from_pairs(alone, pairs), np.nan)


def _of_combinations(
    excess: Float[np.ndarray, "m r"], n_drugs: Int[np.ndarray, " r"]
) -> Float[np.ndarray, "m r"]:
    """Make the excess of the control and of single drugs exactly 0, rounding apart."""
    return np.where((n_drugs > 1) | np.isnan(excess), excess, 0.0)


@dataclass(frozen=True, eq=False)
class Summary:
    """One score over the members, each array of shape (K,): mean, ends of the central 90 %, share above 0.

    Members that are not solved are left out; where none is, all is NaN.
    """

    mean: Float[np.ndarray, " k"]
    lower: Float[np.ndarray, " k"]
    upper: Float[np.ndarray, " k"]
    positive: Float[np.ndarray, " k"]

    def of(self, rows: slice | np.ndarray) -> Summary:
        """Return the summary of some conditions."""
        return Summary(self.mean[rows], self.lower[rows], self.upper[rows], self.positive[rows])

    @staticmethod
    def joined(blocks: Sequence[Summary]) -> Summary:
        """Return the summary of blocks of conditions, one after the other."""
        fields = ("mean", "lower", "upper", "positive")
        return Summary(*(np.concatenate([getattr(block, name) for block in blocks]) for name in fields))


#: Smaller excesses are rounding and solver tolerance, neither synergy nor antagonism.
_NOTHING = 1e-6


def summarize(values: Float[np.ndarray, "m k"]) -> Summary:
    """Summarize the members' values of each condition."""
    known = ~np.isnan(values)
    if len(values) == 1:
        value = values[0]
        return Summary(value, value, value, np.where(known[0], (value > _NOTHING) * 1.0, np.nan))
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
