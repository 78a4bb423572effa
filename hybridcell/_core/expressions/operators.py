"""The operators of expressions: their names, their number of arguments and what they compute.

Booleans are the numbers 0 and 1, so that a comparison can be multiplied and a number can be a condition, as
SBML Level 3 Version 2 allows.
"""

from __future__ import annotations

#: Leaves: no arguments, a value instead. `symbol` is an id whose meaning is not settled yet; `state` and
#: `constant` are entries of x and p.
LEAVES = ("number", "symbol", "state", "constant", "time")

#: Operator -> number of arguments. Anything else of MathML is written with these (sec x = 1 / cos x).
ARITY: dict[str, int] = {
    "add": 2,
    "sub": 2,
    "mul": 2,
    "div": 2,
    "pow": 2,
    "neg": 1,
    "abs": 1,
    "exp": 1,
    "ln": 1,
    "log10": 1,
    "sqrt": 1,
    "floor": 1,
    "ceil": 1,
    "factorial": 1,  # of x: Gamma(x + 1), not a number for negative integers
    "digamma": 1,  # only as the derivative of factorial
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "asin": 1,
    "acos": 1,
    "atan": 1,
    "sinh": 1,
    "cosh": 1,
    "tanh": 1,
    "asinh": 1,
    "acosh": 1,
    "atanh": 1,
    "min": 2,
    "max": 2,
    "quotient": 2,  # truncated towards zero
    "rem": 2,  # sign of the dividend
    "lt": 2,
    "le": 2,
    "gt": 2,
    "ge": 2,
    "eq": 2,
    "ne": 2,
    "and": 2,
    "or": 2,
    "xor": 2,
    "not": 1,
    "if": 3,  # condition, then, else; a piecewise is a chain of these, its missing "otherwise" NaN
    "delay": 2,  # the first argument's value, the second argument's time ago
    "rate_of": 1,  # d/dt of a symbol; gone once a network is resolved
    # "call" has any number of arguments and the function's id as its value; gone once a network is resolved
}

RELATIONS = ("lt", "le", "gt", "ge", "eq", "ne")
LOGIC = ("and", "or", "xor", "not")
