"""A multilayer perceptron written as formulas over ids: what a neural piece of a reaction network is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import total
from hybridcell._core.hole import Expansion, FreeNumber
from hybridcell._core.number_checks import is_whole
from hybridcell._core.parameter import Freedom
from hybridcell.neural.perceptron import ACTIVATIONS

TRANSFORMS = ("log", "linear", "saturating")
#: Below this share of its scale a logarithmic input sees nothing: zero is a place like others.
_SMALL = 0.01
#: Size of the last layer's weights at the start where a sign is fixed: from 0 they could not leave.
_FAINT = 0.01
#: Priors of weights, narrow in the last layer: what is not in the data stays close to the linear part.
_PRIOR = ("normal", 0.0, 1.0)
_HIDDEN, _LAST = ("normal", 0.0, 0.7), ("normal", 0.0, 0.5)


@dataclass(frozen=True, kw_only=True)
class Multilayer:
    """Hidden layers and how inputs enter them.

    Attributes
    ----------
    width, depth : int
        Hidden units per layer, hidden layers. Width 0: linear in the transformed inputs.
    activation : str
    transform : str
        "log": ln(x / scale + 0.01); "linear": x / scale; "saturating": x / (x + scale).
    increasing, decreasing : tuple of str
        Inputs in which every output is monotonic.
    bound : float or None
        Largest absolute value of an output: bound tanh(z / bound).
    output_bias : bool
    seed : tuple of int
        Decides the first weights.
    """

    width: int
    depth: int
    activation: str
    transform: str
    increasing: tuple[str, ...] = ()
    decreasing: tuple[str, ...] = ()
    bound: float | None = None
    output_bias: bool = True
    seed: tuple[int, ...]

    def __post_init__(self) -> None:
        whole = all(is_whole(size) for size in (self.width, self.depth))
        if not whole or self.width < 0 or self.depth < 1:
            raise InvalidValueError(
                f"width is {self.width} and depth {self.depth}; wanted whole numbers, width >= 0 and "
                "depth >= 1."
            )
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("transform", self.transform, TRANSFORMS)
        if self.bound is not None and not 0 < self.bound < np.inf:
            raise InvalidValueError(f"bound is {self.bound}; wanted a positive number, or None.")
        both = sorted({*self.increasing} & {*self.decreasing})
        if both:
            raise InvalidValueError(f"{both[0]!r} is named as increasing and as decreasing; wanted one.")

    def expand(self, prefix: str, inputs: Mapping[str, tuple[Expression, Expression]], n: int) -> Expansion:
        """Return the network with n outputs; `inputs` are values and scales by id."""
        signs = [1 if id in self.increasing else -1 if id in self.decreasing else 0 for id in inputs]
        entered = [_transformed(self.transform, x, scale) for x, scale in inputs.values()]
        values = entered
        sizes = (len(values), *((self.width,) * self.depth if self.width else ()), n)
        rng = np.random.default_rng(self.seed)
        numbers: list[FreeNumber] = []
        units: list[tuple[str, Expression]] = []
        outputs: list[str] = []
        for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
            last = layer == len(sizes) - 1
            drawn = rng.normal(size=(n_out, n_in)) / np.sqrt(n_in)
            offsets = np.zeros(n_out) if last else 0.5 * rng.normal(size=n_out)
            # only the first layer knows which input is which; behind it all weights keep the sign
            fixed = signs if layer == 1 else [int(any(signs))] * n_in
            names = [f"{prefix}_w{layer}_{{}}_{i + 1}" for i in range(n_in)]
            table = [
                [_weight(name.format(j + 1), drawn[j, i], sign, last=last, n=n_in) for j in range(n_out)]
                for i, (name, sign) in enumerate(zip(names, fixed))
            ]
            read = list(zip(values, fixed))
            if last and self.width:
                table += _skip(prefix, n_out, signs)
                read += list(zip(entered, signs))
            # input by input, so that the columns of the matrix stand side by side
            numbers += [weight for row in table for weight in row]
            results = []
            for j in range(n_out):
                terms = [_term(row[j], value, sign) for row, (value, sign) in zip(table, read)]
                if not last or self.output_bias:
                    bias = f"{prefix}_b{layer}_{j + 1}"
                    numbers.append(FreeNumber(id=bias, value=offsets[j], freedom=Freedom(prior=_PRIOR)))
                    terms.append(symbol(bias))
                unit = f"{prefix}_h{layer}_{j + 1}" if not last else f"{prefix}_{j + 1}" if n > 1 else prefix
                formula = total(terms)
                shaped = _limited(formula, self.bound) if last else activation(self.activation, formula)
                units.append((unit, shaped))
                results.append(unit)
            values = [symbol(unit) for unit in results]
            outputs = results
        return Expansion(numbers=tuple(numbers), units=tuple(units), outputs=tuple(outputs))


def activation(name: str, z: Expression) -> Expression:
    """Return an activation of z as a formula that does not overflow."""
    if name == "tanh":
        return apply("tanh", z)
    if name == "sigmoid":
        half = apply("tanh", apply("mul", number(0.5), z))
        return apply("mul", number(0.5), apply("add", number(1.0), half))
    if name == "softplus":
        tail = apply("exp", apply("neg", apply("abs", z)))
        return apply("add", apply("max", z, number(0.0)), apply("ln", apply("add", number(1.0), tail)))
    return z


def _limited(z: Expression, bound: float | None) -> Expression:
    if bound is None:
        return z
    limit = number(bound)
    return apply("mul", limit, apply("tanh", apply("div", z, limit)))


def seed_of(key: PRNGKeyArray) -> tuple[int, ...]:
    """Return the numbers of a key."""
    try:
        data = jax.random.key_data(key)
    except TypeError:
        raise InvalidValueError(
            f"key is {key!r:.40}; wanted a key of JAX, such as jax.random.key(0)."
        ) from None
    return tuple(int(v) for v in np.asarray(data).ravel())


def distinct(what: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; refuse a bare string and a name that stands twice."""
    if isinstance(names, str):
        raise InvalidValueError(f"{what} is a single string; wanted a list of names, such as [{names!r}].")
    found = tuple(map(str, names))
    for name in found:
        if found.count(name) > 1:
            raise InvalidValueError(f"{what} has {name!r} twice; wanted every name once.")
    return found


