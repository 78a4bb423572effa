"""Ids that Antimony can read: it has words of its own, one namespace, and no local parameters."""

from __future__ import annotations

from hybridcell._core.expressions import Expression, symbol
from hybridcell._core.expressions.expression import call, rewrite
from hybridcell._core.expressions.text import to_text
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of, new_id

#: Words of the language and its functions.
_TEXT = """
    DNA after algebraic and area at avogadro begin compartment const constraint delete end event exponentiale
    ext extent formula function gene has implies import in interaction is length maximize minimize model
    module not operator or pi reaction species substance substanceOnly time time_unit uniform unit unset var
    volume xor lambda
    abs acos acosh acot acoth acsc acsch arccos arccosh arccot arccoth arccsc arccsch arcsec arcsech arcsin
    arcsinh arctan arctanh asec asech asin asinh atan atanh bernoulli binomial cauchy ceil ceiling chisquare
    cos cosh cot coth csc csch delay divide eq equals exp exponential factorial floor gamma geq gt laplace leq
    ln log log10 lognormal lt max min minus neq normal piecewise plus poisson pow power quotient rateOf
    rayleigh rem root sec sech sin sinh sqr sqrt tan tanh times truncatedNormal
"""
_WORDS = frozenset(_TEXT.split())
#: Words in any case.
_CONSTANTS = ("true", "false", "inf", "infinity", "nan", "notanumber")


class AntimonyNames:
    """Antimony's id for each id of a network; a local parameter ``v1.k`` becomes ``v1_k``."""

    def __init__(self, definition: e.Definition):
        self._given: dict[str, str] = {}
        local = [p.id for r in definition.reactions for p in r.local_parameters]
        ids = [sid for sid in ids_of(definition) if sid != definition.id]
        # those that can stay as they are first, so that nothing else takes their names
        taken = {sid for sid in ids if not _is_word(sid)}
        for sid in ids:
            self._given[sid] = sid if sid in taken else new_id(f"{sid}_", taken)
        for sid in local:
            self._given[sid] = new_id(sid.replace(".", "_"), taken)
        self.model = new_id(_plain(definition.id or "network"), taken)
        self._units = {u.id: new_id(_plain(u.id), taken) for u in definition.units}

    def __getitem__(self, sid: str) -> str:
        return self._given[sid]

    def unit(self, sid: str) -> str:
        """Return the name of a unit; base units and those of the whole model keep theirs."""
        return self._units.get(sid, sid)

    def text(self, expression: Expression) -> str:
        """Return a formula."""
        return self._text(expression, self._given)

    def function(self, f: e.FunctionDefinition) -> tuple[list[str], str]:
        """Return the arguments of a function and its body."""
        taken: set[str] = set()
        arguments = {name: new_id(_plain(name), taken) for name in f.arguments}
        return list(arguments.values()), "" if f.body is None else self._text(f.body, arguments)

    def _text(self, expression: Expression, names: dict[str, str]) -> str:
        def change(node: Expression, args: tuple[Expression, ...]) -> Expression | None:
            if node.op == "symbol":
                return symbol(names.get(str(node.value), str(node.value)))
            return call(self._given[str(node.value)], args) if node.op == "call" else None

        return to_text(rewrite([expression], change)[expression])


def _plain(sid: str) -> str:
    return f"{sid}_" if _is_word(sid) else sid


def _is_word(sid: str) -> bool:
    return sid in _WORDS or sid.casefold() in _CONSTANTS
