"""Which parameters can be found given the others, and how: by their place in the formulas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hybridcell._core.errors import unknown_name
from hybridcell.fit.petab.hierarchical.affine import affine, is_zero
from hybridcell.fit.petab.hierarchical.usage import Formula, formulas_of, read_elsewhere
from hybridcell.fit.petab.minimized import _is_flat
from hybridcell.fit.petab.objective import Compiled

#: The roles, and how a parameter of each is found.
ROLES = ("scaling", "offset", "noise", "numerical")
#: Most scalings and offsets that share measurements: what bounds allow is tried out.
MOST_LINEAR = 3
#: Most parameters that share measurements and are found numerically together.
MOST_NUMERICAL = 6


@dataclass(frozen=True, eq=False)
class Roles:
    """The inner parameters of a problem.

    Attributes
    ----------
    formulas : list of Formula
    role : mapping of str to str
        Id -> one of `ROLES`, in the order of the problem's free parameters.
    """

    formulas: Sequence[Formula]
    role: Mapping[str, str]

    def observables(self, id: str) -> tuple[str, ...]:
        """Return the observables whose formulas read a parameter."""
        return tuple(dict.fromkeys(f.observable for f in self.formulas if id in f.in_found | f.in_sigma))

    @property
    def linear(self) -> tuple[str, ...]:
        """Scalings and offsets."""
        return tuple(id for id, role in self.role.items() if role in ("scaling", "offset"))

    @property
    def noise(self) -> tuple[str, ...]:
        """Sizes of noise."""
        return tuple(id for id, role in self.role.items() if role == "noise")

    @property
    def numerical(self) -> tuple[str, ...]:
        """Parameters that are found numerically."""
        return tuple(id for id, role in self.role.items() if role == "numerical")


def find_roles(compiled: Compiled, *, exclude: Collection[str] = (), numerical: bool = False) -> Roles:
    """Return the roles of the parameters that only formulas read and that have flat priors.

    Parameters
    ----------
    compiled : Compiled
    exclude : collection of str
        Parameters that stay outer.
    numerical : bool
        Parameters without a closed form are found numerically.
    """
    estimated = [compiled.parameters[k] for k in compiled.free]
    for id in exclude:
        if id not in {p.id for p in estimated}:
            raise unknown_name("estimated parameter", id, [p.id for p in estimated])
    formulas, elsewhere = formulas_of(compiled), read_elsewhere(compiled)
    read = frozenset[str]().union(*(f.in_found | f.in_sigma for f in formulas))
    candidates = [
        p.id
        for p in estimated
        if p.id in read and p.id not in elsewhere and p.id not in exclude and _is_flat(p)
    ]
    noise = _noise(candidates, formulas)
    linear = _linear([id for id in candidates if id not in noise], formulas)
    # the factor of a size must not read what is found together with it
    noise = [id for id in noise if _has_free_factor(id, linear, formulas)]
    role = dict.fromkeys(noise, "noise") | linear
    if numerical:
        role = _with_numerical(role, candidates, formulas)
    return Roles(formulas, {id: role[id] for id in candidates if id in role})


def _noise(candidates: Sequence[str], formulas: Sequence[Formula]) -> list[str]:
    """Return what the noise formulas are proportional to, and nothing else reads."""
    taken: list[str] = []
    for id in candidates:
        if any(id in f.in_found for f in formulas):
            continue
        own = [f for f in formulas if id in f.in_sigma]
        parts = [affine(f.sigma, [id]) for f in own]
        alone = all(part is not None and is_zero(part.rest) for part in parts)
        if alone and not any(f.in_sigma & {*taken} for f in own):
            taken.append(id)
    return taken


def _has_free_factor(id: str, linear: Mapping[str, str], formulas: Sequence[Formula]) -> bool:
    return not any(f.in_sigma & {*linear} for f in formulas if id in f.in_sigma)


def _linear(candidates: Sequence[str], formulas: Sequence[Formula]) -> dict[str, str]:
    """Return scalings and offsets, as many together as have a closed form; scalings go first."""
    kinds = {id: _kind_alone(id, formulas) for id in candidates}
    taken: dict[str, str] = {}
    for kind in ("scaling", "offset"):
        for id in candidates:
            if kinds[id] == kind and _closed_form([*taken, id], id, formulas):
                taken[id] = kind
    return taken


def _kind_alone(id: str, formulas: Sequence[Formula]) -> str:
    """Return "offset" where a parameter is added as it is, "scaling" where it multiplies, or nothing."""
    kinds = set()
    for f in formulas:
        if id in f.in_sigma:
            return ""
        if id in f.in_found:
            part = affine(f.found, [id])
            if part is None:
                return ""
            kinds.add("offset" if part.slopes[id].is_number and not is_zero(part.rest) else "scaling")
    return "scaling" if "scaling" in kinds else "offset"


def _closed_form(ids: Sequence[str], new: str, formulas: Sequence[Formula]) -> bool:
    """Return whether scalings and offsets that share measurements with a new one are linear together."""
    group = shared(ids, formulas, of=new, where="found")
    own = [f for f in formulas if f.in_found & group]
    laws = {f.distribution.replace("log10", "log") for f in own}
    most = MOST_LINEAR if laws == {"normal"} else 1
    if len(laws) > 1 or len(group) > most:
        return False
    for f in own:
        part = affine(f.found, group)
        if part is None or (f.distribution.startswith("log") and not is_zero(part.rest)):
            return False
    return True


def shared(ids: Sequence[str], formulas: Sequence[Formula], *, of: str, where: str = "both") -> set[str]:
    """Return the ids that share measurements with one, directly or through others: its component."""
    read = [(f.in_found if where == "found" else f.in_found | f.in_sigma) & {*ids} for f in formulas]
    group, before = {of}, 0
    while len(group) != before:
        before = len(group)
        group = group.union(*(each for each in read if each & group))
    return group


def _with_numerical(
    role: Mapping[str, str], candidates: Sequence[str], formulas: Sequence[Formula]
) -> dict[str, str]:
    """Return the roles with parameters that are found numerically, and what shares measurements with them."""
    found = dict(role)
    for id in candidates:
        if id in found:
            continue
        group = shared([*found, id], formulas, of=id)
        if len(group) <= MOST_NUMERICAL:
            found |= dict.fromkeys(group, "numerical")
    return found
