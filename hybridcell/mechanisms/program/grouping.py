"""From expressions to a `GroupedProgram`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.program.cuts import LARGEST_TEMPLATE, Cuts, choose_cuts, inner_nodes
from hybridcell.mechanisms.program.evaluation import sloped_slots
from hybridcell.mechanisms.program.grouped_program import GroupedProgram, Level, Slopes
from hybridcell.mechanisms.program.layout import Layout, bucket
from hybridcell.mechanisms.program.products import (
    Block,
    Product,
    arrange_weights,
    find_blocks,
    inner_places,
)
from hybridcell.mechanisms.program.reading import without_matrices
from hybridcell.mechanisms.program.row_sums import RowSums, make_row_sums
from hybridcell.mechanisms.program.templates import Template, make_template

#: Where templates have more operations than this in all, which takes long to compile, smaller ones are taken
#: if they have half as many: large laws that differ have small parts that do not.
_MANY, _SMALL_TEMPLATE = 300, 12
#: Derivative of a position of the vector: column (state, or n for the time) -> entry.
Columns = dict[int, int]


@dataclass
class _Pending:
    """A level before its arrays are made."""

    groups: dict[Template, list[list[Expression]]] = field(default_factory=dict)
    results: dict[Template, list[Expression]] = field(default_factory=dict)
    sums: list[Expression] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def group(
    roots: Sequence[Expression], layout: Layout, *, with_modes: bool = True, slopes: bool = False
) -> tuple[GroupedProgram, list[Columns]]:
    """Make the program of some expressions.

    Parameters
    ----------
    roots : sequence of Expression
    layout : Layout
    with_modes : bool
        Comparisons of switches are looked up, not made.
    slopes : bool
        Prepare `GroupedProgram.linearized`.

    Returns
    -------
    program : GroupedProgram
    columns : list of dict, one per root
        Where `slopes`: column -> entry of the root's derivative. Columns are states, and n for the time.
    """
    positions = {**layout.positions, **(layout.modes if with_modes else {})}
    cuts, pending = _split_up(roots, positions, LARGEST_TEMPLATE)
    if _operations(pending) > _MANY:
        smaller = _split_up(roots, positions, _SMALL_TEMPLATE)
        if 2 * _operations(smaller[1]) <= _operations(pending):
            cuts, pending = smaller
    builder = _Arrays(layout, positions, cuts, slopes)
    levels = tuple(builder.level(each) for each in pending)
    outputs = np.array([builder.positions[root] for root in roots], np.int32)
    program = GroupedProgram(
        levels=levels,
        outputs=outputs,  # pyright: ignore[reportArgumentType]
    )
    if any(level.products for level in levels):
        program = without_matrices(program, layout.size)
    return program, [builder.columns.get(int(position), {}) for position in outputs]


def _split_up(
    roots: Sequence[Expression], positions: dict[Expression, int], largest: int
) -> tuple[Cuts, list[_Pending]]:
    """Return what is looked up, and the levels, with templates of no more operations than `largest`."""
    cuts = choose_cuts(roots, positions.__contains__, largest)
    blocks = find_blocks(cuts, positions)
    return cuts, _levels(roots, positions, cuts, blocks)


def _operations(pending: list[_Pending]) -> int:
    """Return how many operations all templates have: what there is to compile."""
    return sum(len(template.steps) for level in pending for template in level.groups)


def _levels(
    roots: Sequence[Expression], positions: dict[Expression, int], cuts: Cuts, blocks: list[Block]
) -> list[_Pending]:
    """Sort what must be computed into levels and groups."""
    results = cuts.nodes.union(root for root in roots if root not in positions)
    block_of = {node: block for block in blocks for node in block.sums}
    level: dict[Expression, int] = {}
    pending: list[_Pending] = []

    def is_operand(node: Expression) -> bool:
        return node in positions or node in results

    for node in inner_nodes(roots, positions.__contains__):
        if node not in results:
            continue
        block = block_of.get(node)
        if block is not None:
            template, operands = None, list(block.values)
        elif node in cuts.sums:
            template, operands = None, [term for _, term in cuts.sums[node]]
        else:
            template, operands = make_template(node, is_operand)
        level[node] = 1 + max((level.get(operand, -1) for operand in operands), default=-1)
        while len(pending) <= level[node]:
            pending.append(_Pending())
        if block is not None:
            if node is block.sums[0]:
                pending[level[node]].blocks.append(block)
        elif template is None:
            pending[level[node]].sums.append(node)
        else:
            pending[level[node]].groups.setdefault(template, []).append(operands)
            pending[level[node]].results.setdefault(template, []).append(node)
    return pending


class _Arrays:
    """Turns levels into arrays, keeping track of where results and derivatives come to stand."""

    def __init__(self, layout: Layout, positions: dict[Expression, int], cuts: Cuts, slopes: bool):
        self.positions = dict(positions)
        self.cuts = cuts
        self.slopes = slopes
        self.size = layout.size
        self.entries = 1
        self.columns: dict[int, Columns] = {j: {j: 0} for j in range(layout.n + 1)} if slopes else {}

    def level(self, pending: _Pending) -> Level:
        templates = sorted(pending.groups, key=lambda template: template.steps)
        operands: list[np.ndarray] = []
        rows = self.size
        for template in templates:
            filled = pending.groups[template]
            table = np.zeros((template.slots, bucket(len(filled))), np.int32)
            for c, nodes in enumerate(filled):
                table[:, c] = [self.positions[node] for node in nodes]
            table[:, len(filled) :] = table[:, len(filled) - 1 : len(filled)]  # as harmless as the last one
            operands.append(table)
            self._place(pending.results[template], table.shape[1])
        sum_table, sums = self._sums(pending.sums)
        slopes = self._slopes(templates, operands, pending, sum_table, rows) if self.slopes else None
        products = tuple(self._product(block) for block in pending.blocks)
        flat = np.concatenate([np.zeros(0, np.int32), *(table.ravel() for table in operands)])
        return Level(
            templates=tuple(templates),
            counts=tuple(table.shape[1] for table in operands),
            operands=flat,  # pyright: ignore[reportArgumentType]
            sum_operand=sum_table[0].astype(np.int32),
            sum_sign=sum_table[1],
            sums=sums if pending.sums else None,
            slopes=slopes,
            products=products,
        )

    def _product(self, block: Block) -> Product:
        weights = np.array([[self.positions[w] for w in row] for row in block.weights], np.int32).T
        first, places = arrange_weights(weights)
        most = max(map(len, block.rest))
        rest = np.zeros((len(block.sums), most), np.int32)
        mask = np.zeros(rest.shape)
        for j, constants in enumerate(block.rest):
            rest[j, : len(constants)] = [self.positions[c] for c in constants]
            mask[j, : len(constants)] = 1.0
        operands = np.array([self.positions[value] for value in block.values], np.int32)
        moved, inner, there = inner_places([self.columns.get(int(place), {}) for place in operands])
        for j in range(len(block.sums)):
            if moved:
                entry = self.entries + j * len(moved)
                self.columns[self.size + j] = {c: entry + k for k, c in enumerate(moved)}
        self.entries += len(block.sums) * len(moved)
        self._place(list(block.sums), len(block.sums))
        return Product(
            first=first,
            places=places,  # pyright: ignore[reportArgumentType]
            operands=operands,  # pyright: ignore[reportArgumentType]
            rest=rest,  # pyright: ignore[reportArgumentType]
            rest_mask=mask,  # pyright: ignore[reportArgumentType]
            inner=inner,  # pyright: ignore[reportArgumentType]
            inner_mask=there.astype(float),  # pyright: ignore[reportArgumentType]
            diagonal=there.shape[0] == there.shape[1] and bool((there == np.eye(len(there))).all()),
            shape=weights.shape,
        )

    def _place(self, nodes: list[Expression], count: int) -> None:
        self.positions.update((node, self.size + i) for i, node in enumerate(nodes))
        self.size += count

    def _sums(self, nodes: list[Expression]) -> tuple[np.ndarray, RowSums]:
        """Return operand, sign and row of every term of the long sums, arranged; padding has the sign 0."""
        terms = [
            (self.positions[term], sign, row)
            for row, node in enumerate(nodes)
            for sign, term in self.cuts.sums[node]
        ]
        count = bucket(len(nodes))
        table = np.array(terms, float).reshape(-1, 3).T
        sums, arrangement = make_row_sums(table[2].astype(int), count)
        table = table[:, arrangement.order]
        table[1, arrangement.is_padding], table[2, arrangement.is_padding] = 0.0, count
        self._place(nodes, count)
        return table, sums

    def _slopes(
        self,
        templates: list[Template],
        operands: list[np.ndarray],
        pending: _Pending,
        sum_table: np.ndarray,
        position: int,
    ) -> Slopes | None:
        found: list[tuple[int, int, int]] = []  # source, inner, row
        wanted: list[tuple[int, ...]] = []
        first, source = self.entries, 0
        for template, table in zip(templates, operands):
            moving = [
                slot
                for slot in sorted(sloped_slots(template))
                if any(int(operand) in self.columns for operand in table[slot])
            ]
            wanted.append(tuple(moving))
            count = table.shape[1]
            for c in range(len(pending.results[template])):
                read = [(source + i * count + c, int(table[slot, c])) for i, slot in enumerate(moving)]
                self._chain(position + c, read, found, first)
            source += len(moving) * count
            position += count
        for row in range(len(pending.sums)):
            read = [(source + int(i), int(sum_table[0, i])) for i in np.flatnonzero(sum_table[2] == row)]
            self._chain(position + row, read, found, first)
        nothing = source + sum_table.shape[1]  # behind all partial derivatives stands a 0
        return self._padded(found, tuple(wanted), first, nothing) if found else None

    def _chain(
        self, result: int, read: list[tuple[int, int]], found: list[tuple[int, int, int]], first: int
    ) -> None:
        """Note which entries one result's derivative has, and what they are made of."""
        columns: Columns = {}
        for source, operand in read:
            for column, inner in self.columns.get(operand, {}).items():
                entry = columns.get(column)
                if entry is None:
                    entry = columns[column] = self.entries
                    self.entries += 1
                found.append((source, inner, entry - first))
        if columns:
            self.columns[result] = columns

    def _padded(
        self, found: list[tuple[int, int, int]], wanted: tuple[tuple[int, ...], ...], first: int, nothing: int
    ) -> Slopes:
        count = bucket(self.entries - first)
        self.entries = first + count
        source, inner, row = np.array(found, np.int32).T
        rows, arrangement = make_row_sums(row, count)
        return Slopes(
            wanted=wanted,
            source=np.where(arrangement.is_padding, nothing, source[arrangement.order]),  # pyright: ignore
            inner=inner[arrangement.order],  # pyright: ignore[reportArgumentType]
            rows=rows,
        )
