"""Calls of a file's functions replaced by what the functions compute."""

from __future__ import annotations

from collections.abc import Sequence

from hybridcell._core.errors import SBMLError, nearest
from hybridcell._core.expressions import Expression, symbol
from hybridcell._core.expressions.expression import rewrite, substitute, walk
from hybridcell.mechanisms.reactions.elements import Element, FunctionDefinition
from hybridcell.mechanisms.reactions.resolve.memo import CircularError, Memo, Steps

#: Functions of functions of functions... can be exponentially long; those of the literature stay below 1,000.
_MOST_TERMS = 10_000


class Functions:
    """The functions of a file, each expanded once.

    Raises
    ------
    SBMLError
        If functions call each other in a circle, or call what does not exist.
    """

    def __init__(self, definitions: Sequence[FunctionDefinition]):
        self._definitions = {function.id: function for function in definitions}
        self._bodies = Memo(self._expanded)
        for function in definitions:
            if function.body is not None:
                self._body(function.id)

    def inline(self, root: Expression, owner: Element, what: str) -> Expression:
        """Return a term without calls. `owner` and `what` say in errors whose term it is."""
        called: dict[str, Expression] = {}
        for node in walk([root]):
            if node.op == "call":
                name = str(node.value)
                self._check(node, owner, what)
                called[name] = self._body(name)
        return self._replaced(root, called) if called else root

    def _body(self, name: str) -> Expression:
        try:
            return self._bodies[name]
        except CircularError as error:
            names = [str(name) for name in error.cycle]
            first = self._definitions[names[0]]
            raise SBMLError(
                f"functions call each other in a circle: {' -> '.join([*names, names[0]])}",
                first.id,
                first.line,
                "SBML has no recursion: write the function out, or use a rule.",
            ) from None

    def _expanded(self, name: str) -> Steps:
        function = self._definitions[name]
        body = function.body
        assert body is not None
        called: dict[str, Expression] = {}
        for node in walk([body]):
            if node.op == "call":
                self._check(node, function, "the function's body")
                called[str(node.value)] = yield node.value
        expanded = self._replaced(body, called)
        if called and sum(1 for _ in walk([expanded])) > _MOST_TERMS:
            raise SBMLError(
                f"the function, with the functions that it calls, has more than {_MOST_TERMS} terms",
                function.id,
                function.line,
                "Write it as assignment rules, each of which is computed once.",
            )
        return expanded

    def _replaced(self, root: Expression, bodies: dict[str, Expression]) -> Expression:
        def change(node: Expression, args: tuple[Expression, ...]) -> Expression | None:
            if node.op != "call":
                return None
            name = str(node.value)
            formal = map(symbol, self._definitions[name].arguments)
            return substitute(bodies[name], dict(zip(formal, args)))

        return rewrite([root], change)[root]

    def _check(self, node: Expression, owner: Element, what: str) -> None:
        name = str(node.value)
        function = self._definitions.get(name)
        if function is None:
            guess = nearest(name, self._definitions)
            hint = f"Did you mean {guess!r}?" if guess else "Add its function definition to the file."
            raise SBMLError(f"{what} calls an unknown function {name!r}", owner.id, owner.line, hint)
        if function.body is None:
            raise SBMLError(
                f"{what} calls {name!r}, which has no math",
                owner.id,
                owner.line,
                "Give the function a lambda.",
            )
        if len(node.args) != len(function.arguments):
            raise SBMLError(
                f"{what} calls {name!r} with {len(node.args)} arguments; it takes {len(function.arguments)}",
                owner.id,
                owner.line,
                f"Call {name}({', '.join(function.arguments)}).",
            )
