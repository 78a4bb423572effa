"""The envelopes of CellBox as expressions."""

from __future__ import annotations

from hybridcell._core.expressions import Expression, apply, number

_ONE = number(1.0)


def envelope_expression(envelope: str, power: float, s: Expression) -> Expression:
    """Return phi(s); see `cellbox.envelope.apply_envelope`."""
    if envelope == "tanh":
        return apply("tanh", s)
    if envelope == "linear":
        return s
    if envelope == "clip":
        return apply("max", number(-1.0), apply("min", _ONE, s))
    if envelope == "hill":
        above = apply("max", apply("add", s, _ONE), number(0.0))
        raised = apply("pow", above, number(power))
        return apply("sub", _ONE, apply("div", number(2.0), apply("add", _ONE, raised)))
    size = apply("abs", s)
    below = apply("add", _ONE, apply("pow", size, number(power)))
    return apply("div", apply("mul", s, apply("pow", size, number(power - 1))), below)
