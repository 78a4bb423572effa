"""The grammar of PEtab formulas, read by precedence with stacks of our own: no formula is too deep.

From the tightest: ``^`` (binds to the right), signs and ``!``, ``*`` and ``/``, ``+`` and ``-``, comparisons,
``&&`` and ``||`` (which are equal, unlike in C). So ``-2^4`` is -16 and ``2^-1`` is 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from hybridcell._core.errors import nearest
from hybridcell._core.expressions import Expression, apply, number, symbol, time
from hybridcell.io.petab.errors import PetabMathError
from hybridcell.io.petab.math.functions import FUNCTIONS, takes
from hybridcell.io.petab.math.tokens import Token, tokens

#: Binary operator -> operation, how tightly it binds.
_BINARY = {
    "^": ("pow", 6), "**": ("pow", 6), "*": ("mul", 4), "/": ("div", 4), "+": ("add", 3), "-": ("sub", 3),
    "<": ("lt", 2), "<=": ("le", 2), ">": ("gt", 2), ">=": ("ge", 2), "==": ("eq", 2), "!=": ("ne", 2),
    "&&": ("and", 1), "||": ("or", 1),
}  # fmt: skip
_PREFIX = {"-": "neg", "+": "", "!": "not"}
_PREFIX_BINDS = 5
_CONSTANTS = {"true": 1.0, "false": 0.0, "inf": float("inf"), "nan": float("nan"), "NaN": float("nan")}


@dataclass
class _Open:
    """An operator or an open parenthesis that waits for its end."""

    token: Token
    op: str  # operation, "" for the sign +, "(" for a parenthesis, or the name of a function
    binds: int  # 0: a parenthesis or a function
    is_prefix: bool = False
    is_call: bool = False
    args: list[Expression] = field(default_factory=list)


@lru_cache(maxsize=4096)
def parse_math(text: str) -> Expression:
    """Read a formula.

    Parameters
    ----------
    text
        A formula of PEtab version 2; also one of version 1 (``**`` is read as ``^``). Ids become
        ``symbol(id)``, ``time`` becomes the time, ``true`` and ``false`` 1 and 0.

    Raises
    ------
    PetabMathError
        It names the character and what was expected there.
    """
    return _Parser(text).run()


class _Parser:
    def __init__(self, text: str):
        self.text = text
        self.values: list[Expression] = []
        self.open: list[_Open] = []

    def run(self) -> Expression:
        wants_value, skip = True, False
        found = tokens(self.text)
        for token, after in zip(found, found[1:] + found[-1:]):
            if skip:  # the parenthesis of a function
                skip = False
            elif not wants_value:
                wants_value = self.operator(token)
            elif token.kind == "name" and after.text == "(":
                self.open.append(self.function(token))
                skip = True
            else:
                wants_value = self.value(token)
        return self.values.pop()

    def fail(self, token: Token, expected: str) -> PetabMathError:
        got = repr(token.text) if token.text else "the end"
        return PetabMathError(self.text, token.column, f"expected {expected}, found {got}")

    def value(self, token: Token) -> bool:
        """Take a token where a value must begin; return whether one must still begin after it."""
        if token.kind in ("number", "name"):
            value = number(float(token.text)) if token.kind == "number" else _name(token.text)
            self.values.append(value)
            return False
        if token.text == "(":
            self.open.append(_Open(token, "(", 0))
            return True
        if token.text in _PREFIX:
            self.open.append(_Open(token, _PREFIX[token.text], _PREFIX_BINDS, is_prefix=True))
            return True
        raise self.fail(token, "a number, an id, a function or '('")

    def function(self, token: Token) -> _Open:
        if token.text not in FUNCTIONS:
            guess = nearest(token.text, FUNCTIONS)
            hint = f"; did you mean {guess!r}?" if guess else ""
            raise PetabMathError(self.text, token.column, f"there is no function {token.text!r}{hint}")
        return _Open(token, token.text, 0, is_call=True)

    def operator(self, token: Token) -> bool:
        """Take a token that follows a value; return whether a value must begin after it."""
        if token.text in _BINARY:
            op, binds = _BINARY[token.text]
            # only a power leaves an equal one before it open
            self.close(binds + 1 if op == "pow" else binds)
            self.open.append(_Open(token, op, binds))
            return True
        self.close(1)
        inner = self.open[-1] if self.open else None
        if token.kind == "end":
            if inner is not None:
                raise self.fail(token, f"')' for the '(' at character {inner.token.column}")
            return False
        if inner is None or token.text not in (")", ","):
            raise self.fail(token, "an operator" + (", ',' or ')'" if inner and inner.is_call else ""))
        if token.text == "," and not inner.is_call:
            raise self.fail(token, "an operator or ')'")
        if inner.is_call:
            inner.args.append(self.values.pop())
        if token.text == ",":
            return True
        self.open.pop()
        if inner.is_call:
            self.values.append(self.call(inner))
        return False

    def close(self, binds: int) -> None:
        """Compute the operators that wait and bind at least this tightly."""
        while self.open and self.open[-1].binds >= binds:
            waiting = self.open.pop()
            right = self.values.pop()
            if not waiting.is_prefix:
                self.values.append(apply(waiting.op, self.values.pop(), right))
            else:
                self.values.append(apply(waiting.op, right) if waiting.op else right)

    def call(self, waiting: _Open) -> Expression:
        make, count = FUNCTIONS[waiting.op]
        if not takes(count, waiting.args):
            plural = "" if count == "1" else "s"
            reason = f"{waiting.op!r} takes {count} argument{plural}, found {len(waiting.args)}"
            raise PetabMathError(self.text, waiting.token.column, reason)
        return make(*waiting.args)


def _name(name: str) -> Expression:
    if name in _CONSTANTS:
        return number(_CONSTANTS[name])
    return time() if name == "time" else symbol(name)
