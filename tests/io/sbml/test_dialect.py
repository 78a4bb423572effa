from __future__ import annotations

import pytest

from hybridcell._core.errors import InvalidValueError, UnsupportedSBMLError
from hybridcell._core.expressions import apply, symbol
from hybridcell.io.sbml.dialect import LEVEL_2, Dialect, dialect_named

A, B = symbol("a"), symbol("b")


def test_version_2_says_everything():
    dialect = Dialect(version=2)
    assert dialect.namespace.endswith("version2/core")
    assert dialect.math(None) == ""
    assert dialect.formula(apply("max", A, B)) == "<apply><max/><ci>a</ci><ci>b</ci></apply>"
    assert dialect.math(A, {"a": "k"}).endswith("><ci>k</ci></math>")


def test_version_1_says_it_in_other_words():
    dialect = Dialect(version=1)
    assert "<max/>" not in dialect.formula(apply("max", A, B))
    assert dialect.formula(A, condition=True).startswith("<apply><neq/>")
    with pytest.raises(UnsupportedSBMLError, match="rateOf"):
        dialect.math(apply("rate_of", A))


def test_level_2_has_the_operators_of_version_1():
    assert LEVEL_2.namespace == "http://www.sbml.org/sbml/level2/version4"
    assert LEVEL_2.name == "SBML Level 2 Version 4"
    assert "<max/>" not in LEVEL_2.formula(apply("max", A, B))
    assert dialect_named("2.4") is LEVEL_2
    with pytest.raises(InvalidValueError, match=r"wanted one of '3\.2', '2\.4'"):
        dialect_named("L2")
