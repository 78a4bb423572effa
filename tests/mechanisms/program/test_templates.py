"""Shapes of expressions: what has one shape, what does not, and that shapes compute what they came from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import Expression, apply, constant, number, state, time
from hybridcell.mechanisms.interpreter.array_operations import ARRAY_OPERATIONS
from hybridcell.mechanisms.program.templates import Template, is_structural, make_template, structural_power
from tests.mechanisms.formula import evaluate

A, B, C, K = state("A"), state("B"), state("C"), constant("K")
VALUES: dict[Any, float] = {A: 0.7, B: 1.3, C: 0.2, K: 0.9}
NOW = 1.7
POWERS = {
    "integer_power": lambda base, exponent: base**exponent,
    "reciprocal_power": lambda base, exponent: base**-exponent,
    "number": lambda value: value,
}


def made(root: Expression) -> tuple[Template, list[Expression]]:
    return make_template(root, lambda node: not node.args)


def computed(template: Template, operands: list[float]) -> float:
    """Return the value of the last step, one step after the other."""
    worth: list[float] = []
    for op, references, value in template.steps:
        args = [operands[i] if i >= 0 else worth[~i] for i in references]
        if op in POWERS:
            worth.append(POWERS[op](*args, value))
        else:
            worth.append(float(ARRAY_OPERATIONS[op](*args)))
    return worth[-1]


leaves = st.sampled_from([A, B, C, K, time(), *map(number, (0.0, 1.0, -1.0, 0.37, 2.0))])
positive = st.sampled_from([A, B, K, time(), number(0.37)])
exponents = st.sampled_from([number(value) for value in (-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 2.5, 8.0, 9.0)])
powers = st.tuples(positive, exponents).map(lambda args: apply("pow", *args))
ops = st.sampled_from(["add", "sub", "mul", "min", "max"])


def combined(children: Any) -> Any:
    return st.one_of(
        st.tuples(ops, children, children).map(lambda given: apply(*given)),
        st.tuples(children, positive).map(lambda args: apply("div", *args)),
        children.map(lambda arg: apply("neg", arg)),
        powers,
    )


terms = st.recursive(st.one_of(leaves, powers), combined, max_leaves=10).filter(lambda term: bool(term.args))


@settings(max_examples=30, deadline=None)
@given(terms)
def test_a_template_computes_the_term_that_it_is_the_shape_of(term: Expression) -> None:
    template, operands = made(term)
    given_ = [NOW if node.op == "time" else VALUES.get(node, node.value) for node in operands]
    assert len(operands) == template.slots
    np.testing.assert_allclose(computed(template, given_), evaluate(term, VALUES, NOW), rtol=1e-9, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(terms)
def test_every_step_reads_slots_and_steps_before_it_and_every_slot_is_read(term: Expression) -> None:
    template, _ = made(term)
    read: set[int] = set()
    for index, (_, references, _) in enumerate(template.steps):
        assert all(-index <= reference < template.slots for reference in references)
        read.update(references)
    assert read == {*range(template.slots), *(~i for i in range(len(template.steps) - 1))}


def law(x: Expression, k: Expression, n: float) -> Expression:
    return apply("div", apply("mul", k, x), apply("add", apply("pow", x, number(2.0)), number(n)))


def test_laws_that_differ_in_their_leaves_are_one_object() -> None:
    first, operands = made(law(A, K, 3.7))
    other, others = made(law(B, constant("V"), 0.2))
    assert first is other
    renamed = {A: B, K: constant("V"), number(3.7): number(0.2)}
    assert [renamed[node] for node in operands] == others


def test_equal_numbers_are_no_part_of_the_shape() -> None:
    one, other = (apply("add", apply("mul", A, number(2.5)), number(value)) for value in (2.5, 3.5))
    assert made(one)[0] is made(other)[0]
    assert len(made(one)[1]) == 3


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.booleans())
def test_the_order_of_terms_and_brackets_does_not_change_the_shape(order: list[int], right: bool) -> None:
    cube, square = apply("pow", A, number(3.0)), apply("pow", B, number(2.0))
    parts = [K, apply("exp", A), apply("mul", B, C), cube, square, apply("mul", K, number(-1.0))]
    usual, wanted = made(_chained(parts, right=False))
    found, operands = made(_chained([parts[i] for i in order], right=right))
    assert found is usual
    assert operands == wanted


def _chained(parts: list[Expression], *, right: bool) -> Expression:
    total, *others = parts
    for part in others:
        total = apply("add", part, total) if right else apply("add", total, part)
    return total


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (apply("sub", A, B), apply("add", A, B)),
        (apply("mul", A, A), apply("mul", A, B)),
        (apply("pow", A, number(2.0)), apply("pow", A, number(3.0))),
        (apply("add", apply("exp", A), number(1.0)), apply("add", apply("exp", A), number(2.0))),
        (apply("div", A, B), apply("div", apply("exp", A), B)),
    ],
)
def test_what_computes_something_else_has_another_shape(one: Expression, other: Expression) -> None:
    assert made(one)[0] is not made(other)[0]


@pytest.mark.parametrize(
    ("exponent", "wanted"),
    [(2.0, 2.0), (-8.0, -8.0), (0.5, 0.5), (0.0, None), (1.0, None), (9.0, None), (2.5, None), (-0.5, None),
     (math.inf, None), (math.nan, None)],
)  # fmt: skip
def test_small_whole_exponents_and_one_half_belong_to_the_shape(
    exponent: float, wanted: float | None
) -> None:
    assert structural_power(apply("pow", A, number(exponent))) == wanted
    assert structural_power(apply("pow", A, K)) is None
    assert structural_power(apply("mul", A, number(exponent))) is None


def test_zero_and_one_belong_to_the_shape_but_not_minus_zero_or_nan() -> None:
    assert [is_structural(number(value)) for value in (0.0, 1.0, -1.0)] == [True] * 3
    assert not any(is_structural(number(value)) for value in (-0.0, 2.0, math.nan, math.inf))
    assert not is_structural(A)


def test_what_is_looked_up_is_a_slot_whatever_is_below_it() -> None:
    shared = apply("exp", A)
    root = apply("mul", shared, apply("add", shared, K))
    template, operands = make_template(root, lambda node: not node.args or node is shared)
    assert set(operands) == {shared, K}
    assert [step[0] for step in template.steps] == ["add", "mul"]


def test_thousands_of_nested_pieces_are_no_recursion() -> None:
    term = A
    for _ in range(1500):
        term = apply("sin", apply("sub", K, term))
    assert len(made(term)[0].steps) == 3000
