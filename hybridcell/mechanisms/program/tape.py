"""Expressions as a list of instructions, one scalar operation each: a program that is data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.operators import ARITY
from hybridcell.mechanisms.program.cuts import inner_nodes
from hybridcell.mechanisms.program.grouping import Columns
from hybridcell.mechanisms.program.operations import CODES, PARTIALS


@dataclass
class Tape:
    """Instructions that write behind the operands, one after the other.

    Attributes
    ----------
    base : int
        Where the first instruction writes.
    codes : list of int
        Index in `operations.CODES`.
    arguments : list of three int
        Places of the vector; unused ones are 0.
    """

    base: int
    codes: list[int] = field(default_factory=list)
    arguments: list[tuple[int, int, int]] = field(default_factory=list)

    def write(
        self, roots: Sequence[Expression], positions: dict[Expression, int]
    ) -> tuple[Int[np.ndarray, " r"], tuple[int, int]]:
        """Add what computes some terms; return where they stand, and the first and last instruction."""
        places = dict(positions)
        start = len(self.codes)
        for node in inner_nodes(roots, positions.__contains__):
            operands = [places[arg] for arg in node.args]
            op, operands = _instruction(node, operands)
            places[node] = self.base + len(self.codes)
            self.codes.append(CODES.index(op))
            self.arguments.append(tuple(operands + [0] * (3 - len(operands))))  # pyright: ignore
        return np.array([places[root] for root in roots], np.int32), (start, len(self.codes))

    def arrays(
        self, pad: Callable[[int], int]
    ) -> tuple[Int[np.ndarray, " length"], Int[np.ndarray, "length 3"]]:
        """Return codes and arguments, padded with instructions that are never reached."""
        length = pad(len(self.codes))
        codes, arguments = np.zeros(length, np.int32), np.zeros((length, 3), np.int32)
        codes[: len(self.codes)] = self.codes
        arguments[: len(self.codes)] = np.array(self.arguments, np.int32).reshape(-1, 3)
        return codes, arguments


def _instruction(node: Expression, operands: list[int]) -> tuple[str, list[int]]:
    """Return operator and operands, in the form that the grouped program uses too."""
    exponent = node.args[1] if node.op == "pow" else None
    if exponent is not None and exponent.value == 2.0:
        return "mul", [operands[0], operands[0]]
    if exponent is not None and exponent.value == 0.5:
        return "sqrt", operands[:1]
    return node.op, operands


@dataclass
class Chain:
    """The chain rule as a list: ``entries[row] += partials[source] * entries[inner]``, in this order."""

    source: list[int]
    inner: list[int]
    row: list[int]
    columns: dict[int, Columns]
    entries: int


def chain_rule(tape: Tape, columns: int, stride: int) -> Chain:
    """Note which derivatives are not 0, and what they are made of.

    Parameters
    ----------
    tape : Tape
    columns : int
        The first so many places of the vector are what is differentiated with respect to.
    stride : int
        Partial derivatives with respect to the i-th argument stand at ``i * stride + instruction``.
    """
    chain = Chain([], [], [], {j: {j: 0} for j in range(columns)}, 1)
    sloped = [CODES.index(op) for op in PARTIALS]
    choice = CODES.index("if")
    for index, (code, arguments) in enumerate(zip(tape.codes, tape.arguments)):
        if code not in sloped:
            continue
        found: Columns = {}
        for i, argument in enumerate(arguments):
            if i >= ARITY[CODES[code]] or (code == choice and i == 0):
                continue
            for column, inner in chain.columns.get(argument, {}).items():
                if column not in found:
                    found[column] = chain.entries
                    chain.entries += 1
                chain.source.append(i * stride + index)
                chain.inner.append(inner)
                chain.row.append(found[column])
        if found:
            chain.columns[tape.base + index] = found
    return chain
