"""What each operator computes on arrays, and its partial derivatives: the one table that both programs use.

Derivatives stay finite at the edge of an operator's domain: sqrt and x^a at 0, exp where it overflows, asin
at 1, factorials at their poles have slope 0 there instead of infinity, so that a term with weight 0 never
makes NaN, in derivatives of any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.scipy import special
from jaxtyping import Array

Partials: TypeAlias = tuple["Array | None", ...]

#: What stands in for the first or second argument where a branch is not taken: a place where nothing is
#: singular.
SAFE: dict[str, tuple[float | None, ...]] = {
    "div": (None, 1.0),
    "pow": (1.0, None),
    "reciprocal_power": (1.0,),
    "exp": (0.0,),
    "ln": (1.0,),
    "log10": (1.0,),
    "sqrt": (1.0,),
    "factorial": (1.0,),
    "digamma": (1.0,),
    "tan": (0.0,),
    "asin": (0.0,),
    "acos": (0.0,),
    "sinh": (0.0,),
    "cosh": (0.0,),
    "acosh": (2.0,),
    "atanh": (0.0,),
    "quotient": (None, 1.0),
    "rem": (None, 1.0),
}

_LARGEST_EXPONENT = 709.0  # of exp in float64
_LARGEST_SLOPE = 1e300
_LARGEST_FLOAT = 1.7e308


def truth(condition: Array) -> Array:
    """Return a boolean array as the numbers 0 and 1."""
    return jnp.where(condition, 1.0, 0.0)


def _exp(a: Array) -> Array:
    overflows = a > _LARGEST_EXPONENT
    return jnp.where(overflows, jnp.inf, jnp.exp(jnp.where(overflows, 0.0, a)))


def _sqrt(a: Array) -> Array:
    zero = a == 0
    return jnp.where(zero, 0.0, jnp.sqrt(jnp.where(zero, 1.0, a)))


def _inside(one_minus_square: Array) -> Array:
    """Return 1 / sqrt, 0 at the end of the domain."""
    edge = one_minus_square == 0
    return jnp.where(edge, 0.0, 1.0 / jnp.sqrt(jnp.where(edge, 1.0, one_minus_square)))


@jax.custom_jvp
def power(a: Array, b: Array) -> Array:
    """a ** b, whose derivatives are finite at a = 0."""
    return jnp.power(a, b)


@jax.custom_jvp
def finite_power(a: Array, b: Array) -> Array:
    """a ** b with 0 instead of infinity at a = 0: what derivatives of `power` are made of."""
    edge = (a == 0) & (b < 0)
    return jnp.where(
        edge, 0.0, jnp.clip(jnp.power(jnp.where(edge, 1.0, a), b), -_LARGEST_SLOPE, _LARGEST_SLOPE)
    )


def power_partials(a: Array, b: Array) -> tuple[Array, Array]:
    """Return d/da and d/db of a ** b."""
    logarithm = jnp.where(a > 0, jnp.log(jnp.where(a > 0, a, 1.0)), 0.0)
    return b * finite_power(a, b - 1.0), finite_power(a, b) * logarithm


def _power_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array], function: Callable) -> tuple:
    da, db = power_partials(*primals)
    return function(*primals), da * tangents[0] + db * tangents[1]


power.defjvp(lambda primals, tangents: _power_jvp(primals, tangents, power))
finite_power.defjvp(lambda primals, tangents: _power_jvp(primals, tangents, finite_power))


def _is_pole(x: Array) -> Array:
    """Tell where Gamma(x) has a pole."""
    return (x <= 0) & (x == jnp.floor(x))


def _sine_of_turns(a: Array) -> Array:
    """Return sin(pi a), exact near its zeros; 1 at them."""
    whole = jnp.round(a)
    sign = jnp.where(whole % 2 == 0, 1.0, -1.0)
    return jnp.where(a == whole, 1.0, sign * jnp.sin(jnp.pi * (a - whole)))


@jax.custom_jvp
def factorial(a: Array) -> Array:
    """Gamma(a + 1); NaN for negative integers, of which SBML defines none."""
    # by reflection where gammaln has lost the sign
    positive = jnp.exp(special.gammaln(jnp.where(a > -1, a, -1.0 - a) + 1.0))
    rounded = jnp.where((a == jnp.floor(a)) & (a >= 0) & (a < 23), jnp.round(positive), positive)
    reflected = -jnp.pi / (_sine_of_turns(a) * positive)
    return jnp.where((a < 0) & _is_pole(a), jnp.nan, jnp.where(a > -1, rounded, reflected))


@jax.custom_jvp
def digamma(a: Array) -> Array:
    """The derivative of ln Gamma(a), whose own derivative is right and finite for negative numbers, too."""
    # versions of JAX differ at 0: -inf in some
    return jnp.where(_is_pole(a), jnp.nan, special.digamma(a))


def _digamma_slope(a: Array) -> Array:
    pole, negative = _is_pole(a), a < 0
    # by reflection, as the series is that of positive numbers
    positive = special.polygamma(1, jnp.where(pole, 1.0, jnp.where(negative, 1.0 - a, a)))
    reflected = (jnp.pi / _sine_of_turns(a)) ** 2 - positive
    return jnp.where(pole, 0.0, jnp.where(negative, reflected, positive))


digamma.defjvp(lambda primals, tangents: (digamma(*primals), _digamma_slope(*primals) * tangents[0]))


def _factorial_slope(a: Array, f: Array) -> Array:
    known = jnp.isfinite(f)
    slope = jnp.where(known, f, 0.0) * digamma(jnp.where(known, a, 0.0) + 1.0)
    return jnp.clip(slope, -_LARGEST_FLOAT, _LARGEST_FLOAT)


@factorial.defjvp
def _factorial_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    value = factorial(*primals)
    return value, _factorial_slope(*primals, value) * tangents[0]


def _quotient(a: Array, b: Array) -> Array:
    return jnp.trunc(a / b)


def _rem(a: Array, b: Array) -> Array:
    return jnp.fmod(a, b)


#: Operator -> value.
VALUES: dict[str, Callable[..., Array]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "abs": jnp.abs,
    "min": jnp.minimum,
    "max": jnp.maximum,
    "lt": lambda a, b: truth(a < b),
    "le": lambda a, b: truth(a <= b),
    "gt": lambda a, b: truth(a > b),
    "ge": lambda a, b: truth(a >= b),
    "eq": lambda a, b: truth(a == b),
    "ne": lambda a, b: truth(a != b),
    "and": lambda a, b: truth((a != 0) & (b != 0)),
    "or": lambda a, b: truth((a != 0) | (b != 0)),
    "xor": lambda a, b: truth((a != 0) ^ (b != 0)),
    "not": lambda a: truth(a == 0),
    "if": lambda a, b, c: jnp.where(a != 0, b, c),
    "floor": jnp.floor,
    "ceil": jnp.ceil,
    "quotient": _quotient,
    "rem": _rem,
    "pow": power,
    "exp": _exp,
    "ln": jnp.log,
    "sqrt": _sqrt,
    "log10": jnp.log10,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "factorial": factorial,
    "digamma": digamma,
}

#: Operator -> partial derivative for each argument, from the arguments and the value; None where it is 0.
#: Operators that are not here are steps: constant between their jumps.
PARTIALS: dict[str, Callable[..., Partials]] = {
    "add": lambda a, b, f: (jnp.ones_like(f), jnp.ones_like(f)),
    "sub": lambda a, b, f: (jnp.ones_like(f), -jnp.ones_like(f)),
    "mul": lambda a, b, f: (b, a),
    "div": lambda a, b, f: (1.0 / b, -f / b),
    "neg": lambda a, f: (-jnp.ones_like(f),),
    "abs": lambda a, f: (jnp.sign(a),),
    "min": lambda a, b, f: (truth(a <= b), truth(a > b)),
    "max": lambda a, b, f: (truth(a >= b), truth(a < b)),
    "if": lambda a, b, c, f: (None, truth(a != 0), truth(a == 0)),
    "rem": lambda a, b, f: (jnp.ones_like(f), -_quotient(a, b)),
    "pow": lambda a, b, f: power_partials(a, b),
    "exp": lambda a, f: (jnp.where(a > _LARGEST_EXPONENT, 0.0, f),),
    "ln": lambda a, f: (1.0 / a,),
    "log10": lambda a, f: (1.0 / (a * jnp.log(10.0)),),
    "sqrt": lambda a, f: (jnp.where(a == 0, 0.0, 0.5 / jnp.where(a == 0, 1.0, f)),),
    "sin": lambda a, f: (jnp.cos(a),),
    "cos": lambda a, f: (-jnp.sin(a),),
    "tan": lambda a, f: (1.0 + f * f,),
    "asin": lambda a, f: (_inside(1.0 - a * a),),
    "acos": lambda a, f: (-_inside(1.0 - a * a),),
    "atan": lambda a, f: (1.0 / (1.0 + a * a),),
    "sinh": lambda a, f: (jnp.cosh(a),),
    "cosh": lambda a, f: (jnp.sinh(a),),
    "tanh": lambda a, f: (1.0 - f * f,),
    "asinh": lambda a, f: (1.0 / jnp.sqrt(a * a + 1.0),),
    "acosh": lambda a, f: (_inside(a * a - 1.0),),
    "atanh": lambda a, f: (1.0 / (1.0 - a * a),),
    "factorial": lambda a, f: (_factorial_slope(a, f),),
    "digamma": lambda a, f: (_digamma_slope(a),),
}

#: Operators by code: first those that nearly every network needs, then the expensive rest.
COMMON: tuple[str, ...] = tuple(VALUES)[: tuple(VALUES).index("sqrt") + 1]
CODES: tuple[str, ...] = tuple(VALUES)
