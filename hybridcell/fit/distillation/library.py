"""The laws that are tried for a reaction: those of the books, alone and with what speeds up or slows down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import leaves, product
from hybridcell.fit.distillation.factors import (
    Factor,
    inhibited_substrate,
    modulations,
    power,
    substrate_factors,
)
from hybridcell.fit.distillation.law import Law, LawConstant
from hybridcell.fit.distillation.scope import Scope, sym
from hybridcell.hybrid.formulas import evaluate

#: Forms of two substrates at a time; more of them cannot be told apart.
_TWO = (
    ("linear", "linear"), ("saturating", "linear"), ("linear", "saturating"), ("saturating", "saturating"),
    ("hill", "linear"), ("linear", "hill"), ("hill2", "linear"), ("linear", "hill2"),
    ("inhibiting", "linear"), ("linear", "inhibiting"),
)  # fmt: skip
_FIRST_ORDER = "first order in "


def plain_laws(scope: Scope) -> list[Law]:
    """Return the laws that read nothing but the substrates (and products, where they are reversible)."""
    bare = Factor("constant rate", number(1.0))
    return [assemble(scope, parts) for parts in ([bare], *bases(scope))] + reversible_laws(scope)


def modulated_laws(scope: Scope) -> list[Law]:
    """Return every base law with one modulation."""
    return [assemble(scope, parts) for parts in _modulated(scope)]


def twice_modulated_laws(scope: Scope, chosen: Sequence[Law]) -> list[Law]:
    """Return some of the modulated laws with one modulation more, by what they do not read yet.

    Each product of factors is there once, in whichever order its modulations were found.
    """
    names = {law.name for law in chosen}
    found: dict[frozenset[str], Law] = {}
    for parts in _modulated(scope):
        if name_of(scope, parts) in names:
            read = set(leaves([part.math for part in parts], "symbol"))
            for extra in (extra for m in scope.others if m not in read for extra in modulations(scope, m)):
                whole = [*parts, extra]
                found.setdefault(frozenset(part.name for part in whole), assemble(scope, whole))
    return list(found.values())


def bases(scope: Scope) -> list[list[Factor]]:
    """Return how a rate may depend on the substrates."""
    forms = [substrate_factors(scope, s) for s in scope.substrates]
    if len(forms) == 1:
        return [[factor] for factor in forms[0].values()]
    if len(forms) == 2:
        return [[forms[0][a], forms[1][b]] for a, b in _TWO]
    return [[form[kind] for form in forms] for kind in ("linear", "saturating") if forms]


def _modulated(scope: Scope) -> Iterator[list[Factor]]:
    for m in scope.others:
        if len(scope.substrates) == 1:
            for part in inhibited_substrate(scope, next(iter(scope.substrates)), m):
                yield [part]
        for base in bases(scope) or [[]]:
            for extra in modulations(scope, m):
                yield [*base, extra]


def reversible_laws(scope: Scope) -> list[Law]:
    """Return laws that run backwards beyond their equilibrium."""
    if not scope.substrates or not scope.products or {*scope.substrates} & {*scope.products}:
        return []
    equilibrium = scope.constant("Keq", kind="k")
    back = apply("div", _side(scope.products), sym(equilibrium))
    drive = Factor("reversible mass action", apply("sub", _side(scope.substrates), back), (equilibrium,))
    found = [_multiplied(scope, drive.name, [drive], "k")]
    if len(scope.substrates) == 1 and len(scope.products) == 1:
        (s,), (p,) = scope.substrates, scope.products
        ks, kp = scope.half("Km", s), scope.half("Km", p)
        filled = [apply("div", sym(id), sym(half)) for id, half in ((s, ks), (p, kp))]
        below = apply("mul", sym(ks), apply("add", apply("add", number(1.0), filled[0]), filled[1]))
        enzyme = Factor("", apply("div", drive.math, below), (equilibrium, ks, kp))
        found.append(_multiplied(scope, "reversible Michaelis-Menten", [enzyme], "Vmax"))
    return found


def assemble(scope: Scope, parts: Sequence[Factor]) -> Law:
    """Return the law that is the product of its parts and a constant."""
    limited = all(part.constants for part in parts)
    return _multiplied(scope, name_of(scope, parts), parts, "Vmax" if limited else "k")


def _multiplied(scope: Scope, name: str, parts: Sequence[Factor], wish: str) -> Law:
    constants = tuple(c for part in parts for c in part.constants)
    rest = product(part.math for part in parts)
    k = scaled_factor(scope, wish, rest, constants)
    math = scope.directed(product([sym(k), *(part.math for part in parts)]))
    return Law(name=name, math=math, constants=(k, *constants))


def scaled_factor(scope: Scope, wish: str, rest: Expression, constants: Sequence[LawConstant]) -> LawConstant:
    """Return the constant that gives the usual rate where all inputs have their usual size."""
    values = {**scope.sizes, **{c.id: c.value for c in constants}}
    usual = abs(float(evaluate(rest, {id: np.asarray(v) for id, v in values.items()})))
    return scope.constant(wish, kind="k", center=scope.rate / usual if usual > 0 else scope.rate)


def name_of(scope: Scope, parts: Sequence[Factor]) -> str:
    """Return what people call the product of these parts."""
    first = [p.name.removeprefix(_FIRST_ORDER) for p in parts if p.name.startswith(_FIRST_ORDER)]
    if len(first) == len(parts) and {*first} == {*scope.substrates}:
        return "mass action"
    if len(first) == 1 and len(parts) == 2:
        other = next(p.name for p in parts if not p.name.startswith(_FIRST_ORDER))
        prey = f" in {next(iter(scope.substrates), '')}"
        if other.endswith(prey) and other.startswith(("Michaelis-Menten", "Hill")):
            kind = "II" if other.startswith("Michaelis-Menten") else "III"
            return f"{other}, {_FIRST_ORDER}{first[0]} (Holling type {kind})"
    return ", ".join(part.name for part in parts)


def _side(side: Mapping[str, float]) -> Expression:
    return product(power(sym(id), n) for id, n in side.items())
