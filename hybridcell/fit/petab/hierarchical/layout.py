"""The inner parameters as arrays: which rows belong to which group, and bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell.fit.petab.hierarchical.roles import Roles, shared
from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.scales import Scales

#: What stands for 0 where a number must be positive.
TINY = 1e-200


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of parameters that share no measurements with those of other groups.

    Attributes
    ----------
    of_row : ndarray of int, shape (r,)
        Group of each measurement; the number of groups where it has none.
    members : ndarray of int, shape (g, c)
        Places among the inner parameters; their number where a group has fewer than c.
    """

    of_row: Int[np.ndarray, " r"]
    members: Int[np.ndarray, "g c"]

    def __len__(self) -> int:
        return len(self.members)

    @property
    def width(self) -> int:
        """Most members of a group."""
        return self.members.shape[1]


@dataclass(frozen=True, eq=False)
class Layout:
    """What the inner solvers need to know.

    Attributes
    ----------
    ids : tuple of str, length m
        The inner parameters.
    places : ndarray of int, shape (m,)
        Among all parameters.
    columns : ndarray of int, shape (m,)
        Among the columns of spans.
    scales : Scales
    lower, upper : ndarray, shape (m,)
        Bounds on the linear scale, positive where values must be.
    linear, numerical : Groups
    sizes : ndarray of int, shape (r,)
        The noise parameter of each row; m where there is none.
    noise : ndarray of bool, shape (m,)
        Which parameters are sizes of noise.
    coupled : bool
        A group of scalings and offsets has measurements of different unknown noise.
    """

    ids: tuple[str, ...]
    places: Int[np.ndarray, " m"]
    columns: Int[np.ndarray, " m"]
    scales: Scales
    lower: Float[np.ndarray, " m"]
    upper: Float[np.ndarray, " m"]
    linear: Groups
    numerical: Groups
    sizes: Int[np.ndarray, " r"]
    noise: Bool[np.ndarray, " m"]
    coupled: bool


def make_layout(compiled: Compiled, roles: Roles) -> Layout:
    """Return the arrays of a problem's roles."""
    ids = tuple(roles.role)
    known = {parameter.id: k for k, parameter in enumerate(compiled.parameters)}
    own = [compiled.parameters[known[id]] for id in ids]
    logarithmic = {id for f in roles.formulas if f.distribution.startswith("log") for id in f.in_found}
    positive = np.array(
        [p.scale != "lin" or roles.role[p.id] == "noise" or p.id in logarithmic for p in own], bool
    )
    lower, upper = np.array([[p.lower, p.upper] for p in own]).reshape(-1, 2).T
    r = len(compiled.statement.measurements)
    sizes = np.full(r, len(ids))
    for f in roles.formulas:
        for id in f.in_sigma & {*roles.noise}:
            sizes[f.rows] = ids.index(id)
    linear = _groups(roles.linear, roles, ids, r, "found")
    return Layout(
        ids=ids,
        places=np.array([known[id] for id in ids], int),
        columns=np.array([compiled.simulator.binding.column[id] for id in ids], int),
        scales=Scales(own),
        lower=np.where(positive, np.maximum(lower, TINY), lower),
        upper=upper,
        linear=linear,
        numerical=_groups(roles.numerical, roles, ids, r, "both"),
        sizes=sizes,
        noise=np.array([roles.role[id] == "noise" for id in ids], bool),
        coupled=any(len({*sizes[linear.of_row == g]}) > 1 for g in range(len(linear))),
    )


def _groups(wanted: tuple[str, ...], roles: Roles, ids: tuple[str, ...], r: int, where: str) -> Groups:
    """Return the components of some parameters."""
    found: list[list[str]] = []
    for id in wanted:
        if not any(id in group for group in found):
            group = shared(wanted, roles.formulas, of=id, where=where)
            found.append([other for other in wanted if other in group])
    of_row = np.full(r, len(found))
    for f in roles.formulas:
        read = f.in_found if where == "found" else f.in_found | f.in_sigma
        for number, group in enumerate(found):
            if read & {*group}:
                of_row[f.rows] = number
    width = max(map(len, found), default=0)
    members = np.full((len(found), width), len(ids))
    for number, group in enumerate(found):
        members[number, : len(group)] = [ids.index(id) for id in group]
    return Groups(of_row, members)
