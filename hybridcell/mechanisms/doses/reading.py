"""What a dose layer is given, checked: names, numbers per drug, targets, doses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, check_is_list, unknown_name


def distinct_drugs(drugs: Sequence[str]) -> tuple[str, ...]:
    """Return the names of drugs; refuse none, a single string, and names that come twice."""
    check_is_list("drugs", drugs)
    names = tuple(str(name) for name in drugs)
    if not names:
        raise InvalidValueError("drugs is empty; wanted at least one name.")
    for name in names:
        if not name or names.count(name) > 1:
            raise InvalidValueError(
                f"drugs has {name!r} more than once." if name else "A drug has no name; wanted one for each."
            )
    return names


def index_of(what: str, name: str, names: Sequence[str]) -> int:
    """Return the position of a name; an unknown one raises with the nearest."""
    if name not in names:
        raise unknown_name(what, name, names)
    return tuple(names).index(name)


def per_drug(
    what: str, given: Any, drugs: Sequence[str], *, above: float = -np.inf, below: float = np.inf
) -> Float[np.ndarray, " p"]:
    """Return one finite number per drug, from one for all, a mapping, or one each."""
    if isinstance(given, Mapping):
        for name in given:
            index_of(f"drug (in {what})", name, drugs)
        missing = [drug for drug in drugs if drug not in given]
        if missing:
            raise InvalidValueError(f"{what} says nothing about {', '.join(missing)}; wanted every drug.")
        given = [given[drug] for drug in drugs]
    try:
        numbers = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} is {given!r:.60}; wanted numbers.") from None
    if numbers.ndim == 0:
        numbers = np.full(len(drugs), float(numbers))
    if numbers.shape != (len(drugs),):
        raise InvalidValueError(
            f"{what} has shape {numbers.shape}; wanted one number, or one for each of {len(drugs)} drugs."
        )
    wrong = ~(np.isfinite(numbers) & (numbers > above) & (numbers < below))
    if wrong.any():
        k = int(np.argmax(wrong))
        limits = [f"above {above:g}"] * (above > -np.inf) + [f"below {below:g}"] * (below < np.inf)
        wanted = " ".join(["a finite number", " and ".join(limits)]).rstrip()
        raise InvalidValueError(f"{what} of {drugs[k]!r} is {numbers[k]:g}; wanted {wanted}.")
    return numbers


def read_targets(targets: Mapping[str, str] | None, drugs: Sequence[str]) -> tuple[str | None, ...]:
    """Return the main target of each drug, None where it has none."""
    if targets is None:
        return (None,) * len(drugs)
    if not isinstance(targets, Mapping):
        raise InvalidValueError(
            f"targets is a {type(targets).__name__}; wanted a dict from drug to node, such as "
            f"{{{drugs[0]!r}: 'MEK'}}."
        )
    for drug, target in targets.items():
        index_of("drug (in targets)", drug, drugs)
        if not isinstance(target, str):
            raise InvalidValueError(
                f"The target of {drug!r} is {target!r}; wanted one node. Others it acts on are off_targets."
            )
        if target in drugs:
            raise InvalidValueError(
                f"The target of {drug!r} is the drug {target!r}; wanted a node it acts on."
            )
    return tuple(targets.get(drug) for drug in drugs)


def read_off_targets(wanted: Any, drugs: Sequence[str]) -> tuple[tuple[str, ...] | None, ...]:
    """Return the off-targets that each drug may have, None for all nodes."""
    if isinstance(wanted, bool):
        return ((None if wanted else ()),) * len(drugs)
    if not isinstance(wanted, Mapping):
        raise InvalidValueError(
            f"off_targets is {wanted!r:.60}; wanted True, False, or a dict from drug to a list of nodes."
        )
    for drug, nodes in wanted.items():
        index_of("drug (in off_targets)", drug, drugs)
        if isinstance(nodes, str):
            raise InvalidValueError(f"off_targets of {drug!r} is {nodes!r}; wanted a list of nodes.")
    return tuple(tuple(str(node) for node in wanted.get(drug, ())) for drug in drugs)


def check_doses(drugs: Sequence[str], doses: Float[np.ndarray, "c p"]) -> None:
    """Refuse doses that are negative or not finite."""
    wrong = np.argwhere(~(np.isfinite(doses) & (doses >= 0)))
    if len(wrong):
        row, k = wrong[0]
        raise InvalidValueError(
            f"The dose of {drugs[k]!r} in row {row} is {doses[row, k]:g}; wanted 0 or more. A dose layer "
            "reads doses, not signed strengths: the sign of the effect is that of the layer's maximum."
        )
