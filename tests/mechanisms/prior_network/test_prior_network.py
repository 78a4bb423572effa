"""The prior network as a model."""

from dataclasses import replace

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError
from hybridcell.mechanisms import PriorNetwork
from tests.tolerances import ANALYTIC

PRIOR = [
    {"source": "L1", "target": "r", "sign": 1},
    {"source": "r", "target": "A", "sign": 1},
    {"source": "r", "target": "B", "sign": -1},
]


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    bare = PriorNetwork(["L1", "L2"], ["A", "B", "C"], PRIOR, unit=[2.0, 1.0])
    return bare.with_weights(
        bias=rng.normal(size=3), direct=rng.normal(size=(3, 2)), routed=rng.normal(size=(3, 3))
    )


def test_signals_have_length_one_and_the_signs_of_their_paths(model):
    np.testing.assert_allclose(model.gains, [[np.sqrt(0.5), 0], [-np.sqrt(0.5), 0], [0, 0]])
    assert model.reach.tolist() == [[True, False], [True, False], [False, False]]


def test_the_steady_state_is_the_equation(model):
    doses = {"L1": 3.0, "L2": 0.5}
    level = np.asarray(model.bias.value) + (
        np.asarray(model.direct.value) + np.asarray(model.routed.value) @ model.gains
    ) @ [3.0 / 2.0, 0.5]
    predicted = hc.predict(model, doses).to_df().iloc[0]
    np.testing.assert_allclose(predicted[["A", "B", "C"]], 1 / (1 + np.exp(-level)), rtol=1e-6)
    np.testing.assert_allclose(predicted[["L1", "L2"]], [3.0, 0.5], rtol=1e-6)


def test_without_a_prior_and_link_predictions_are_linear():
    plain = PriorNetwork(["L1"], ["A"], link="identity").with_weights(
        bias=[1.0], direct=[[2.0]], routed=[[0]]
    )
    assert plain.prior is None
    assert not plain.routed.trainable
    np.testing.assert_allclose(hc.predict(plain, {"L1": 3.0}).to_df()["A"], [7.0], rtol=1e-6)


def test_both_backends_agree(model):
    rng = np.random.default_rng(1)
    x, u = rng.normal(size=(2, 4, 5)) * 30
    field = model.field()
    plain = jax.tree.map(np.asarray, field)
    np.testing.assert_allclose(plain(0.0, x, u), field(0.0, jax.numpy.asarray(x), jax.numpy.asarray(u)))
    assert isinstance(plain(0.0, x, u), np.ndarray)
    np.testing.assert_allclose(model.initial_state(u), model.initial_state(jax.numpy.asarray(u)))
    assert model.initial_state(u).shape == x.shape


def test_it_survives_a_file(model, tmp_path):
    hc.save(model, tmp_path / "model.hc")
    again = hc.load(tmp_path / "model.hc")
    assert repr(again) == repr(model) == "PriorNetwork(2 inputs, 3 readouts, prior of 3 edges, link='logit')"
    np.testing.assert_array_equal(again.weights, model.weights)
    assert "1 of 2" in model._repr_html_()


def test_a_damaged_file_is_refused(model, tmp_path):
    damaged = eqx.tree_at(lambda m: m.prior.source, model, np.array([0, 99, 1]))
    with pytest.raises(FileFormatError, match="index 99"):
        hc.load(hc.save(damaged, tmp_path / "damaged.hc"))


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(DataError, match=r"No path.*'L9'.*identifiers"):
        PriorNetwork(["L9"], ["A"], PRIOR)
    with pytest.raises(InvalidValueError, match="'A' is both a perturbation and a readout"):
        PriorNetwork(["A"], ["A"])
    with pytest.raises(InvalidValueError, match="appears twice"):
        PriorNetwork(["L1", "L1"], ["A"])
    with pytest.raises(InvalidValueError, match="readout_kinds is 'gene'; wanted a list of names"):
        PriorNetwork(["TNF"], ["NFKB"], readout_kinds="gene")
    with pytest.raises(InvalidValueError, match=r"perturbations is 'TNF'; wanted a list .* \['TNF'\]"):
        hc.PriorNetwork("TNF", ["A"])
    with pytest.raises(InvalidValueError, match="found 0 and 1"):
        PriorNetwork([], ["A"])
    with pytest.raises(InvalidValueError, match="positive doses"):
        PriorNetwork(["L1"], ["A"], unit=[0.0])
    with pytest.raises(InvalidValueError, match="link"):
        PriorNetwork(["L1"], ["A"], link="probit")
    with pytest.raises(InvalidValueError, match="prior_share is 2"):
        PriorNetwork(["L1"], ["A"], PRIOR, prior_share=2)
    with pytest.raises(InvalidValueError, match="decay"):
        PriorNetwork(["L1"], ["A"], PRIOR, decay=1.5)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("bias", [1.0], r"bias has shape \(1,\); wanted \(3,\)"),
        ("direct", np.zeros((2, 3)), r"direct has shape \(2, 3\); wanted \(3, 2\)"),
        ("routed", 0.0, r"routed has shape \(\); wanted \(3, 3\)"),
    ],
)
def test_numbers_of_another_shape_are_refused_and_not_spread_out(model, name, value, wanted):
    fitting = {"bias": np.zeros(3), "direct": np.zeros((3, 2)), "routed": np.zeros((3, 3))}
    with pytest.raises(InvalidValueError, match=wanted):
        model.with_weights(**{**fitting, name: value})