def among(what: str, names: Sequence[str], inputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return names, all of which must be inputs."""
    found = distinct(what, names)
    for name in found:
        if inputs is not None and name not in inputs:
            raise InvalidValueError(f"{what} names {name!r}, which is not an input; inputs: {list(inputs)}.")
    return found


def _transformed(transform: str, x: Expression, scale: Expression) -> Expression:
    if transform == "linear":
        return x if scale.is_number else apply("div", x, scale)
    above = apply("max", x, number(0.0))
    if transform == "saturating":
        return apply("div", above, apply("add", above, scale))
    return apply("ln", apply("add", apply("div", above, scale), number(_SMALL)))


def _term(weight: FreeNumber, value: Expression, sign: int) -> Expression:
    term = apply("mul", symbol(weight.id), value)
    return apply("neg", term) if sign < 0 else term


def _skip(prefix: str, n_out: int, signs: Sequence[int]) -> list[list[FreeNumber]]:
    """Return the linear part of the outputs: on logarithmic inputs a power law, which extrapolates well."""
    found = []
    for i, sign in enumerate(signs):
        row = [_weight(f"{prefix}_l_{j + 1}_{i + 1}", 0.0, sign, last=True, n=1) for j in range(n_out)]
        wide = [w if sign else FreeNumber(id=w.id, value=w.value, freedom=Freedom(prior=_PRIOR)) for w in row]
        found.append(wide)
    return found


def _weight(id: str, drawn: float, sign: int, *, last: bool, n: int) -> FreeNumber:
    if sign:
        # positive by its transform; a log-normal prior around the usual size
        value = _FAINT / n if last else abs(drawn) + _FAINT
        return FreeNumber(
            id=id, value=value, freedom=Freedom(transform="log", prior=("log-normal", -1.0, 1.5))
        )
    return FreeNumber(id=id, value=0.0 if last else drawn, freedom=Freedom(prior=_LAST if last else _HIDDEN))
