"""Formulas that describe a rate without a mechanism behind them: power laws, and sparse regression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import product, total
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.law import Law, LawConstant
from hybridcell.fit.distillation.learned import LearnedRate
from hybridcell.fit.distillation.library import scaled_factor
from hybridcell.fit.distillation.scope import Scope, sym
from hybridcell.hybrid.formulas import evaluate

#: Terms of a sparse formula at most, and quantiles of an input at which it may bend.
_TERMS = 3
_BENDS = (0.2, 0.5, 0.8)
_EXPONENT = Freedom(prior=("normal", 0.0, 2.0), bounds=(-8.0, 8.0))


@dataclass(frozen=True, eq=False)
class _Feature:
    """A column of a regression, and the term that stands for it once its coefficient is a constant."""

    column: Float[np.ndarray, " n"]
    term: Callable[[LawConstant], Expression]
    wish: str
    constants: tuple[LawConstant, ...] = ()


def symbolic_laws(scope: Scope, learned: LearnedRate) -> list[Law]:
    """Return power laws in some inputs, and the formula that a sparse regression finds."""
    if (learned.rates * (-1 if scope.backward else 1) > 0).all():
        return [*_power_laws(scope), *_sparse_product(scope, learned)]
    return _sparse_sum(scope, learned)


def _power_laws(scope: Scope) -> list[Law]:
    ids = scope.inputs[:4]
    subsets = [some for size in range(1, len(ids) + 1) for some in combinations(ids, size)]
    return [_power_law(scope, some) for some in subsets]


def _power_law(scope: Scope, ids: Sequence[str]) -> Law:
    exponents = tuple(_exponent(scope, id, scope.substrates.get(id, 0.0)) for id in ids)
    rest = product(apply("pow", sym(id), sym(a)) for id, a in zip(ids, exponents))
    k = scaled_factor(scope, "k", rest, exponents)
    return Law(
        name=f"power law in {', '.join(ids)}",
        math=scope.directed(apply("mul", sym(k), rest)),
        constants=(k, *exponents),
        kind="symbolic",
    )


def _exponent(scope: Scope, id: str, value: float) -> LawConstant:
    wished = scope.constant("a", id, kind="n")
    return replace(wished, value=float(value), freedom=_EXPONENT)


def _sparse_product(scope: Scope, learned: LearnedRate) -> list[Law]:
    """Return k prod x^a prod (1 + x / K)^b with the few factors that describe the logarithm of the rate."""
    known = dict(learned.points)
    if any((known[id] <= 0).any() for id in scope.inputs):
        return []
    features: list[_Feature] = []
    for id in scope.inputs:
        a = _exponent(scope, id, 0.0)
        features.append(_Feature(np.log(known[id]), lambda c, id=id: apply("pow", sym(id), sym(c)), a.id))
        for place in _BENDS:
            bend = float(np.quantile(known[id], place))
            half = replace(scope.half("K", id), value=bend)
            math = apply("add", number(1.0), apply("div", sym(id), sym(half)))
            exponent = scope.constant("b", id, kind="n").id
            features.append(
                _Feature(
                    np.log1p(known[id] / bend),
                    lambda c, math=math: apply("pow", math, sym(c)),
                    exponent,
                    (half,),
                )
            )
    target = np.abs(learned.bent(learned.rates)) - np.log(2.0 / learned.size)
    scale = np.full_like(target, -1.0 if scope.backward else 1.0)
    chosen, values = _best_subset(learned, features, np.ones_like(target), target, scale)
    exponents = [LawConstant(id=f.wish, value=v, freedom=_EXPONENT) for f, v in zip(chosen, values[1:])]
    rest = product(f.term(c) for f, c in zip(chosen, exponents))
    own = tuple(c for f, e in zip(chosen, exponents) for c in (e, *f.constants))
    k = scaled_factor(scope, "k", rest, own)
    law = Law(
        name="sparse product",
        math=scope.directed(apply("mul", sym(k), rest)),
        constants=(k, *own),
        kind="symbolic",
    )
    return [law]


def _sparse_sum(scope: Scope, learned: LearnedRate) -> list[Law]:
    """Return the sum of a few terms, which may be negative."""
    monomials = [(("c_1",), number(1.0))]
    monomials += [(("c", id), sym(id)) for id in scope.inputs]
    pairs = [(a, b) for i, a in enumerate(scope.inputs) for b in scope.inputs[i:]]
    monomials += [(("c", a, b), apply("mul", sym(a), sym(b))) for a, b in pairs]
    features = [
        _Feature(
            np.broadcast_to(evaluate(math, learned.points), learned.rates.shape),
            lambda c, math=math: apply("mul", sym(c), math),
            scope.constant(*wish, kind="k").id,
        )
        for wish, math in monomials
    ]
    for id in scope.inputs:
        half = scope.half("K", id)
        math = apply("div", sym(id), apply("add", sym(half), sym(id)))
        column = learned.points[id] / (half.value + learned.points[id])
        wish = scope.constant("c_sat", id, kind="k").id
        features.append(_Feature(column, lambda c, math=math: apply("mul", sym(c), math), wish, (half,)))
    scale = np.sqrt(learned.size**2 + learned.rates**2)
    chosen, values = _best_subset(learned, features, None, learned.rates, scale)
    constants = []
    for f, v in zip(chosen, values):
        prior = ("normal", 0.0, 10 * abs(v))
        constants.append(LawConstant(id=f.wish, value=float(v), freedom=Freedom(prior=prior)))
    math = total(f.term(c) for f, c in zip(chosen, constants))
    own = tuple(c for f, e in zip(chosen, constants) for c in (e, *f.constants))
    return [Law(name="sparse sum", math=math, constants=own, kind="symbolic")]


def _best_subset(
    learned: LearnedRate,
    features: Sequence[_Feature],
    intercept: np.ndarray | None,
    target: Float[np.ndarray, " n"],
    scale: Float[np.ndarray, " n"],
) -> tuple[list[_Feature], np.ndarray]:
    """Return the few features that pay best for their constants, and coefficients, an intercept's first."""
    first = [] if intercept is None else [intercept]
    columns = np.stack([*first, *(f.column for f in features)], axis=1)
    matrix = learned.slope @ (columns / scale[:, None])
    wanted = learned.slope @ (target / scale) - learned.offset
    size = np.maximum(np.sqrt(np.sum(matrix**2, axis=0)), 1e-300)
    gram, shadow = (matrix / size).T @ (matrix / size), (matrix / size).T @ wanted
    price = float(np.log(learned.n_data))
    best: tuple[float, tuple[int, ...]] = (np.inf, ())
    for some in _subsets(features):
        at = [*range(len(first)), *(len(first) + i for i in some)]
        found = np.linalg.lstsq(gram[np.ix_(at, at)], shadow[at], rcond=1e-10)[0]
        count = sum(1 + len(features[i].constants) for i in some)
        score = float(wanted @ wanted - found @ shadow[at]) + price * count
        best = min(best, (score, some))
    at = [*range(len(first)), *(len(first) + i for i in best[1])]
    values = np.linalg.lstsq(matrix[:, at], wanted, rcond=1e-10)[0]
    return [features[i] for i in best[1]], values


def _subsets(features: Sequence[_Feature]) -> Iterator[tuple[int, ...]]:
    """Give sets of features of which no two share a coefficient's name."""
    for count in range(1, _TERMS + 1):
        for some in combinations(range(len(features)), count):
            if len({features[i].wish for i in some}) == count:
                yield some
