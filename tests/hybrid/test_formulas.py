from __future__ import annotations

import numpy as np

from hybridcell._core.expressions import apply, number, symbol, time
from hybridcell._core.expressions.expression import call
from hybridcell.hybrid.formulas import evaluate, is_plain

X = np.linspace(0, 2, 5)


def test_arrays_take_the_place_of_ids_and_broadcast():
    math = apply("add", apply("mul", symbol("k"), apply("tanh", symbol("x"))), time())
    found = evaluate(math, {"x": X, "k": np.array([[1.0], [2.0]]), "time": np.asarray(0.5)})
    np.testing.assert_allclose(found, np.array([[1.0], [2.0]]) * np.tanh(X) + 0.5)


def test_what_has_no_value_is_no_error():
    assert np.isneginf(evaluate(apply("ln", symbol("x")), {"x": np.zeros(1)}))


def test_the_past_and_functions_of_users_are_not_plain():
    assert is_plain(apply("max", symbol("x"), number(0.0)))
    assert not is_plain(apply("delay", symbol("x"), number(1.0)))
    assert not is_plain(call("f", [symbol("x")]))
