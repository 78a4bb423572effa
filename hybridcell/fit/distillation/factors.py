"""The parts of kinetic laws: how a rate depends on one substrate, and on one species beside it."""

from __future__ import annotations

from dataclasses import dataclass

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import total
from hybridcell.fit.distillation.law import LawConstant
from hybridcell.fit.distillation.scope import Scope, sym

#: Hill coefficients that are tried as numbers, which costs a constant less than a free one.
_WHOLE = (2, 3, 4)
_ONE = number(1.0)


@dataclass(frozen=True, eq=False)
class Factor:
    """One part of a law: what it is called, its formula, and its constants."""

    name: str
    math: Expression
    constants: tuple[LawConstant, ...] = ()


def substrate_factors(scope: Scope, s: str) -> dict[str, Factor]:
    """Return how a rate may depend on a substrate, by form."""
    x, k = sym(s), scope.half("Km", s)
    inhibiting = scope.half("Ki", s)
    squared = apply("div", apply("mul", x, x), sym(inhibiting))
    found = {
        "linear": Factor(f"first order in {s}", power(x, scope.substrates.get(s, 1.0))),
        "saturating": Factor(f"Michaelis-Menten in {s}", _share(x, sym(k)), (k,)),
        "inhibiting": Factor(
            f"substrate inhibition by {s}",
            apply("div", x, total([sym(k), x, squared])),
            (k, inhibiting),
        ),
    }
    for n, (text, exponent) in _exponents(scope, s).items():
        found[f"hill{n}"] = Factor(f"Hill ({text}) in {s}", *_hill(x, k, exponent))
    return found


def inhibited_substrate(scope: Scope, s: str, inhibitor: str) -> list[Factor]:
    """Return Michaelis-Menten forms in which an inhibitor changes the constants of a substrate."""
    x, k, ki = sym(s), scope.half("Km", s), scope.half("Ki", inhibitor)
    more = apply("add", _ONE, apply("div", sym(inhibitor), sym(ki)))
    what = "product inhibition" if inhibitor in scope.products else "competitive inhibition"
    competitive = apply("div", x, apply("add", apply("mul", sym(k), more), x))
    uncompetitive = apply("div", x, apply("add", sym(k), apply("mul", x, more)))
    main = f"Michaelis-Menten in {s}"
    return [
        Factor(f"{main}, {what} by {inhibitor}", competitive, (k, ki)),
        Factor(f"{main}, uncompetitive inhibition by {inhibitor}", uncompetitive, (k, ki)),
    ]


def modulations(scope: Scope, m: str) -> list[Factor]:
    """Return how a rate may depend on something that it does not consume."""
    x, ka, ki = sym(m), scope.half("Ka", m), scope.half("Ki", m)
    gain = scope.constant("gain", m, kind="K")
    found = [
        Factor(f"first order in {m}", x),
        Factor(f"essential activation by {m}", _share(x, sym(ka)), (ka,)),
        Factor(
            f"nonessential activation by {m}",
            apply("add", _ONE, apply("mul", sym(gain), _share(x, sym(ka)))),
            (gain, ka),
        ),
        Factor(f"noncompetitive inhibition by {m}", _share(sym(ki), x), (ki,)),
    ]
    for text, exponent in _exponents(scope, m).values():
        found.append(Factor(f"Hill activation ({text}) by {m}", *_hill(x, ka, exponent)))
        math, constants = _hill(x, ki, exponent, falling=True)
        found.append(Factor(f"Hill inhibition ({text}) by {m}", math, constants))
    return found


def _exponents(scope: Scope, s: str) -> dict[str, tuple[str, LawConstant | int]]:
    whole = {str(n): (f"n = {n}", n) for n in _WHOLE}
    return {**whole, "": ("free n", scope.exponent(s))}


def _hill(
    x: Expression, k: LawConstant, exponent: LawConstant | int, *, falling: bool = False
) -> tuple[Expression, tuple[LawConstant, ...]]:
    n = number(exponent) if isinstance(exponent, int) else sym(exponent)
    rising, level = apply("pow", x, n), apply("pow", sym(k), n)
    own = () if isinstance(exponent, int) else (exponent,)
    return (_share(level, rising) if falling else _share(rising, level)), (k, *own)


def _share(a: Expression, b: Expression) -> Expression:
    """Return a / (a + b)."""
    return apply("div", a, apply("add", a, b))


def power(x: Expression, n: float) -> Expression:
    """Return x to the n."""
    return x if n == 1 else apply("pow", x, number(n))
