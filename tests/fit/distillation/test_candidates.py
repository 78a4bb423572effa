from __future__ import annotations

from hybridcell.fit.distillation.candidates import screen_all, worth_fitting

from .conftest import learned_from, scope_of


def test_a_law_that_nests_another_is_fitted_later(points):
    rates = 2 * points["S"] / (0.8 + points["S"])
    order = worth_fitting(screen_all(scope_of(points, rates), learned_from(points, rates)))
    names = [one.law.name for one in order]
    assert names[0] == "Michaelis-Menten in S"
    assert names.index("Hill (free n) in S") > names.index("mass action")
