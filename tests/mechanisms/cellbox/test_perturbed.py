from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import Perturbation
from hybridcell.mechanisms.cellbox.perturbed import perturbed_inputs
from hybridcell.mechanisms.doses import DoseLayer


def network(**options):
    return hc.CellBox(["MEK", "ERK", "aMEK"], ["protein", "protein", "drug"],
                      [[0, 0, 0.9], [0.8, 0, 0], [0, 0, 0]], **options)  # fmt: skip


def inputs(model, text):
    return perturbed_inputs(model, [Perturbation(text)])[0]


def test_doses_without_a_layer_are_strengths_and_with_one_in_its_unit():
    assert inputs(network(), "aMEK -0.5") == {"aMEK": -0.5}
    dosed = network().with_doses(DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, unit="nM"))
    assert inputs(dosed, "MEKi 0.25 uM") == {"MEKi": 250.0}
    assert inputs(dosed, "MEKi 250") == {"MEKi": 250.0}


MEANT = {"log2": np.log2, "ln": np.log, "log10": np.log10, "linear": lambda factor: factor - 1.0}


@pytest.mark.parametrize("scale", MEANT)
@pytest.mark.parametrize(
    ("input", "envelope"), [("inside", "linear"), ("outside", "tanh"), ("scaled", "tanh")]
)
def test_a_node_alone_moves_to_the_factor_on_the_scale_of_the_network(input, envelope, scale):
    model = network(input=input, envelope=envelope, epsilon=2.0, alpha=0.5, psi=3.0, scale=scale)
    for text, factor in (("MEK overexpression 3x", 3.0), ("MEK knockdown 80%", 0.2), ("MEK knockout", 0.01)):
        settled = hc.steady_state(model, conditions=inputs(model, text))
        np.testing.assert_allclose(float(settled[:, "MEK"].X[0, 0]), MEANT[scale](factor), rtol=1e-6)


def test_a_knockdown_of_a_network_that_does_not_say_counts_as_screens_of_it_do():
    model = network(input="outside")
    settled = hc.steady_state(model, conditions=inputs(model, "MEK knockdown 80%"))
    screen = hc.screen_combinations(
        hc.CellBox(["MEK", "a", "b"], ["phenotype", "drug", "drug"], [[0, 1, 1], [0, 0, 0], [0, 0, 0]]),
        readout="MEK", doses=2, input_range=-1.0,
    )  # fmt: skip
    assert screen.scale.effect([float(settled[:, "MEK"].X[0, 0])])[0] == pytest.approx(0.8)


def test_hybrids_read_the_words_of_their_mechanism():
    hybrid = network() + hc.NeuralResidual(width=2, key=jr.key(0))
    assert inputs(hybrid, "MEK knockdown 0.5") == inputs(network(), "MEK knockdown 0.5")


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("aMEKK 1", UnknownNameError, "Did you mean 'aMEK'"),
        ("ERKK knockout", UnknownNameError, "Did you mean 'ERK'"),
        ("aMEK 0.5 uM", InvalidValueError, "with_doses"),
        ("aMEK knockout", InvalidValueError, "is a drug"),
    ],
)
def test_what_has_no_meaning_is_refused(text, error, says):
    with pytest.raises(error, match=says):
        inputs(network(), text)
