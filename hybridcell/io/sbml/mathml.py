"""Formulas as MathML text.

libsbml writes numbers with 15 digits, which is not enough to give the same bits; so the text is made here,
and libsbml reads and checks it.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hybridcell._core.errors import InvalidValueError


def number(value: float) -> str:
    """Return a number with the digits that give back its bits.

    Without exponent: readers compute mantissa and power of ten apart, and round twice.
    """
    value = float(value)
    if not np.isfinite(value):
        raise InvalidValueError(f"A formula has the number {value}; only finite numbers are exported.")
    return f"<cn>{format(Decimal(repr(value)), 'f')}</cn>"


def symbol(name: str) -> str:
    """Return a reference to a variable."""
    return f"<ci>{name}</ci>"


def apply(operator: str, *arguments: str) -> str:
    """Return an operator of MathML (plus, times, tanh, ...) applied to formulas."""
    return f"<apply><{operator}/>{''.join(arguments)}</apply>"


def call(function: str, *arguments: str) -> str:
    """Return a function of the model applied to formulas."""
    return f"<apply>{symbol(function)}{''.join(arguments)}</apply>"


def total(terms: list[str]) -> str:
    """Return the sum of formulas, 0 for none."""
    if not terms:
        return number(0)
    return terms[0] if len(terms) == 1 else apply("plus", *terms)


def piecewise(pieces: list[tuple[str, str]], otherwise: str) -> str:
    """Return the value of the first piece (value, condition) whose condition holds."""
    inside = "".join(f"<piece>{value}{condition}</piece>" for value, condition in pieces)
    return f"<piecewise>{inside}<otherwise>{otherwise}</otherwise></piecewise>"


def math(formula: str) -> str:
    """Return a formula as a complete math element."""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{formula}</math>'
