from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.expressions.expression import leaves
from hybridcell.fit.distillation.candidates import screen_all
from hybridcell.fit.distillation.library import modulated_laws, plain_laws, twice_modulated_laws

from .conftest import learned_from, scope_of

TRUTHS = {
    "mass action": lambda s, i: 0.7 * s,
    "Michaelis-Menten in S": lambda s, i: 2 * s / (0.8 + s),
    "Hill (n = 3) in S": lambda s, i: 2 * s**3 / (1.2**3 + s**3),
    "substrate inhibition by S": lambda s, i: 2 * s / (0.8 + s + s**2 / 1.5),
    "Michaelis-Menten in S, competitive inhibition by I": lambda s, i: 2 * s / (0.8 * (1 + i / 0.5) + s),
    "Michaelis-Menten in S, uncompetitive inhibition by I": lambda s, i: 2 * s / (0.8 + s * (1 + i / 0.5)),
    "Michaelis-Menten in S, noncompetitive inhibition by I": lambda s, i: 2 * s / (0.8 + s) / (1 + i / 0.5),
    "first order in S, Hill inhibition (n = 4) by I": lambda s, i: s / (1 + (i / 0.9) ** 4),
    "Michaelis-Menten in S, essential activation by I": lambda s, i: 2 * s / (0.8 + s) * i / (1 + i),
    "Michaelis-Menten in S, first order in I (Holling type II)": lambda s, i: 2 * s / (0.8 + s) * i,
    "Hill (n = 2) in S, first order in I (Holling type III)": lambda s, i: 2 * s**2 / (0.64 + s**2) * i,
    "power law in S, I": lambda s, i: s**0.6 * i**-0.4,
}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_true_law_comes_first_and_has_its_constants(name, points):
    noise = np.random.default_rng(1).normal(size=80)
    rates = TRUTHS[name](points["S"], points["I"]) * np.exp(0.02 * noise)
    learned = learned_from(points, rates)
    screened = screen_all(scope_of(points, rates), learned)
    first = screened[0]
    assert first.law.name == name
    assert first.error < 0.05
    exact = TRUTHS[name](points["S"], points["I"])
    np.testing.assert_allclose(first.law.rates(points), exact, rtol=0.1)


def test_a_reversible_rate_may_change_its_sign(points):
    s, p = points["S"], points["I"]
    rates = 1.5 / 0.8 * (s - p / 2) / (1 + s / 0.8 + p / 1.5)
    assert (rates < 0).any()
    both = {"S": s, "P": p}
    screened = screen_all(scope_of(both, rates, products=("P",)), learned_from(both, rates))
    assert screened[0].law.name == "reversible Michaelis-Menten"
    values = {c.id: c.value for c in screened[0].law.constants}
    assert values["v_Keq"] == pytest.approx(2, rel=0.05)


def test_a_rate_without_substrate_may_be_activated(points):
    x = points["I"]
    rates = 1.2 * x**4 / (1 + x**4)
    learned = learned_from({"I": x}, rates)
    assert (
        screen_all(scope_of({"I": x}, rates, substrates=()), learned)[0].law.name
        == "Hill activation (n = 4) by I"
    )


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("Michaelis-Menten in S", lambda s: 2 * s / (0.8 + s)),
        ("power law in S", lambda s: s**0.5),
        ("sparse product", lambda s: s**-0.5 * (1 + s) ** 2),
    ],
)
def test_a_rate_that_is_negative_throughout_runs_backward(points, name, rate):
    known = {"S": points["S"]}
    learned = learned_from(known, -rate(points["S"]))
    screened = screen_all(scope_of(known, learned.rates, backward=True), learned)
    found = {one.law.name: one for one in screened}[name]
    assert found.error < 0.02
    assert found.chi2 < min(one.chi2 for one in screened) + 10


def test_two_modulations_are_found(points):
    third = np.exp(np.random.default_rng(5).normal(size=80))
    known = {**points, "J": third}
    rates = 2 * points["S"] / (0.8 + points["S"]) / (1 + points["I"] / 0.4) / (1 + third / 0.7)
    found = screen_all(scope_of(known, rates), learned_from(known, rates))[0]
    assert found.error < 0.01
    assert len(found.law.constants) == 4


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("substrates", [(), ("S",), ("S", "T"), ("S", "T", "U")])
def test_every_law_starts_at_the_usual_rate_and_reads_what_it_has(substrates, backward):
    rng = np.random.default_rng(0)
    known = {id: np.exp(rng.normal(size=9)) for id in (*substrates, "P", "I")}
    scope = scope_of(known, 3.0 * np.ones(9), substrates=substrates, products=("P",), backward=backward)
    sizes = {id: np.array([size]) for id, size in scope.sizes.items()}
    once = modulated_laws(scope)
    laws = [*plain_laws(scope), *once, *twice_modulated_laws(scope, once[:3])]
    for law in laws:
        ids = [c.id for c in law.constants]
        assert len({*ids}) == len(ids)
        assert set(leaves([law.math], "symbol")) <= {*ids, *scope.inputs}
        assert set(ids) <= set(leaves([law.math], "symbol"))
        if not law.name.startswith("reversible"):  # which may rest at the usual sizes
            assert law.rates(sizes).item() == pytest.approx(-3.0 if backward else 3.0)
    assert len({law.formula for law in laws}) == len({(law.name, law.formula) for law in laws}) == len(laws)
    assert len({law.name for law in laws}) == len(laws)


def test_two_modulations_are_tried_in_one_order_only():
    known = {id: np.linspace(1.0, 2.0, 9) for id in ("S", "I", "J")}
    scope = scope_of(known, 3.0 * np.ones(9), substrates=("S",), products=("P",))
    chosen = [law for law in modulated_laws(scope) if law.name.startswith("first order in S, ")]
    names = [law.name for law in twice_modulated_laws(scope, chosen)]
    assert names
    assert len({frozenset(name.split(", ")) for name in names}) == len(names)
