"""Where to draw the nodes of a graph: layers from drugs to phenotypes, few crossings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridcell._core.errors import check_is_list

#: Sweeps of the crossing reduction; the order no longer changes much after a few.
_SWEEPS = 24
#: Nodes per column above which a layer between drugs and phenotypes is cut in two.
_TALLEST = 18


def layered_layout(
    names: Sequence[str], kinds: Sequence[str], edges: Sequence[tuple[str, str]]
) -> dict[str, tuple[int, float]]:
    """Place nodes in columns: drugs left, phenotypes right, the rest between by distance from the drugs.

    Parameters
    ----------
    names, kinds : sequence of str, length n
    edges : sequence of (source, target)

    Returns
    -------
    dict
        Name -> (column, height): columns 0, 1, 2, ... from the left; heights one apart within a column,
        centered on 0.

    Raises
    ------
    InvalidValueError
        When `names` is one text.

    Examples
    --------
    >>> layered_layout(["p", "y", "d"], ["protein", "phenotype", "drug"], [("d", "p"), ("p", "y")])
    {'d': (0, 0.0), 'p': (1, 0.0), 'y': (2, 0.0)}
    """
    check_is_list("names", names)
    columns = _columns(names, kinds, edges)
    neighbors: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        neighbors[source].append(target)
        neighbors[target].append(source)
    height = {name: h for column in columns for name, h in zip(column, _heights(len(column)))}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            inside = set(column)
            pull = {
                name: float(
                    np.mean([height[o] for o in neighbors[name] if o not in inside] or [height[name]])
                )
                for name in column
            }
            column.sort(key=lambda name: pull[name])
            height.update(zip(column, _heights(len(column))))
    return {name: (i, height[name]) for i, column in enumerate(columns) for name in column}


def _heights(n: int) -> list[float]:
    return [(n - 1) / 2.0 - i for i in range(n)][::-1]


def _columns(names: Sequence[str], kinds: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    kind = dict(zip(names, kinds))
    drugs = [name for name in names if kind[name] == "drug"]
    phenotypes = [name for name in names if kind[name] == "phenotype"]
    between = [name for name in names if kind[name] not in ("drug", "phenotype")]
    distance = _distances(drugs, edges)
    farthest = 1 + max((distance[name] for name in between if name in distance), default=0)
    by_distance: dict[int, list[str]] = {}
    for name in between:
        by_distance.setdefault(distance.get(name, farthest), []).append(name)
    columns = [drugs]
    for step in sorted(by_distance):
        layer = by_distance[step]
        parts = int(np.ceil(len(layer) / _TALLEST))
        if parts > 1:
            layer = _from_the_left(layer, edges)
        columns += [list(part) for part in np.array_split(np.array(layer, dtype=object), parts)]
    return [column for column in [*columns, phenotypes] if column]


def _from_the_left(layer: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[str]:
    """Order a layer by how much more its nodes are regulated from outside than from inside it."""
    inside = set(layer)
    surplus = dict.fromkeys(layer, 0)
    for source, target in edges:
        if target in inside:
            surplus[target] += -1 if source in inside else 1
    return sorted(layer, key=lambda name: -surplus[name])


def _distances(starts: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    targets: dict[str, list[str]] = {}
    for source, target in edges:
        targets.setdefault(source, []).append(target)
    distance = dict.fromkeys(starts, 0)
    front = list(starts)
    while front:
        reached = [t for s in front for t in targets.get(s, ()) if t not in distance]
        distance.update(dict.fromkeys(reached, distance[front[0]] + 1))
        front = list(dict.fromkeys(reached))
    return distance
