"""What is asked of a screen, checked before any work: context, readout, order, targets of the drugs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.model import AbstractModel, make_field
from hybridcell.mechanisms.cellbox.field import CellBoxField


def choose_context(model: Any, context: Any) -> tuple[Any, str | None]:
    """Return the model of a context, and its name; a model that is no mapping has no contexts.

    Raises
    ------
    UnknownNameError
        When the mapping has no such context; the nearest is suggested.
    InvalidValueError
        When a mapping comes without a context, or a context without a mapping.
    """
    if not isinstance(model, Mapping):
        if context is not None:
            raise InvalidValueError(
                f"context is {context!r}, but this model knows one context only. Leave context out, or give "
                "a mapping context -> model."
            )
        return model, None
    names = [str(name) for name in model]
    if not names:
        raise InvalidValueError("The model given is an empty dict; wanted a model, or context -> model.")
    if context is None:
        shown = ", ".join(map(repr, names[:8])) + (f", ... ({len(names)} in all)" if len(names) > 8 else "")
        raise InvalidValueError(f"The model given is one for each context; choose one: context= {shown}.")
    if context not in model:
        raise unknown_name("context", str(context), names)
    return model[context], str(context)


def check_readout(model: AbstractModel, readout: str) -> None:
    """Raise when the model has no such node, with phenotypes first among the suggestions; or a drug's."""
    if readout not in model.names:
        phenotypes = [name for name, kind in zip(model.names, model.kinds) if kind == "phenotype"]
        raise unknown_name(
            "readout", readout, [*phenotypes, *(n for n in model.names if n not in phenotypes)]
        )
    if model.kinds[model.names.index(readout)] == "drug":
        raise InvalidValueError(
            f"The readout {readout!r} is a drug, on which nothing acts; wanted what drugs change, such as "
            f"{next((n for n, kind in zip(model.names, model.kinds) if kind != 'drug'), 'a protein')!r}."
        )


def check_order(order: Any) -> int:
    """Return the number of drugs per combination, 2 or 3."""
    if isinstance(order, bool) or order not in (2, 3):
        raise InvalidValueError(
            f"order is {order!r}; wanted 2 (pairs) or 3 (triples and their pairs). For other combinations "
            "give hc.predict the conditions."
        )
    return int(order)


def check_targets(members: Iterable[AbstractModel], drugs: tuple[str, ...]) -> None:
    """Raise when a drug node acts on nothing in any member: screening it would show no effect, falsely.

    Only CellBox networks are judged. A drug may also be a node of another kind, which is its own target.
    """
    idle: set[str] | None = None
    for member in members:
        field = make_field(member)
        if not isinstance(field, CellBoxField):
            return
        acts = np.any(np.asarray(field.weights) != 0, axis=0)
        nodes = {drug: member.names.index(drug) for drug in drugs}
        here = {drug for drug, i in nodes.items() if member.kinds[i] == "drug" and not acts[i]}
        idle = here if idle is None else idle & here
        if not idle:
            return
    names = [drug for drug in drugs if drug in (idle or ())]
    if names:
        kept = [drug for drug in drugs if drug not in names]
        one = len(names) == 1
        raise InvalidValueError(
            f"{', '.join(map(repr, names))} {'has' if one else 'have'} no target in the model: all weights "
            f"of {'this drug node' if one else 'these drug nodes'} are 0 or masked. Leave "
            f"{'it' if one else 'them'} out (drugs={kept!r}), or give the model the targets."
        )
