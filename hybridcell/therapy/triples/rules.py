"""Rules that build three from ones and twos: corrections of independence, and how much of them to take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.data.response_scale import BASES as LOGARITHMS

#: Scale -> base of its logarithm; a relative change has none.
BASES = {"relative": None, **LOGARITHMS}
#: Rule -> share of its correction that is expected to hold where nothing is known of triples. What pairs do
#: beyond independence mostly comes from responses that saturate, and three saturate no further: in random
#: saturating networks about .6 of the additive correction holds. Isserlis' rule is taken as published.
RULES = {"isserlis": 1.0, "additive": 0.6}
#: What is left, of which a logarithm is taken, is no less than this share of the least of what the parts
#: leave, or than what independence leaves where that is less.
_FLOOR = 0.1


@dataclass(frozen=True, eq=False)
class Built:
    """Triples by one rule.

    Attributes
    ----------
    independent, full : ndarray, shape (k,)
        What independence and the whole rule give, on the rule's own scale.
    by_independent, by_correction : ndarray, shape (k, 6)
        Slopes of `independent` and of `full - independent` by the six effects (a, b, c, ab, ac, bc).
    """

    independent: Float[np.ndarray, " k"]
    full: Float[np.ndarray, " k"]
    by_independent: Float[np.ndarray, "k 6"]
    by_correction: Float[np.ndarray, "k 6"]
    base: float | None
    left: bool
    least: Float[np.ndarray, " k"]

    def effects(self, share: float) -> Float[np.ndarray, " k"]:
        """Return the effects when this share of the correction is taken."""
        value = self.independent + share * (self.full - self.independent)
        if not self.left:
            return value
        if self.base is None:
            return value - 1.0
        return np.log(np.maximum(value, self.least)) / np.log(self.base)

    def share_for(self, sd: float, expected: float) -> float:
        """Return the share with the least expected error when every effect was measured with this error.

        Where `expected` of the correction C holds without noise, the error of a share s is (expected - s)^2
        <C^2> and the noise of independent + s (full - independent): a quadratic in s.
        """
        correction = self.full - self.independent
        noise = sd**2 * float(np.mean(np.sum(self.by_correction**2, axis=1)))
        shared = sd**2 * float(np.mean(np.sum(self.by_independent * self.by_correction, axis=1)))
        signal = max(float(np.mean(correction**2)) - noise, 0.0)
        return float(np.clip((expected * signal - shared) / max(signal + noise, 1e-300), 0.0, 1.0))


def build(
    singles: Float[np.ndarray, "k 3"], pairs: Float[np.ndarray, "k 3"], *, rule: str, scale: str
) -> Built:
    """Return triples by a rule.

    Parameters
    ----------
    singles
        Effects of a, b, c alone.
    pairs
        Of ab, ac, bc.
    rule
        "isserlis": of what is left (1 + effect, or base to the effect), g_abc = g_ab g_c + g_ac g_b +
        g_bc g_a - 2 g_a g_b g_c. "additive": effects on their own scale, e_ab + e_ac + e_bc - e_a - e_b -
        e_c; on a logarithmic one, the product of pairs over that of singles.
    scale
        Of the effects, one of `BASES`.

    References
    ----------
    Wood, Nishida, Sontag and Cluzel, PNAS 109 (2012) 12254-12259, for the first.
    """
    base, ones, none = BASES[scale], np.ones_like(singles), np.zeros_like(singles)
    if rule == "additive" and base is not None:
        independent, full = singles.sum(axis=1), pairs.sum(axis=1) - singles.sum(axis=1)
        return Built(
            independent, full, np.hstack([ones, none]), np.hstack([-2 * ones, ones]), base, False, none[:, 0]
        )
    log = 1.0 if base is None else np.log(base)
    g, gg = (1.0 + one if base is None else np.exp(log * one) for one in (singles, pairs))
    (a, b, c), (ab, ac, bc) = g.T, gg.T
    product = np.stack([b * c, a * c, a * b], axis=1)
    each = np.ones((len(singles), 6)) if base is None else log * np.hstack([g, gg])
    independent = a * b * c
    if rule == "isserlis":
        full = ab * c + ac * b + bc * a - 2 * independent
        slopes = np.hstack([np.stack([bc, ac, ab], axis=1) - 2 * product, np.stack([c, b, a], axis=1)])
    else:
        full = gg.sum(axis=1) - g.sum(axis=1) + 1.0
        slopes = np.hstack([-ones, ones])
    by_independent = np.hstack([product, none])
    least = np.minimum(_FLOOR * np.minimum(g.min(axis=1), gg.min(axis=1)), independent)
    return Built(
        independent, full, by_independent * each, (slopes - by_independent) * each, base, True, least
    )
