from __future__ import annotations

import numpy as np

from hybridcell._core.expressions import apply, number, symbol
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.candidates import screen_all
from hybridcell.fit.distillation.law import Law, LawConstant
from hybridcell.fit.distillation.screening import screen

from .conftest import learned_from, scope_of


def test_a_prior_holds_what_the_rate_does_not_tell(points):
    learned = learned_from(points, 0.7 * points["S"])
    law = next(
        one.law
        for one in screen_all(scope_of(points, learned.rates), learned)
        if one.law.name == "Michaelis-Menten in S"
    )
    km = next(c.value for c in law.constants if c.id == "v_Km_S")
    assert 10 < km < 1e4


def test_a_law_without_a_value_somewhere_is_merely_bad(points):
    beyond = apply("ln", apply("sub", symbol("S"), number(100.0)))
    law = Law(
        name="odd",
        math=apply("mul", symbol("k"), beyond),
        constants=(LawConstant(id="k", value=1.0, freedom=Freedom(transform="log")),),
    )
    found = screen(law, learned_from(points, points["S"]))
    assert np.isfinite(found.chi2)
    assert found.chi2 > 1e6
