"""A prior over what drugs do, so that a drug never seen is a column that the prior fills.

The effect of drug d on node i at its reference strength is

    D[i, d] = sum_e Z[i, e] L[d, e]  +  strength * T[i, d] * u_ref[d]

where L is the Cholesky factor of a covariance K + 0.1 (1 1' + I) made from the similarity K of the drugs
(so similar drugs share their effects, all drugs share a little, and each keeps something of its own) and
T holds the known targets. Z and the one shared strength are free. This is the non-centered form of a
Gaussian prior: an l2 penalty on Z is the prior's density.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell._core.parameter import Parameter

if TYPE_CHECKING:
    import pandas as pd

#: Covariance that all drugs share, and that each keeps to itself, in units of the similarity.
SHARED, OWN = 0.1, 0.1


class DrugEffects(eqx.Module):
    """Drug columns of the local-response matrix, tied together by similarity and targets.

    Attributes
    ----------
    latent : Parameter, shape (n, p)
        Z, free effects in the directions that the similarity defines.
    strength : Parameter, scalar
        Effect on a known target per unit of input strength.
    factor : ndarray, shape (p, p)
        Cholesky factor of the drugs' covariance.
    targets : ndarray, shape (n, p)
        Signed target table.
    reference : ndarray, shape (p,)
        |u| at which an effect is stated; the strength at which a drug is used.
    activity : ndarray, shape (p,)
        |x| of the drug's node at the reference strength.
    """

    latent: Parameter
    strength: Parameter
    factor: Float[np.ndarray, "p p"]
    targets: Float[np.ndarray, "n p"]
    reference: Float[np.ndarray, " p"]
    activity: Float[np.ndarray, " p"]
    drugs: tuple[str, ...] = eqx.field(static=True)
    columns: tuple[int, ...] = eqx.field(static=True)

    def effects(self) -> Float[Array, "n p"]:
        """Return the effect of each drug at its reference strength, shape nodes x drugs."""
        shared = self.latent.value @ self.factor.T
        return shared + self.strength.value * self.targets * self.reference

    def place(self, response: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """Return the responses with the drug columns filled in."""
        return response.at[:, jnp.asarray(self.columns)].set(self.effects() / self.activity)

    def with_effects(self, effects: Float[np.ndarray, "n p"]) -> DrugEffects:
        """Return the prior with `latent` chosen so that the effects are these."""
        direct = np.asarray(self.strength.value) * self.targets * self.reference
        latent = np.linalg.solve(np.asarray(self.factor), (np.asarray(effects) - direct).T).T
        return eqx.tree_at(lambda d: d.latent, self, self.latent.with_value(latent))

    def check_nodes(self, names: tuple[str, ...]) -> None:
        """Refuse a network on whose nodes the prior does not fit."""
        if len(self.targets) != len(names) or [names[c] for c in self.columns] != list(self.drugs):
            raise InvalidValueError(
                f"drug_effects was made for a network of {len(self.targets)} nodes with the drugs "
                f"{', '.join(self.drugs)}; this one has {len(names)} nodes or another order."
            )

    def __repr__(self) -> str:
        n_targets = np.count_nonzero(self.targets)
        pairs = int(np.count_nonzero(np.tril(self.factor @ self.factor.T - SHARED, -1) > 1e-9))
        return f"DrugEffects({len(self.drugs)} drugs, {n_targets} targets, {pairs} similar pairs)"


def drug_effects(
    names: tuple[str, ...],
    drugs: tuple[str, ...],
    *,
    targets: pd.DataFrame | None,
    similarity: pd.DataFrame | None,
    reference: np.ndarray,
    activity: np.ndarray,
    strength: float = 0.5,
) -> DrugEffects:
    """Build the prior from its tables.

    `reference` is the strength |u| at which each drug is used, `activity` the |x| of its node there.
    """
    covariance = similarity_matrix(similarity, drugs) + SHARED + OWN * np.eye(len(drugs))
    return DrugEffects(
        latent=Parameter(np.zeros((len(names), len(drugs)))),
        strength=Parameter(strength),
        factor=np.linalg.cholesky(covariance),
        targets=target_matrix(targets, names, drugs),
        reference=np.asarray(reference, dtype=float),
        activity=np.asarray(activity, dtype=float),
        drugs=drugs,
        columns=tuple(names.index(d) for d in drugs),
    )


def target_matrix(table: pd.DataFrame | None, names: tuple[str, ...], drugs: tuple[str, ...]) -> np.ndarray:
    """Return signed targets, nodes x drugs, from columns drug, target, sign and optionally weight."""
    matrix = np.zeros((len(names), len(drugs)))
    if table is None:
        return matrix
    _check_columns(table, "drug-target table", ("drug", "target"))
    stated: set[tuple[str, str]] = set()
    for row in table.to_dict("records"):
        drug, target = str(row["drug"]), str(row["target"])
        if drug not in drugs:
            raise unknown_name("drug (named by the target table)", drug, drugs)
        if target not in names:
            raise unknown_name("node (named by the target table)", target, names)
        if (drug, target) in stated:
            raise DataError(f"The drug-target table has {drug!r} -> {target!r} twice; keep one of the rows.")
        stated.add((drug, target))
        size = 1.0
        for column in ("sign", "weight"):
            value = _number(row.get(column, 1.0), f"{column} of {drug!r} -> {target!r}")
            if column == "sign" and abs(value) != 1.0:
                raise DataError(f"The sign of {drug!r} -> {target!r} is {value:g}; wanted +1 or -1.")
            size *= value
        matrix[names.index(target), drugs.index(drug)] = size
    return matrix


def similarity_matrix(table: pd.DataFrame | None, drugs: tuple[str, ...]) -> np.ndarray:
    """Return a positive semi-definite similarity of drugs.

    The table has columns drug_a, drug_b, similarity (pairs not named are 0), or is square.
    """
    matrix = np.eye(len(drugs))
    if table is None:
        return matrix
    stated: dict[tuple[int, int], float] = {}
    for a, b, given in _pairs(table):
        for drug in (a, b):
            if drug not in drugs:
                raise unknown_name("drug (named by the similarity table)", drug, drugs)
        value = _number(given, f"similarity of {a!r} and {b!r}")
        if not 0 <= value <= 1:
            raise InvalidValueError(
                f"The similarity of {a!r} and {b!r} is {value:g}; wanted a number from 0 to 1."
            )
        i, j = sorted((drugs.index(a), drugs.index(b)))
        if i == j:
            continue
        if stated.setdefault((i, j), value) != value:
            raise DataError(
                f"The similarity of {a!r} and {b!r} is given as {stated[i, j]:g} and {value:g}; keep one."
            )
        matrix[i, j] = matrix[j, i] = value
    return nearest_semidefinite(matrix)


def _pairs(table: pd.DataFrame) -> list[tuple[str, str, Any]]:
    if hasattr(table, "columns") and {"drug_a", "drug_b"} <= set(table.columns):
        rows = table.to_dict("records")
        return [(str(row["drug_a"]), str(row["drug_b"]), row.get("similarity", 1.0)) for row in rows]
    names = list(map(str, getattr(table, "columns", ())))
    if not names or list(map(str, table.index)) != names:
        raise DataError(
            "A drug-similarity table wants columns drug_a, drug_b, similarity, "
            "or the same drugs as index and columns."
        )
    return [(a, b, table.iat[i, j]) for i, a in enumerate(names) for j, b in enumerate(names) if i != j]


def _check_columns(table: Any, what: str, wanted: tuple[str, ...]) -> None:
    if not hasattr(table, "columns"):
        raise InvalidValueError(f"The {what} is a {type(table).__name__}; wanted a DataFrame.")
    for column in wanted:
        if column not in table.columns:
            raise unknown_name(f"column of the {what}", column, list(map(str, table.columns)))


def _number(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise DataError(f"The {what} is {value!r}; wanted a number.") from None
    if not np.isfinite(number):
        raise DataError(f"The {what} is {number}; wanted a finite number.")
    return number


def nearest_semidefinite(matrix: np.ndarray) -> np.ndarray:
    """Clip negative eigenvalues, so that hand-written similarities are usable as a covariance."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if values[0] >= 0:
        return matrix
    return (vectors * np.maximum(values, 0.0)) @ vectors.T
