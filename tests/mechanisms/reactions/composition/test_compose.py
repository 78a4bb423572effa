"""Several pieces in one network, in any order, and out again; both backends and derivatives."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from tests.mechanisms.reactions.composition.hybrids import (
    ENZYME,
    LV,
    NUMPY,
    by_id,
    change,
    observed,
    shaken,
    start,
    states,
)
from tests.tolerances import ANALYTIC, GRADIENT

PIECES = {
    "rate": lambda n: n.replace("cut", hc.NeuralRate(width=2, key=jr.key(0))),
    "law": lambda n: n.replace("bind", hc.NeuralRate(width=2, around="law", key=jr.key(1))),
    "residual": lambda n: n + hc.NeuralResidual(["S", "E"], ["P", "D"], width=2, key=jr.key(2)),
    "flux": lambda n: n + hc.NeuralResidual(["S", "P"], ["pair"], width=2, key=jr.key(3)),
    "parameter": lambda n: n + hc.NeuralParameter("kd", ["line"], width=2, key=jr.key(4)),
    "readout": lambda n: n + hc.NeuralReadout("signal", ["S", "P"], width=2, key=jr.key(5)),
}


def put(names, network=ENZYME):
    for name in names:
        network = PIECES[name](network)
    return network


def given_weights(model):
    """Return the model with random weights that depend on what they are of, not on their order or name."""
    values = {}
    for hole in model.holes:
        rng = np.random.default_rng(sum(map(ord, "".join((hole.kind, *hole.targets)))))
        values |= dict(zip(hole.weights, rng.normal(size=len(hole.weights))))
    return model.with_values(values)


@pytest.mark.parametrize(("one", "two"), [*itertools.combinations(PIECES, 2)])
def test_the_order_of_two_pieces_does_not_matter(one, two):
    x = states(ENZYME, 0)
    models = [given_weights(put(order)) for order in ((one, two), (two, one))]
    assert {hole.kind for hole in models[0].holes} == {hole.kind for hole in models[1].holes}
    found, other = (change(model, x) for model in models)
    assert_allclose(found, other, rtol=1e-9, atol=1e-12)
    if {one, two} != {"readout", "parameter"}:
        assert not np.allclose(found, change(ENZYME, x))


def test_all_at_once_start_at_the_mechanism_and_keep_its_sums():
    model, x = put(PIECES), states(ENZYME, 0)
    assert_allclose(change(model, x), change(ENZYME, x), **ANALYTIC)
    assert len(model.holes) == len({*model.holes.ids}) == 6
    moved = shaken(model, 0)
    found = hc.simulate(moved, t1=5.0, n_points=11, solve=NUMPY)
    assert found.result == ("success",)
    for ids, k, total in zip(*(ENZYME.conserved_moieties[c] for c in ("ids", "coefficients", "total"))):
        rows = [ENZYME.equations.states.index(id) for id in ids]
        assert_allclose(found.values[0][:, rows] @ np.array(k), total, rtol=1e-6)


def test_pieces_on_one_species_are_coupled():
    model = LV
    for reaction in ("grow", "hunt", "die"):
        model = model.replace(reaction, hc.NeuralRate(["prey", "predator"], width=2, key=jr.key(0)))
    model = shaken(model + hc.NeuralResidual(outputs=["prey"], width=2, key=jr.key(1)), 0, 0.5)
    (term,) = [hole for hole in model.holes if hole.kind == "residual"]
    x = states(LV, 0)
    v = {id: observed(model, id, x) for id in ("grow", "hunt", "die", term.terms["prey"])}
    assert_allclose(change(model, x)[0], v["grow"] - v["hunt"] + v[term.terms["prey"]], rtol=1e-9, atol=1e-12)
    assert_allclose(change(model, x)[1], v["hunt"] - v["die"], rtol=1e-9, atol=1e-12)


def test_a_species_can_have_two_residuals():
    one = LV + hc.NeuralResidual(["prey"], ["prey"], width=2, key=jr.key(0))
    two = shaken(one + hc.NeuralResidual(["predator"], ["prey"], width=2, key=jr.key(1)), 0)
    first, second = two.holes
    assert first.id != second.id
    x = states(LV, 0)
    added = observed(two, first.terms["prey"], x) + observed(two, second.terms["prey"], x)
    assert_allclose(change(two, x)[0], change(LV, x)[0] + added, rtol=1e-9, atol=1e-12)


def test_a_residual_on_a_learned_rate_is_added_to_it():
    rate = hc.NeuralRate(width=2, key=jr.key(0))
    learned = LV.replace("hunt", rate)
    model = shaken(learned + hc.NeuralResidual(outputs=["hunt"], width=2, key=jr.key(1)), 0)
    bare = learned.with_values({id: by_id(model)[id] for id in learned.holes.holes[0].weights})
    x, term = states(LV, 0), model.holes.holes[1].terms["hunt"]
    assert_allclose(
        observed(model, "hunt", x),
        observed(bare, "hunt", x) + observed(model, term, x),
        rtol=1e-9,
        atol=1e-12,
    )


def test_going_back_keeps_what_was_changed():
    model = put(PIECES, ENZYME.with_values({"kr": 9.0, "kd": 0.4})).with_values({"kf": 3.0, "S": 7.0})
    back = model.mechanistic_only()
    assert len(back.holes) == 0
    assert by_id(back) == {**by_id(ENZYME), "kr": 9.0, "kd": 0.4, "kf": 3.0, "S": 7.0}
    x = states(ENZYME, 0)
    assert_allclose(change(back, x), change(ENZYME.with_values(by_id(back)), x), **ANALYTIC)
    assert ENZYME.mechanistic_only() is ENZYME


def test_a_start_that_was_given_stays():
    rested = ENZYME.starting_from([1.0, 2.0, 3.0, 4.0, 5.0])
    assert_allclose(start(put(["rate"], rested)), [1, 2, 3, 4, 5])
    assert_allclose(start(put(["rate"]).starting_from([1.0, 2.0, 3.0, 4.0, 5.0])), [1, 2, 3, 4, 5])


def test_declared_parameters_stay_declared():
    free = ENZYME.with_parameters({"kf": hc.Parameter(2.0, transform="log", bounds=(0.1, 10))})
    model = put(["rate", "residual"], free)
    assert model.holes.freedoms["kf"].bounds == (0.1, 10.0)
    assert by_id(model)["kf"] == 2.0
    later = put(["rate"]).with_parameters({"nn_cut_k": hc.Parameter(3.0, trainable=False)})
    assert (by_id(later)["nn_cut_k"], later.holes.freedoms["nn_cut_k"].trainable) == (3.0, False)


def test_networks_with_events_take_pieces():
    network = hc.read_sbml(hc.networks.load("toggle_switch"))
    model = network.replace("make_u", hc.NeuralRate(around="law", width=2, key=jr.key(0)))
    found, wanted = (hc.simulate(n, t1=40.0, n_points=5, solve=NUMPY) for n in (model, network))
    assert_allclose(found["v"], wanted["v"], rtol=1e-4)


def test_pieces_take_names_that_are_free():
    clash = hc.read_sbml("model m\n S -> ; k*S; k = 1; S = 1; nn__J0_w1_1_1 = 4\nend")
    model = clash.replace("_J0", hc.NeuralRate(width=2, key=jr.key(0)))
    assert model.holes.ids == ["nn__J02"]
    assert by_id(model)["nn__J0_w1_1_1"] == 4.0


@pytest.fixture(scope="module")
def compiled():
    """Return a hybrid with a piece of each kind on LV, small weights."""
    model = LV.replace("hunt", hc.NeuralRate(["prey"], width=1, key=jr.key(0)))
    model = model + hc.NeuralResidual(["prey"], ["predator"], width=1, key=jr.key(1))
    model = model + hc.NeuralParameter("growth", ["line"], width=1, key=jr.key(2))
    return shaken(model, 0, 0.3).with_values({"line": 1.0})


TS = jnp.linspace(0.0, 3.0, 4)


def trajectory(model, values):
    found = hc.simulate(model.with_values(values), t1=3.0, ts=TS, solve=hc.Solve(rtol=1e-9, atol=1e-11))
    return jnp.asarray(found.values)


def test_backends_agree_and_gradients_are_those_of_differences(compiled):
    values = np.asarray(compiled.values)
    found = trajectory(compiled, values)
    by_numpy = hc.simulate(compiled, t1=3.0, ts=np.asarray(TS), solve=hc.Solve(backend="numpy", rtol=1e-9))
    assert_allclose(by_numpy.values, found, rtol=1e-6)

    def loss(values):
        return jnp.sum(trajectory(compiled, values) ** 2)

    slopes = np.asarray(jax.grad(loss)(jnp.asarray(values)))
    names = compiled.equations.constants
    for hole in compiled.holes:
        for id in (hole.weights[0], hole.weights[-1]):
            step = np.zeros(len(values))
            step[names.index(id)] = 1e-5
            wanted = (loss(values + step) - loss(values - step)) / 2e-5
            assert_allclose(slopes[names.index(id)], wanted, rtol=1e-4, atol=GRADIENT["atol"], err_msg=id)
            assert wanted != 0


def test_pieces_go_where_they_belong():
    rate, residual = hc.NeuralRate(key=jr.key(0)), hc.NeuralResidual(key=jr.key(0))
    with pytest.raises(InvalidValueError, match=r'takes the place of a law: network.replace\("v7", rate\)'):
        ENZYME + rate
    with pytest.raises(InvalidValueError, match=r"given a NeuralResidual for the law of 'cut'.*are added"):
        ENZYME.replace("cut", residual)
    with pytest.raises(InvalidValueError, match="given a float for the law of 'cut'"):
        ENZYME.replace("cut", 2.0)
    with pytest.raises(InvalidValueError, match="A piece of type int cannot be added to a network"):
        ENZYME + 3


def test_only_parameters_can_be_declared():
    with pytest.raises(InvalidValueError, match=r"'kf' is a float; wanted hc.Parameter\(value"):
        ENZYME.with_parameters({"kf": 2.0})
    with pytest.raises(UnknownNameError, match=r"no constant 'kff'. Did you mean 'kf'"):
        ENZYME.with_parameters({"kff": hc.Parameter(2.0)})
