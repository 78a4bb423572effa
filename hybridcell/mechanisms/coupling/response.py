"""Responses of nodes, and the factors that they stand for, as expressions."""

from __future__ import annotations

import math

from hybridcell._core.expressions import Expression, apply, number
from hybridcell.data.response_scale import BASES

#: Below this share of its reference something counts as this share: a logarithm must stay finite, and a
#: relative change of less than -1 leaves nothing.
LEAST = 1e-6


def response_expression(share: Expression, scale: str) -> Expression:
    """Return the response of what is at a share of its reference; see `data.response_scale`."""
    if scale == "linear":
        return apply("sub", share, number(1.0))
    natural = apply("ln", share)
    return natural if scale == "ln" else apply("div", natural, number(math.log(BASES[scale])))


def factor_expression(response: Expression, scale: str) -> Expression:
    """Return the factor that a response stands for, above 0."""
    if scale == "linear":
        return apply("max", apply("add", number(1.0), response), number(LEAST))
    return apply("exp", response) if scale == "ln" else apply("pow", number(BASES[scale]), response)
