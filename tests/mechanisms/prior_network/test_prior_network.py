"""The prior network as a model."""

import equinox as eqx
import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError
from hybridcell.mechanisms import PriorNetwork

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
