"""libsbml's syntax trees to expressions, without recursion."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hybridcell._core.errors import SBMLError, UnsupportedSBMLError, nearest
from hybridcell._core.expressions import Expression, apply, number, symbol, time
from hybridcell._core.expressions.expression import call
from hybridcell.io.sbml.read.lowering import LOWERED, Args

_FLAT = ("PLUS", "TIMES")
#: As SBML fixes it.
AVOGADRO = 6.02214179e23


@dataclass
class Scope:
    """What names mean in a model.

    Attributes
    ----------
    values : set of str
        Ids that stand for numbers: compartments, species, parameters, reactions, species references.
    functions : dict of str to int
        The number of arguments of each function definition.
    """

    values: set[str] = field(default_factory=set)
    functions: dict[str, int] = field(default_factory=dict)


def to_expression(
    tree: Any, scope: Scope, *, element: str, line: int, local: Mapping[str, str] | None = None
) -> Expression:
    """Return the tree as an expression over symbols.

    Parameters
    ----------
    tree
        A libsbml ASTNode.
    element, line
        Where the math stands, for errors.
    local
        Names of the place (local parameters, arguments of a function) and the symbols they stand for. They go
        before the ids of the model.
    """
    kinds = _kinds()
    reader = _Reader(scope, element, line, local or {})
    done: Args = []
    stack: list[tuple[Any, int]] = [(tree, -1)]
    while stack:
        node, n_args = stack.pop()
        if n_args >= 0:
            args = done[len(done) - n_args :]
            del done[len(done) - n_args :]
            done.append(reader.apply(node, kinds, args))
            continue
        kind = node.getType()
        leaf = _LEAVES.get(kinds.get(kind, ""))
        if leaf is not None:
            done.append(leaf(reader, node))
            continue
        children = _terms(node, kind) if kinds.get(kind) in _FLAT else _children(node)
        stack.append((node, len(children)))
        stack.extend((child, -1) for child in reversed(children))
    return done[0]


def _children(node: Any) -> list[Any]:
    return [node.getChild(i) for i in range(node.getNumChildren())]


def _terms(node: Any, kind: int) -> list[Any]:
    """The terms of a sum or product, which libsbml has made a chain of pairs, deep on the left."""
    found: list[Any] = []
    while node.getType() == kind and node.getNumChildren() == 2:
        found.append(node.getChild(1))
        node = node.getChild(0)
    return [*(_children(node) if node.getType() == kind else [node]), *reversed(found)]


@dataclass
class _Reader:
    scope: Scope
    element: str
    line: int
    local: Mapping[str, str]

    def name(self, node: Any) -> Expression:
        name = node.getName()
        renamed = self.local.get(name)
        if renamed is not None:
            return symbol(renamed)
        if name not in self.scope.values:
            raise self.unknown(name)
        return symbol(name)

    def unknown(self, name: str) -> SBMLError:
        known = [*self.local, *self.scope.values]
        guess = nearest(name or "", known)
        if name in self.scope.functions:
            hint = "It is a function, and needs arguments."
        else:
            hint = f"Did you mean {guess!r}?" if guess else ""
        return SBMLError(
            f"its math has the id {name!r}, which stands for no value", self.element, self.line, hint
        )

    def apply(self, node: Any, kinds: Mapping[int, str], args: Args) -> Expression:
        kind = kinds.get(node.getType(), "")
        if kind == "FUNCTION":
            return self.call(node.getName(), args)
        lower = LOWERED.get(kind)
        if kind == "UNKNOWN" and not node.getName():
            raise SBMLError("its math is empty, or a part of it is", self.element, self.line)
        if kind.startswith("DISTRIB"):
            raise UnsupportedSBMLError(
                "its math draws random numbers (package distrib)", self.element, self.line,
                hint="Put the mean in place of the draw.",
            )  # fmt: skip
        if lower is None:
            what = node.getName() or kind.lower() or "unknown"
            raise UnsupportedSBMLError(f"its math has the operator {what!r}", self.element, self.line)
        try:
            return lower(args)
        except ValueError:
            raise SBMLError(
                f"its math has {kind.lower()} of {len(args)} arguments"
                if kind != "RATE_OF"
                else "its math has rateOf of something that is not one id",
                self.element,
                self.line,
            ) from None

    def call(self, name: str, args: Args) -> Expression:
        n_args = self.scope.functions.get(name)
        if n_args is None:
            guess = nearest(name or "", self.scope.functions)
            raise SBMLError(
                f"its math calls the function {name!r}, which is not defined",
                self.element,
                self.line,
                f"Did you mean {guess!r}?" if guess else "",
            )
        if n_args != len(args):
            raise SBMLError(
                f"its math calls {name!r} with {len(args)} arguments; it takes {n_args}",
                self.element,
                self.line,
            )
        return call(name, args)


def _integer(_: _Reader, node: Any) -> Expression:
    return number(node.getInteger())


def _real(_: _Reader, node: Any) -> Expression:
    return number(node.getReal())


def _scientific(_: _Reader, node: Any) -> Expression:
    # one rounding, as if written in one piece
    mantissa = node.getMantissa()
    return number(
        float(f"{mantissa!r}e{node.getExponent()}") if "e" not in repr(mantissa) else node.getReal()
    )


def _rational(_: _Reader, node: Any) -> Expression:
    return apply("div", number(node.getNumerator()), number(node.getDenominator()))


_LEAVES: dict[str, Callable[[_Reader, Any], Expression]] = {
    "NAME": _Reader.name,
    "INTEGER": _integer,
    "REAL": _real,
    "REAL_E": _scientific,
    "RATIONAL": _rational,
    "NAME_TIME": lambda *_: time(),
    "NAME_AVOGADRO": lambda *_: number(AVOGADRO),
    "CONSTANT_E": lambda *_: number(math.e),
    "CONSTANT_PI": lambda *_: number(math.pi),
    "CONSTANT_TRUE": lambda *_: number(1.0),
    "CONSTANT_FALSE": lambda *_: number(0.0),
}


@cache
def _kinds() -> dict[int, str]:
    """Node types of libsbml by number, under their names without the family's prefix."""
    import libsbml

    kinds: dict[int, str] = {}
    for name in dir(libsbml):
        if name.startswith("AST_"):
            short = name.removeprefix("AST_")
            for family in ("FUNCTION_", "LOGICAL_", "RELATIONAL_"):
                short = short.removeprefix(family)
            kinds[getattr(libsbml, name)] = short
    return kinds
