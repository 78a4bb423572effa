"""Which states can fall below zero, by the form of their laws."""

import pytest

import hybridcell as hc
from hybridcell.mechanisms.reactions.signs import signed


def found(text):
    equations = hc.read_sbml(f"model one\n{text}\nend").equations
    return {name for name, flag in zip(equations.states, signed(equations)) if flag}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("S -> P; k*S - r*P; S = 1; P = 0; k = 1; r = 1", set()),
        ("S -> P; v*(S - P/q)/(m + S + P); S = 1; P = 0; v = 1; q = 2; m = 1", set()),
        ("-> x; S - 1; x = 0; S = 1; S' = -S", {"x"}),
        ("x -> ; 1 - S; x = 0; S = 1; S' = -S", {"x"}),
        ("S -> ; k; S = 1; k = 1", {"S"}),  # a flux that goes on when nothing is left
        ("S -> ; k*S; -> S; max(1 - S, 0); S = 1; k = 1", set()),
        ("x = 0; x' = S - x; y = 0; y' = x; z = 0; z' = x^2 - z; S = 1; S' = -S", set()),
        ("x = 0; x' = S - 1; y = 0; y' = x; z = 0; z' = x^2 - z; S = 1; S' = -S", {"x", "y"}),
        (
            "x = 0; x' = -2*time; y = 0; y' = sin(time); z = 0; z' = exp(-y); S = 1; S' = S/(1 - S)",
            {"x", "y"},
        ),
        ("x = 0; x' = piecewise(-1, time > 2, 1); y = 0; y' = (y > 1)*ln(2); S = 1; S' = abs(y)", {"x", "y"}),
        ("N = 1; N' = N*(1 - N/3); x = 0; x' = -sqrt(N)", {"x"}),
    ],
)
def test_the_form_of_laws_tells(text, wanted):
    assert found(text) == wanted
