from __future__ import annotations

import math

import pytest

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, number, symbol, time
from hybridcell._core.expressions.expression import call, total
from hybridcell.io.sbml.formula import formula

A, B, C = symbol("a"), symbol("b"), symbol("c")


def test_leaves():
    assert formula(number(0.1 + 0.2)) == "<cn>0.30000000000000004</cn>"
    assert formula(number(1e-7)) == "<cn>0.0000001</cn>"
    assert formula(number(math.nan)) == "<notanumber/>"
    assert formula(number(-math.inf)) == "<apply><minus/><infinity/></apply>"
    assert formula(A) == "<ci>a</ci>"
    assert formula(A, {"a": "k"}) == "<ci>k</ci>"
    assert "symbols/time" in formula(time())


def test_a_truth_value_keeps_the_sign_of_its_zero():
    assert formula(apply("not", number(0.0))) == "<apply><not/><false/></apply>"
    assert formula(apply("not", number(-0.0))) == "<apply><not/><cn>-0.0</cn></apply>"


def test_operations():
    assert formula(apply("sub", A, B)) == "<apply><minus/><ci>a</ci><ci>b</ci></apply>"
    assert formula(apply("asinh", A)) == "<apply><arcsinh/><ci>a</ci></apply>"
    assert formula(call("f", [A])) == "<apply><ci>f</ci><ci>a</ci></apply>"
    assert "symbols/delay" in formula(apply("delay", A, B))
    assert "symbols/rateOf" in formula(apply("rate_of", A))
    with pytest.raises(UnsupportedSBMLError, match="digamma"):
        formula(apply("digamma", A))


def test_sums_are_written_flat_where_they_come_back_the_same():
    assert formula(total([A, B, C])) == "<apply><plus/><ci>a</ci><ci>b</ci><ci>c</ci></apply>"
    right = apply("add", A, apply("add", B, C))
    assert formula(right).count("<plus/>") == 2


def test_a_chain_of_conditions_is_one_piecewise():
    node = apply("if", apply("lt", A, B), A, apply("if", apply("gt", A, C), B, C))
    text = formula(node)
    assert text.count("<piecewise>") == 1
    assert text.count("<piece>") == 2
    assert text.endswith("<otherwise><ci>c</ci></otherwise></piecewise>")


def test_truth_values_where_a_condition_is_wanted():
    assert formula(number(1.0), condition=True) == "<true/>"
    assert formula(Expression("and", (A, number(0.0)))) == "<apply><and/><ci>a</ci><false/></apply>"
    assert formula(number(1.0)) == "<cn>1.0</cn>"


def test_deep_terms_need_no_recursion():
    node = A
    for i in range(20_000):
        node = Expression("add", (node, symbol(f"x{i % 7}")))
    assert formula(node).count("<ci>") == 20_001
    assert formula(node).count("<plus/>") == 1
    for _ in range(20_000):
        node = Expression("sin", (node,))
    assert formula(node).count("<sin/>") == 20_000
