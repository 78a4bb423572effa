"""A program whose vector leaves out what only matrices hold: it is copied at every level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hybridcell.mechanisms.program.grouped_program import GroupedProgram, Level


def without_matrices(program: GroupedProgram, size: int) -> GroupedProgram:
    """Return the program that starts from the operands it looks up, of `size` that it is given."""
    looked_up = [np.asarray(program.outputs)]
    for level in program.levels:
        looked_up += [np.asarray(places).ravel() for places in _places(level)]
    everything = np.unique(np.concatenate(looked_up))
    read = everything[everything < size]

    def moved(given: Any) -> Any:
        places = np.asarray(given)
        found = np.where(places < size, np.searchsorted(read, places), places - size + len(read))
        return found.astype(np.int32)

    levels = tuple(
        replace(
            level,
            operands=moved(level.operands),
            sum_operand=moved(level.sum_operand),
            products=tuple(
                replace(one, operands=moved(one.operands), rest=moved(one.rest)) for one in level.products
            ),
        )
        for level in program.levels
    )
    return GroupedProgram(
        levels=levels,
        outputs=moved(program.outputs),
        read=read.astype(np.int32),  # pyright: ignore[reportArgumentType]
    )


def _places(level: Level) -> list[np.ndarray]:
    """Return all places of the vector that a level looks up."""
    found = [level.operands, level.sum_operand]
    for product in level.products:
        found += [product.operands, product.rest]
    return [np.asarray(each) for each in found]
