"""The absolute tolerance where none is asked for: small enough for what decides, whatever the units."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.simulate.kinetics.tolerance import default_atol, default_atols

#: Constants of Lotka and Volterra at which the predator falls to 3e-16, and the prey to 1e-30.
SCARCE = {"growth": 0.2036677, "predation": 0.41150949, "death": 4.61056655}


def test_what_grows_only_from_itself_is_known_however_small() -> None:
    """A predator that falls to 3e-16 between two outbreaks comes back when it should."""
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    options = {"t1": 30.0, "n_points": 11, "conditions": [SCARCE]}
    tight = hc.Solve(backend="numpy", method="rodas5p", rtol=1e-11, atol=1e-24)
    wanted = np.asarray(hc.simulate(network, **options, solve=tight).values)[0]
    found = np.asarray(hc.simulate(network, **options).values)[0]
    assert wanted.min() < 1e-15
    assert np.max(np.abs(found - wanted) / wanted.max(axis=0)) < 5e-4
    assert default_atol(network.equations, 1e-6) == pytest.approx(1e-40 * np.median(wanted[0]))


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e12])
def test_it_is_in_units_of_the_start(unit: float) -> None:
    network = hc.read_sbml(f"S -> P; k*S; P -> ; d*P; k = 1; d = 2; S = {3.0 * unit}; P = {1.0 * unit}")
    assert default_atol(network.equations, 1e-6) == pytest.approx(1e-15 * 2.0 * unit)


def test_what_starts_at_zero_does_not_count_and_nothing_at_all_is_one() -> None:
    one, none = hc.read_sbml("S -> P; k*S; k = 1; S = 3; P = 0"), hc.read_sbml("-> P; k; k = 1; P = 0")
    assert default_atol(one.equations, 1e-6) == pytest.approx(3e-15)
    assert default_atol(none.equations, 1e-6) == pytest.approx(1e-15)


def test_signals_at_rest_at_zero_start_beside_what_grows_only_from_itself() -> None:
    """Their rates are differences whose rounding is all that moves them at first."""
    network = hc.read_sbml(
        "prey = 1; predator = 0.5; -> prey; 0.8*prey; prey -> predator; 0.7*prey*predator; "
        "predator ->; 0.4*predator; x = 0; x' = prey - 1 - x"
    )
    solves = [hc.Solve(backend=backend, rtol=1e-8) for backend in ("numpy", "jax")]
    runs = [hc.simulate(network, t1=20.0, n_points=5, solve=solve) for solve in solves]
    assert [run.result for run in runs] == [("success",)] * 2
    np.testing.assert_allclose(runs[0].values, runs[1].values, rtol=1e-6, atol=1e-8)


def test_reactions_of_either_sign_start_beside_what_grows_only_from_itself() -> None:
    network = hc.read_sbml(
        "prey = 1; predator = 0.5; -> prey; 0.8*prey; prey -> predator; 0.7*prey*predator; "
        "predator ->; 0.4*predator; x = 0; -> x; prey - 1"
    )
    solves = [hc.Solve(backend=backend, rtol=1e-8) for backend in ("numpy", "jax")]
    runs = [hc.simulate(network, t1=20.0, n_points=5, solve=solve) for solve in solves]
    assert [run.result for run in runs] == [("success",)] * 2
    np.testing.assert_allclose(runs[0].values, runs[1].values, rtol=1e-6, atol=1e-8)
    by_name = dict(zip(network.equations.states, default_atols(network.equations, 1e-6).tolist()))
    assert by_name["x"] == pytest.approx(0.75e-15)
    assert by_name["prey"] == by_name["predator"] == pytest.approx(0.75e-40)


def test_only_signals_have_a_tolerance_of_their_own() -> None:
    network = hc.read_sbml("P = 2; -> P; P; P -> Q; P*Q; Q = 1; x = 0; x' = P - x; y = 3; y' = -y*P")
    by_name = dict(zip(network.equations.states, default_atols(network.equations, 1e-6).tolist()))
    assert by_name["x"] == by_name["y"] == pytest.approx(2e-15)
    assert by_name["P"] == by_name["Q"] == pytest.approx(2e-40)
    plain = hc.read_sbml("S -> P; k*S; k = 1; S = 3; P = 0; x = 0; x' = S - x").equations
    assert set(default_atols(plain, 1e-6)) == {default_atol(plain, 1e-6)}


def test_what_died_out_may_stand_under_a_power() -> None:
    """A drug that is gone is as much below zero as the tolerance allows, where C^1.6 is no number."""
    network = hc.read_sbml(
        "A = 10; C = 0; P = 0; E = 1; A -> C; 0.9*A; C -> P; 0.4*C; P -> C; 0.2*P; C -> ; 1.1*C/(0.7 + C); "
        "g = 1.6; -> E; 0.3*(1 - 0.9*C^g/(0.5^g + C^g)); E -> ; 0.3*E"
    )
    ends = [300.0, 1000.0, 1e4]
    runs = [hc.simulate(network, t1=end, n_points=2, solve=hc.Solve(backend="numpy")) for end in ends]
    assert [run.result for run in runs] == [("success",)] * len(ends)
    np.testing.assert_allclose([run["E"][0, -1] for run in runs], 1.0, rtol=1e-6)
    negative = hc.read_sbml("S = 1; g = 0.5; y = 0; S -> ; 1; -> y; S^g")
    assert "gave up" in hc.simulate(negative, t1=2.0, n_points=2, solve=hc.Solve(backend="numpy")).result[0]
