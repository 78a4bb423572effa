"""What is computed once: nothing is lost, nothing grows too large, and guards keep what they guard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import Expression, apply, constant, number, state
from hybridcell.mechanisms.program.cuts import choose_cuts, inner_nodes
from tests.mechanisms.formula import evaluate

LEAVES = [*map(state, "ABC"), *map(constant, "kKV")]
VALUES: dict[Any, float] = dict(zip(LEAVES, (0.7, 1.3, 0.2, 0.9, 2.1, 3.7), strict=True))
A, B, C, k, K, V = LEAVES

leaves = st.sampled_from(LEAVES)


@st.composite
def trees(draw: Any, ops: tuple[str, ...], most: int, least: int = 1) -> Expression:
    """Return leaves joined in random order, now and then negated."""
    parts = draw(st.lists(leaves, min_size=least, max_size=most))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    while len(parts) > 1:
        i = int(rng.integers(len(parts) - 1))
        joined = apply(ops[rng.integers(len(ops))], parts[i], parts[i + 1])
        parts[i : i + 2] = [apply("neg", joined) if rng.random() < 0.2 else joined]
    return parts[0]


def is_leaf(node: Expression) -> bool:
    return not node.args


@settings(max_examples=30, deadline=None)
@given(st.lists(trees(("add", "mul"), 12), max_size=4))
def test_each_node_comes_once_and_after_its_arguments(roots: list[Expression]) -> None:
    order = inner_nodes(roots, is_leaf)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(is_leaf(root) or root in place for root in roots)
    for node in order:
        assert all(is_leaf(arg) or place[arg] < place[node] for arg in node.args)


def test_what_is_below_an_operand_is_not_computed() -> None:
    inner = apply("exp", apply("mul", A, B))
    root = apply("add", inner, k)
    assert inner_nodes([root, inner], lambda node: is_leaf(node) or node is inner) == [root]


@settings(max_examples=30, deadline=None)
@given(trees(("add", "sub"), 20, 10))
def test_the_terms_of_a_long_sum_add_up_to_it(root: Expression) -> None:
    cuts = choose_cuts([root], is_leaf)
    for node, terms in cuts.sums.items():
        total = sum(sign * evaluate(term, VALUES) for sign, term in terms)
        np.testing.assert_allclose(total, evaluate(node, VALUES), rtol=1e-12, atol=1e-12)
        assert all(term in cuts.nodes or is_leaf(term) for _, term in terms)


@pytest.mark.parametrize(("count", "is_cut"), [(7, False), (8, True)])
def test_sums_of_eight_terms_are_long(count: int, is_cut: bool) -> None:
    total = apply("mul", A, B)
    for i in range(count - 1):
        total = apply("sub" if i % 2 else "add", total, apply("mul", number(i + 2.0), C))
    cuts = choose_cuts([total], is_leaf)
    assert (total in cuts.sums) == is_cut
    if is_cut:
        signs = sorted(sign for sign, _ in cuts.sums[total])
        assert signs == [-1.0] * 3 + [1.0] * 5


@settings(max_examples=30, deadline=None)
@given(st.lists(trees(("add", "mul"), 60), min_size=1, max_size=3), st.integers(8, 20))
def test_no_template_is_larger_than_asked_for(roots: list[Expression], largest: int) -> None:
    cuts = choose_cuts(roots, is_leaf, largest)
    for root in {*roots, *cuts.nodes}:
        if not is_leaf(root) and root not in cuts.sums:
            parts = inner_nodes(
                [root], lambda node, root=root: is_leaf(node) or (node in cuts.nodes and node != root)
            )
            assert len(parts) <= largest


def test_what_two_laws_share_is_computed_once_if_it_costs_something() -> None:
    costly = apply("exp", apply("mul", apply("add", A, B), apply("pow", C, k)))
    cheap = apply("mul", apply("add", A, B), apply("sub", C, A))
    cuts = choose_cuts([apply("mul", costly, k), apply("mul", costly, K)], is_leaf)
    assert costly in cuts.nodes
    assert not choose_cuts([apply("mul", costly, k)], is_leaf).nodes
    laws = [apply("div", leaf, cheap) for leaf in (A, B, k, K, V)]
    assert not choose_cuts(laws[:4], is_leaf).nodes
    assert choose_cuts(laws, is_leaf).nodes == {cheap}


def test_what_a_branch_protects_stays_in_it() -> None:
    singular = apply("div", apply("exp", apply("pow", A, k)), apply("sub", A, B))
    harmless = apply("sin", apply("cos", apply("sin", apply("mul", A, apply("tanh", B)))))
    guard = apply("gt", A, B)
    roots = [
        apply("if", guard, apply("mul", leaf, apply("mul", singular, harmless)), number(0.0))
        for leaf in (k, K, V)
    ]
    cuts = choose_cuts(roots, is_leaf)
    assert singular not in cuts.nodes
    assert harmless in cuts.nodes
    assert singular in choose_cuts([*roots, apply("mul", singular, C)], is_leaf).nodes
