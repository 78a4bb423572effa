from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Drug, Perturbation
from hybridcell.mechanisms.doses import DoseLayer
from hybridcell.simulate.words import lower_words

NUMPY = hc.Solve(backend="numpy", rtol=1e-9)
MODEL = """model cascade
    species R, RP, M, MP; R = 1.5; RP = 0.2; M = 1; MP = 0
    made: -> R; {made}
    up: R -> RP; ku*R
    down: RP -> R; kd*RP
    act: M -> MP; {act}
    back: MP -> M; kb*MP
    gone: RP -> ; kg*RP
    ks = 0.3; ku = 0.5; kd = 0.4; ka = 1.2; Km = 0.6; kb = 0.7; kg = 0.1
    end"""
ACT = "ka*RP*M/(Km + M)"
NETWORK = hc.read_sbml(MODEL.format(made="ks", act=ACT)).with_drugs(
    Drug("MEKi", inhibits="act", ic50=0.2, hill=1.5, maximum=0.95)
)
TEXT = "MEKi 500 nM + R knockout"


def values(network, conditions=None):
    return hc.simulate(network, t1=4.0, n_points=5, conditions=conditions, solve=NUMPY)


def by_hand():
    """Return the network that the words mean, written by hand."""
    left = f"(1 - 0.95*0.5^1.5/(0.2^1.5 + 0.5^1.5))*{ACT}"
    return hc.read_sbml(MODEL.format(made="0*ks", act=left).replace("R = 1.5", "R = 0"))


def test_words_mean_the_network_that_one_would_write_by_hand():
    found = values(NETWORK, ["control", TEXT])
    assert found.conditions == ("control", TEXT)
    wanted = values(by_hand())
    np.testing.assert_allclose(found.values[1], wanted.values[0], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.values[0], values(NETWORK).values[0], rtol=1e-7, atol=1e-10)


def test_libroadrunner_agrees_on_the_network_written_by_hand(tmp_path):
    roadrunner = pytest.importorskip("roadrunner", reason="libRoadRunner is not installed")
    hc.write_sbml(by_hand(), tmp_path / "hand.xml")
    runner = roadrunner.RoadRunner(str(tmp_path / "hand.xml"))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-12
    wanted = np.asarray(runner.simulate(0, 4, 5, ["RP", "M", "MP"]))
    found = values(NETWORK, [TEXT]).to_dataframe(amounts=("RP", "M", "MP"))[["RP", "M", "MP"]].to_numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


def test_steady_states_and_predictions_read_words_too():
    settled = hc.steady_state(NETWORK, conditions=["control", "MEKi 1 mM"], solve=hc.Solve(backend="numpy"))
    assert settled.obs_names.tolist() == ["control", "MEKi 1 mM"]
    assert settled[1, "MP"].X[0, 0] < settled[0, "MP"].X[0, 0]
    predicted = hc.predict(NETWORK, {"treated": "MEKi 0.2 uM"}, time=2.0, solve=NUMPY)
    assert predicted.obs_names.tolist() == ["treated"]


def test_interaction_networks_read_the_same_words():
    base = hc.CellBox(["MEK", "ERK"], ["protein", "protein"], [[0, 0], [0.8, 0]])
    model = base.with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, ec50=0.2))
    words = ["control", "MEKi 200 nM + ERK overexpression 2x", Perturbation("MEKi 200 nM")]
    numbers = [{}, {"MEKi": 0.2, "ERK": 1.0}, {"MEKi": 0.2}]
    settled = hc.steady_state(model, conditions=words)
    assert settled.obs_names.tolist() == list(map(str, words))
    np.testing.assert_array_equal(settled.X, hc.steady_state(model, conditions=numbers).X)
    np.testing.assert_array_equal(hc.predict(model, words).X, hc.predict(model, numbers).X)


def test_slopes_reach_the_numbers_of_drugs_and_the_start_through_words():
    decay = hc.read_sbml("model decay; A = 2; lost: A -> ; 0.7*A; end")
    decay = decay.with_drugs(Drug("slow", inhibits="lost", ic50=0.2, hill=1.5, maximum=0.95))
    ids = ("slow_ic50", "slow_hill", "slow_max", "A")
    words = ["slow 0.1 uM + A knockdown 50%", "control"]

    def left(numbers, solve):
        network = decay.with_values(dict(zip(ids, numbers)))
        return hc.simulate(network, t1=2.0, ts=[2.0], conditions=words, solve=solve).values.sum()

    start, step = jnp.array([0.2, 1.5, 0.95, 2.0]), 1e-3
    slope = jax.grad(left)(start, hc.Solve(rtol=1e-8))
    exact = hc.Solve(backend="numpy", rtol=1e-11, atol=1e-13)
    differences = [
        (float(left(start + e, exact)) - float(left(start - e, exact))) / (2 * step) for e in step * np.eye(4)
    ]
    np.testing.assert_allclose(slope, differences, rtol=1e-4)
    assert (np.abs(slope) > 1e-3).all()


def test_what_is_not_in_words_stays_as_it_is():
    for conditions in (None, {}, {"MEKi": 0.5}, [{"MEKi": 0.5}, {}], {"a": {"MEKi": 0.5}}):
        assert lower_words(NETWORK, conditions) == (NETWORK, conditions)


def test_conditions_of_one_name_are_numbered_and_mixtures_refused():
    _, settings = lower_words(NETWORK, ["MEKi 1", "MEKi 1"])
    assert list(settings) == ["MEKi 1", "MEKi 1 #2"]
    with pytest.raises(InvalidValueError, match="mix words"):
        hc.simulate(NETWORK, t1=1.0, conditions=["MEKi 1 uM", {}])
