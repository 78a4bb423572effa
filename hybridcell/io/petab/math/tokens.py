"""Tokens of PEtab formulas."""

from __future__ import annotations

import re
from typing import NamedTuple

from hybridcell.io.petab.errors import PetabMathError


class Token(NamedTuple):
    """A piece of a formula: "number", "name", "operator" or "end"."""

    kind: str
    text: str
    column: int


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    # ** is not of PEtab, but version 1 formulas were read by a program that allowed it
    r"|(?P<operator>\*\*|&&|\|\||<=|>=|==|!=|[-+*/^(),<>!])"
)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a formula, the last one of kind "end".

    Raises
    ------
    PetabMathError
        At a character that belongs to no token.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PetabMathError(text, at + 1, f"{text[at]!r} has no meaning in a formula")
        kind = str(match.lastgroup)
        if kind == "number" and found and _touches(found[-1], at):
            raise PetabMathError(text, at + 1, f"expected an operator before {match.group()!r}")
        if kind != "space":
            found.append(Token(kind, match.group(), at + 1))
        at = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found


def _touches(before: Token, at: int) -> bool:
    # "1.2.3" would otherwise be two numbers
    return before.kind == "number" and before.column - 1 + len(before.text) == at
