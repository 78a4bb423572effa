from __future__ import annotations

import pytest

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import apply, symbol
from hybridcell.io.sbml.dialect import Dialect

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