def test_other_numbers_change_nothing_else(model):
    other = model.with_weights(bias=np.ones(3), direct=np.ones((3, 2)), routed=np.zeros((3, 3)))
    assert (other.names, other.kinds, other.link) == (model.names, model.kinds, model.link)
    np.testing.assert_array_equal(other.gains, model.gains)
    np.testing.assert_array_equal(other.weights, np.tile([0.5, 1.0], (3, 1)))
    assert not np.array_equal(model.weights, other.weights)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(2)), st.integers(0, 100))
def test_the_order_of_inputs_and_readouts_does_not_matter(rows, columns, seed):
    rng = np.random.default_rng(seed)
    bias, direct, routed = rng.normal(size=3), rng.normal(size=(3, 2)), rng.normal(size=(3, 3))
    inputs, readouts, unit = np.array(["L1", "L2"]), np.array(["A", "B", "C"]), np.array([2.0, 0.5])
    edges = [*PRIOR, {"source": "L2", "target": "C", "sign": -1}]
    one = PriorNetwork(inputs, readouts, edges, unit=unit)
    other = PriorNetwork(inputs[columns], readouts[rows], edges[::-1], unit=unit[columns])
    np.testing.assert_allclose(other.gains, one.gains[np.ix_(rows, columns)], **ANALYTIC)
    one = one.with_weights(bias=bias, direct=direct, routed=routed)
    permuted = {"direct": direct[np.ix_(rows, columns)], "routed": routed[np.ix_(rows, rows)]}
    other = other.with_weights(bias=bias[rows], **permuted)
    np.testing.assert_allclose(other.weights, np.asarray(one.weights)[np.ix_(rows, columns)], **ANALYTIC)


def test_gains_have_length_one_whatever_an_edge_passes_on():
    long = [*PRIOR, {"source": "A", "target": "C", "sign": 0}]
    for decay in (0.05, 0.9):
        gains = PriorNetwork(["L1", "other"], ["A", "B", "C"], long, decay=decay).gains
        np.testing.assert_allclose(np.linalg.norm(gains, axis=0), [1.0, 0.0], **ANALYTIC)
        assert np.sign(gains[:, 0]).tolist() == [1.0, -1.0, 1.0]
    near, far = (PriorNetwork(["L1"], ["A", "B", "C"], long, decay=d).gains[:, 0] for d in (0.05, 0.9))
    assert near[2] < far[2]


def test_a_network_that_passes_on_nothing_has_no_signals():
    still = PriorNetwork(["L1", "L2"], ["A", "B"], PRIOR, decay=0.0)
    assert not still.gains.any()
    assert not still.reach.any()
    assert "0 of 2" in still._repr_html_()


def test_a_dose_counts_in_units_of_its_input():
    rng = np.random.default_rng(3)
    numbers = {"bias": rng.normal(size=1), "direct": rng.normal(size=(1, 1)), "routed": np.zeros((1, 1))}
    coarse, fine = (PriorNetwork(["L"], ["A"], unit=[u]).with_weights(**numbers) for u in (1.0, 1000.0))
    u = np.array([[2.0, 0.0]])
    one = coarse.field()(0.0, u, u)
    np.testing.assert_allclose(
        fine.field()(0.0, u * [1000.0, 1.0], u), np.where([True, False], one - 1998, one)
    )


def test_the_untreated_start_is_at_rest(model):
    u = np.zeros((2, 5))
    x = model.initial_state(u)
    np.testing.assert_array_equal(x[:, :2], 0.0)
    np.testing.assert_allclose(model.field()(0.0, x, u), 0.0, atol=1e-15)
    assert model.field().relaxation.shape == (5,)


def test_typical_doses_are_the_units_and_what_was_never_given_has_one(tiny_screen):
    doses = np.abs(tiny_screen.doses)
    bare = PriorNetwork.from_data(tiny_screen)
    assert bare.perturbations == tiny_screen.perturbations
    assert bare.readouts == tiny_screen.readouts
    assert bare.readout_kinds == tiny_screen.kinds
    np.testing.assert_allclose(bare.unit, [np.sqrt(np.mean(d[d > 0] ** 2)) for d in doses.T])
    none = replace(tiny_screen, doses=tiny_screen.doses * [1.0, 0.0])
    np.testing.assert_allclose(PriorNetwork.from_data(none).unit, [bare.unit[0], 1.0])
    assert PriorNetwork.from_data(tiny_screen, unit=[3.0, 4.0]).unit.tolist() == [3.0, 4.0]
