from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import Schedule
from hybridcell.mechanisms.cellbox.edge_prior import edge_prior
from hybridcell.mechanisms.doses import DoseLayer

LAYER = DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, ec50=0.2, maximum=-1.5)


def network(**options):
    return hc.CellBox(["MEK", "ERK"], ["protein", "protein"], [[0, 0], [0.8, 0]], **options)


def test_the_steady_state_is_that_of_the_formula():
    model = network().with_doses(LAYER)
    conditions = [{"MEKi": d} for d in (0.0, 0.05, 0.2, 3.0)]
    settled = hc.steady_state(model, conditions=conditions)
    taken = np.array([0.0, 0.2, 0.5, 0.9375])
    mek = np.tanh(-1.5 * taken)
    np.testing.assert_allclose(settled.X, np.stack([mek, np.tanh(0.8 * mek), taken], axis=1), atol=1e-7)
    assert (settled.X[0] == 0).all()  # dose 0 is exactly the control
    predicted = hc.predict(model, conditions)
    np.testing.assert_allclose(predicted.X, settled.X, atol=1e-7)


def test_backends_and_time_agree():
    model = network().with_doses(LAYER)
    given_ = {"conditions": [{"MEKi": 0.5}, {}], "ts": [1.0, 3.0, 40.0], "t1": 40.0}
    one = hc.simulate(model, **given_)
    two = hc.simulate(model, **given_, solve=hc.Solve(backend="numpy"))
    np.testing.assert_allclose(one.values, two.values, atol=1e-5)
    np.testing.assert_allclose(
        one.values[:, -1], hc.steady_state(model, conditions=[{"MEKi": 0.5}, {}]).X, atol=1e-5
    )


@settings(max_examples=15)
@given(low=st.floats(0, 10), more=st.floats(0, 10))
def test_more_inhibitor_never_leaves_more_of_the_target(low, more):
    model = network().with_doses(LAYER)
    u = np.array([[0.0, 0.0, low], [0.0, 0.0, low + more]])
    rate = np.asarray(model.vector_field(0.0, np.stack([model.initial_state(row[None])[0] for row in u]), u))
    assert rate[1, 0] <= rate[0, 0] + 1e-12


def test_a_schedule_gives_doses_over_time():
    model = network().with_doses(LAYER)
    pulse = Schedule.pulses(2.0, 30.0, 0.6)
    found = hc.simulate(
        model, t1=60.0, ts=[1.0, 31.0, 60.0], conditions={"MEKi": pulse}, solve=hc.Solve(dt=0.05)
    )
    # as any held node, the drug's follows with the time constant 1
    np.testing.assert_allclose(found["MEKi"][0], [0.0, 0.75, 0.0], atol=1e-4)


def test_a_drug_node_of_the_network_keeps_its_own_edges_without_a_target():
    base = hc.CellBox(["ERK", "MEKi"], ["protein", "drug"], [[0, -0.9], [0, 0]])
    dosed = base.with_doses(DoseLayer(["MEKi"], ec50=2.0))
    assert dosed.names == base.names
    np.testing.assert_array_equal(dosed.weights, base.weights)
    settled = hc.steady_state(dosed, conditions={"MEKi": 2.0})
    np.testing.assert_allclose(settled.X[0], [np.tanh(-0.45), 0.5], atol=1e-7)


def test_hybrids_take_doses_too_and_their_neural_part_reads_occupancies():
    hybrid = network() + hc.NeuralResidual(inputs=["MEK"], outputs=["ERK"], width=2, key=jr.key(0))
    dosed = hybrid.with_doses(LAYER)
    assert dosed.names == ("MEK", "ERK", "MEKi")
    reading = network().with_doses(LAYER) + hc.NeuralResidual(outputs=["ERK"], width=0, key=jr.key(0))
    reading = eqx.tree_at(
        lambda m: m.residuals[0].network.weights[0].raw, reading, replace_fn=lambda w: jnp.ones_like(w)
    )
    field, nothing = reading.field(), jnp.zeros((2, 3))
    doses, taken = jnp.array([[0, 0, 0.2], [0, 0, 0.6]]), jnp.array([[0, 0, 0.5], [0, 0, 0.75]])
    np.testing.assert_allclose(
        field.residual(0.0, nothing, doses), field.residuals[0](0.0, nothing, taken), atol=1e-12
    )
    assert (field.residual(0.0, nothing, doses)[:, 1] > 0.4).all()


