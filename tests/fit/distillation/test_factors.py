from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.distillation.factors import inhibited_substrate, modulations, substrate_factors
from hybridcell.hybrid.formulas import evaluate

from .conftest import scope_of

S, I, K, KI, N = 1.7, 0.6, 0.8, 0.5, 2.5
VALUES = {"S": S, "I": I, "v_Km_S": K, "v_Ki_S": KI, "v_Ki_I": KI, "v_Ka_I": K, "v_gain_I": 3.0}
VALUES |= {"v_n_S": N, "v_n_I": N}


@pytest.fixture(scope="module")
def scope():
    points = {id: np.linspace(0.5, 2, 9) for id in ("S", "I")}
    return scope_of(points, points["S"])


def value(factor):
    return float(evaluate(factor.math, {id: np.asarray(v) for id, v in VALUES.items()}))


def test_forms_of_a_substrate_are_those_of_the_books(scope):
    found = {kind: value(factor) for kind, factor in substrate_factors(scope, "S").items()}
    assert found == pytest.approx(
        {
            "linear": S,
            "saturating": S / (K + S),
            "inhibiting": S / (K + S + S**2 / KI),
            **{f"hill{n}": S**n / (K**n + S**n) for n in (2, 3, 4)},
            "hill": S**N / (K**N + S**N),
        }
    )


def test_inhibitors_change_the_constants_of_a_substrate(scope):
    competitive, uncompetitive = inhibited_substrate(scope, "S", "I")
    assert value(competitive) == pytest.approx(S / (K * (1 + I / KI) + S))
    assert value(uncompetitive) == pytest.approx(S / (K + S * (1 + I / KI)))


def test_modulations_are_those_of_the_books(scope):
    found = {factor.name: value(factor) for factor in modulations(scope, "I")}
    assert found["first order in I"] == I
    assert found["essential activation by I"] == pytest.approx(I / (K + I))
    assert found["nonessential activation by I"] == pytest.approx(1 + 3 * I / (K + I))
    assert found["noncompetitive inhibition by I"] == pytest.approx(1 / (1 + I / KI))
    assert found["Hill activation (n = 3) by I"] == pytest.approx(I**3 / (K**3 + I**3))
    assert found["Hill inhibition (free n) by I"] == pytest.approx(1 / (1 + (I / KI) ** N))


def test_every_constant_is_read_and_named_once(scope):
    for factor in (*substrate_factors(scope, "S").values(), *modulations(scope, "I")):
        ids = [c.id for c in factor.constants]
        assert len(set(ids)) == len(ids)
        assert all(id in repr(factor.math) for id in ids)
