"""Linear algebra on sparse vectors of whole numbers: exact null spaces and their non-negative vectors."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from math import gcd

#: Index -> whole number.
Vector = dict[int, int]

#: Farkas' algorithm can need exponentially many rows; beyond this many the signed basis has to do.
_MOST_ROWS = 600


def left_null_space(columns: Iterable[Vector], rows: Iterable[int]) -> list[Vector]:
    """Return a basis of the vectors y over `rows` with y . column = 0 for every column."""
    involved = set(rows)
    pivots = _reduce([{i: k for i, k in c.items() if k and i in involved} for c in columns])
    using: dict[int, list[int]] = {}
    for pivot, vector in pivots.items():
        for i in vector:
            if i != pivot:
                using.setdefault(i, []).append(pivot)
    basis = []
    for free in sorted(involved - pivots.keys()):
        scale = 1
        for pivot in using.get(free, ()):
            leading = abs(pivots[pivot][pivot])
            scale *= leading // gcd(scale, leading)
        y = {free: scale}
        for pivot in using.get(free, ()):
            y[pivot] = -scale * pivots[pivot][free] // pivots[pivot][pivot]
        basis.append(_shortest(y))
    return basis


def _reduce(equations: list[Vector]) -> dict[int, Vector]:
    """Solve each equation for one unknown that no other holds: unknown -> its equation."""
    alive = {r: _shortest(e) for r, e in enumerate(equations) if e}
    holders: dict[int, set[int]] = {}
    for r, equation in alive.items():
        for i in equation:
            holders.setdefault(i, set()).add(r)
    queue = [(len(e), r) for r, e in alive.items()]
    heapq.heapify(queue)
    pivots: dict[int, int] = {}
    while queue:
        size, r = heapq.heappop(queue)
        if r not in alive or r in pivots.values() or size != len(alive[r]):
            continue
        equation = alive[r]
        # an unknown with coefficient 1 that few others hold keeps numbers small and rows sparse
        pivot = min(equation, key=lambda i: (abs(equation[i]) != 1, len(holders[i]), i))
        for other in list(holders[pivot] - {r}):
            changed = _combined(alive[other], equation, pivot)
            for i in alive[other].keys() - changed.keys():
                holders[i].discard(other)
            for i in changed.keys() - alive[other].keys():
                holders[i].add(other)
            if changed:
                alive[other] = changed
                heapq.heappush(queue, (len(changed), other))
            else:
                del alive[other]
        pivots[pivot] = r
    return {pivot: alive[r] for pivot, r in pivots.items()}


def _combined(target: Vector, source: Vector, pivot: int) -> Vector:
    """Return the multiple of target plus that of source in which `pivot` is gone."""
    a, b = source[pivot], target[pivot]
    divisor = gcd(a, b)
    a, b = a // divisor, b // divisor
    if a < 0:
        a, b = -a, -b
    result = {i: a * k for i, k in target.items()} if a != 1 else dict(target)
    for i, k in source.items():
        value = result.get(i, 0) - b * k
        if value:
            result[i] = value
        else:
            result.pop(i, None)
    return _shortest(result)


def _shortest(vector: Vector) -> Vector:
    divisor = gcd(*vector.values()) if vector else 1
    return {i: k // divisor for i, k in vector.items()} if divisor > 1 else vector


def non_negative_solutions(columns: list[Vector], rows: list[int]) -> list[Vector]:
    """Return the non-negative vectors y of smallest supports with y . column = 0 for every column.

    Empty where there would be too many on the way.

    References
    ----------
    Schuster, Höfer, Determining all extreme semi-positive conservation relations in chemical reaction
    systems, J. Chem. Soc. Faraday Trans. 87, 2561 (1991).
    """
    # a row: what each column still gives for it, and the sum of states that it is
    table: list[tuple[Vector, Vector]] = []
    for i in rows:
        table.append(({j: column[i] for j, column in enumerate(columns) if column.get(i)}, {i: 1}))
    open_columns = set(range(len(columns)))
    while open_columns:
        signs = {j: [0, 0] for j in open_columns}
        for image, _ in table:
            for j, k in image.items():
                signs[j][k > 0] += 1
        j = min(open_columns, key=lambda c: (signs[c][0] * signs[c][1] - sum(signs[c]), c))
        open_columns.discard(j)
        table = _without(table, j)
        if len(table) > _MOST_ROWS:
            return []
    return [y for _, y in table]


def _without(table: list[tuple[Vector, Vector]], j: int) -> list[tuple[Vector, Vector]]:
    """Return the rows of smallest supports in which column j is zero."""
    kept = [row for row in table if j not in row[0]]
    up = [row for row in table if row[0].get(j, 0) > 0]
    down = [row for row in table if row[0].get(j, 0) < 0]
    if len(up) * len(down) > _MOST_ROWS * 40:
        return [({}, {})] * (_MOST_ROWS + 1)
    made = []
    for a in up:
        for b in down:
            p, q = -b[0][j], a[0][j]
            divisor = gcd(p, q)
            p, q = p // divisor, q // divisor
            image, y = _sum(a[0], p, b[0], q), _sum(a[1], p, b[1], q)
            divisor = gcd(*y.values())
            made.append(
                ({c: k // divisor for c, k in image.items()}, {i: k // divisor for i, k in y.items()})
            )
    return _smallest_supports(kept + made)


def _sum(a: Vector, p: int, b: Vector, q: int) -> Vector:
    result = {i: p * k for i, k in a.items()}
    for i, k in b.items():
        value = result.get(i, 0) + q * k
        if value:
            result[i] = value
        else:
            result.pop(i, None)
    return result


def _smallest_supports(table: list[tuple[Vector, Vector]]) -> list[tuple[Vector, Vector]]:
    table = sorted(table, key=lambda row: len(row[1]))
    kept: list[tuple[Vector, Vector]] = []
    masks: list[int] = []
    for row in table:
        mask = sum(1 << i for i in row[1])
        if not any(known & mask == known for known in masks):
            kept.append(row)
            masks.append(mask)
    return kept


def independent(vectors: Iterable[Vector], wanted: int) -> list[Vector]:
    """Return the first vectors that are linearly independent, `wanted` of them."""
    chosen: list[Vector] = []
    reduced: dict[int, Vector] = {}
    for vector in vectors:
        if len(chosen) == wanted:
            break
        rest = vector
        for pivot, known in reduced.items():
            if pivot in rest:
                rest = _combined(rest, known, pivot)
        if rest:
            reduced[min(rest)] = rest
            chosen.append(vector)
    return chosen