def test_graphs_show_what_drugs_do():
    model = network().with_doses(LAYER)
    known = hc.interactions(model).edges.set_index(["source", "target"])["in_prior"]
    assert known.to_dict() == {("MEKi", "MEK"): True, ("MEK", "ERK"): False}
    # structural: at full occupancy; local: per unit of dose, here from no drug on
    for kind, weight in (("structural", -1.5), ("local", -1.5 / 0.2)):
        edges = hc.interactions(model, kind=kind).edges.set_index(["source", "target"])["weight"]
        np.testing.assert_allclose(edges[("MEKi", "MEK")], weight, rtol=1e-6)


def test_it_is_kept_by_files_bit_for_bit(tmp_path):
    model = network().with_doses(LAYER)
    again = hc.load(hc.save(model, tmp_path / "model.hc"))
    assert jax.tree.structure(again) == jax.tree.structure(model)
    for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(model)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(again.doses.ec50, model.doses.ec50)


def test_screens_and_optimized_therapies_are_in_doses():
    layer = DoseLayer(["MEKi", "ERKi"], targets={"MEKi": "MEK", "ERKi": "ERK"}, ec50=[0.2, 1.0])
    model = network().with_doses(layer)
    screen = hc.screen_combinations(
        model, readout="ERK", doses={"MEKi": [0.2, 2.0], "ERKi": [1.0, 4.0]}, scale="ln", progress=False
    )
    wanted = np.tanh(0.8 * np.tanh(-0.5) - 0.5)
    np.testing.assert_allclose(
        float(hc.predict(model, {"MEKi": 0.2, "ERKi": 1.0})[:, "ERK"].X[0, 0]), wanted, atol=1e-6
    )
    assert not screen.to_dataframe()["response"].isna().any()
    ranges = {"MEKi": 5.0, "ERKi": 5.0}
    plan = hc.optimize_therapy(
        model, minimize="ERK", drugs=list(ranges), input_range=ranges, n_starts=1, progress=False
    )
    assert plan.doses == pytest.approx(ranges)  # from no dose at all to all of it: slopes at 0 lead there


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidValueError, match="0 or more"):
        hc.simulate(network().with_doses(LAYER), t1=1.0, conditions={"MEKi": -1.0})
    with pytest.raises(UnknownNameError, match="Did you mean 'MEK'"):
        network().with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK1"}))
    with pytest.raises(UnknownNameError, match="off-target"):
        network().with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, off_targets={"MEKi": ["ERKK"]}))
    with pytest.raises(InvalidValueError, match="no target in it"):
        network().with_doses(DoseLayer(["MEKi"]))
    with pytest.raises(InvalidValueError, match="node of its own"):
        network().with_doses(DoseLayer(["MEK"], targets={"MEK": "ERK"}))
    with pytest.raises(InvalidValueError, match="already"):
        network().with_doses(LAYER).with_doses(LAYER)
    with pytest.raises(InvalidValueError, match="wanted a DoseLayer"):
        network().with_doses({"MEKi": 1.0})


def test_what_cannot_hold_doses_says_so(tmp_path):
    model = network().with_doses(LAYER)
    for write in (lambda: hc.write_cellbox(model, tmp_path),):
        with pytest.raises(InvalidValueError, match="dose layer"):
            write()
    reactions = hc.read_sbml(hc.networks.load("mapk_oscillator"))
    with pytest.raises(InvalidValueError, match="dose layer"):
        reactions.couple(model)


@pytest.mark.parametrize("mode", ["hard", "penalty"])
def test_known_edges_grow_with_the_nodes(mode):
    known = edge_prior(
        pd.DataFrame({"source": ["MEK"], "target": ["ERK"], "sign": [1]}), ("MEK", "ERK"), mode=mode
    )
    model = network(edge_prior=known).with_doses(LAYER)
    assert model.edge_prior is not None
    assert model.edge_prior.known[0, 2] == 1
    assert np.asarray(model.response)[0, 2] == -1.5
    assert model.mask[1, 2]
