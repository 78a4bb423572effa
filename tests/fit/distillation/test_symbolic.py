from __future__ import annotations

import numpy as np

from hybridcell.fit.distillation.candidates import screen_all
from hybridcell.fit.distillation.screening import screen
from hybridcell.fit.distillation.symbolic import symbolic_laws

from .conftest import learned_from, scope_of


def test_of_a_rate_of_any_sign_a_sum_is_found(points):
    rates = 0.5 * points["S"] - 0.8 * points["I"]
    screened = screen_all(scope_of(points, rates, substrates=()), learned_from(points, rates))
    assert screened[0].law.name == "sparse sum"
    assert screened[0].error < 1e-3
    assert screened[0].law.kind == "symbolic"


def test_a_product_bends_where_the_rate_does(points):
    rates = 3 * points["S"] ** 0.5 * (1 + points["I"] / 0.7) ** -2
    learned = learned_from(points, rates)
    (sparse,) = (
        law for law in symbolic_laws(scope_of(points, rates), learned) if law.name == "sparse product"
    )
    found = screen(sparse, learned)
    assert found.error < 0.05
    assert "1 + I/v_K_I" in sparse.formula


def test_of_an_input_that_is_used_up_there_is_no_logarithm(points):
    known = {"S": np.concatenate([[0.0], points["S"]])}
    rates = 0.2 + known["S"]
    laws = symbolic_laws(scope_of(known, rates), learned_from(known, rates))
    assert [law.name for law in laws] == ["power law in S"]
