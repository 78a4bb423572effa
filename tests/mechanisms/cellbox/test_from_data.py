from __future__ import annotations

import dataclasses

import jax
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.mechanisms.cellbox import edge_prior, kind_mask
from hybridcell.mechanisms.cellbox.from_data import HEADROOM, INITIAL_SD, reference_strengths
from tests.conftest import KINDS, NAMES
from tests.tolerances import ANALYTIC

KEY = jr.key(0)
TARGETS = pd.DataFrame({"drug": ["aMEK", "aAKT"], "target": ["MEK", "AKT"], "sign": [1, 1]})


def make(screen, **options):
    return hc.CellBox.from_data(screen, key=KEY, **options)


def test_names_and_kinds_are_the_readouts_and_then_the_drugs(tiny_screen):
    model = make(tiny_screen)
    assert model.names == NAMES
    assert model.kinds == KINDS
    np.testing.assert_array_equal(model.mask, kind_mask(KINDS))
    np.testing.assert_array_equal(model.inputs(tiny_screen)[:, 6:], tiny_screen.doses)


def test_anndata_gives_the_same_model(tiny_screen):
    found, wanted = make(tiny_screen.to_anndata()), make(tiny_screen)
    assert found.names == wanted.names
    np.testing.assert_array_equal(found._response.raw, wanted._response.raw)


def test_a_perturbation_that_is_read_out_is_one_node(tiny_screen):
    knocked = dataclasses.replace(tiny_screen, perturbations=("MEK", "aAKT"))
    model = make(knocked)
    assert model.names == (*NAMES[:6], "aAKT")
    assert model.drugs == ("aAKT",)


def test_a_drug_that_is_read_out_stays_a_drug(tiny_screen):
    kinds = ("drug", *tiny_screen.kinds[1:])
    model = make(dataclasses.replace(tiny_screen, kinds=kinds))
    assert model.drugs == ("EGFR", "aMEK", "aAKT")
    assert float(model.gain[0]) == pytest.approx(1.0)


def test_the_same_key_gives_the_same_weights(tiny_screen):
    one, two, other = make(tiny_screen), make(tiny_screen), hc.CellBox.from_data(tiny_screen, key=jr.key(1))
    np.testing.assert_array_equal(one._response.raw, two._response.raw)
    assert not np.array_equal(one._response.raw, other._response.raw)


def test_responses_start_small_and_saturation_above_every_measurement(tiny_screen):
    model = make(tiny_screen)
    response = np.asarray(model.response)
    assert 0.5 * INITIAL_SD < response[model.mask].std() < 2 * INITIAL_SD
    gain = np.asarray(model.gain)
    largest = np.abs(tiny_screen.values).max(axis=0)
    np.testing.assert_allclose(gain[:6], HEADROOM * np.maximum(largest, 0.3), **ANALYTIC)
    np.testing.assert_allclose(gain[6:], 1.0, **ANALYTIC)


def test_missing_values_and_never_measured_readouts_do_no_harm(tiny_screen):
    values = tiny_screen.values.copy()
    values[:, 0], values[1, 2] = np.nan, np.nan
    model = make(dataclasses.replace(tiny_screen, values=values))
    assert np.isfinite(model.weights).all()
    assert float(model.gain[0]) == pytest.approx(HEADROOM * 0.3)


def test_options_reach_the_network(tiny_screen):
    alpha = np.linspace(0.5, 1.5, 8)
    options = {"envelope": "hill", "power": 2, "degree": 2, "input": "scaled", "clamp": True}
    model = make(tiny_screen, alpha=alpha, epsilon=2.0, psi=0.7, **options)
    assert {name: getattr(model, name) for name in options} == options
    np.testing.assert_allclose(model.alpha, alpha, **ANALYTIC)
    np.testing.assert_allclose(model.epsilon, np.full(8, 2.0), **ANALYTIC)
    np.testing.assert_allclose(model.psi, np.full(8, 0.7), **ANALYTIC)
    # whatever the rates, local responses are drawn alike
    np.testing.assert_allclose(model.response, make(tiny_screen).response, **ANALYTIC)


def test_drugs_act_on_phenotypes_only_if_asked(tiny_screen):
    growth, drug = NAMES.index("growth"), NAMES.index("aMEK")
    assert not make(tiny_screen).mask[growth, drug]
    assert make(tiny_screen, drug_to_phenotype=True).mask[growth, drug]


def test_a_mask_narrows_what_kinds_allow(tiny_screen):
    mask = np.ones((8, 8))
    mask[0, 1] = 0
    model = make(tiny_screen, mask=mask)
    assert not model.mask[0, 1]
    assert model.mask.sum() == kind_mask(KINDS).sum() - 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"envelop": "tanh"},
            UnknownNameError,
            "no option of CellBox.from_data 'envelop'. Did you mean 'envelope'",
        ),
        ({"drug_target": TARGETS}, UnknownNameError, "Did you mean 'drug_targets'"),
        ({"weights": np.zeros((8, 8))}, InvalidValueError, "from_data draws the weights"),
        ({"envelope": "tan"}, InvalidValueError, "Did you mean 'tanh'"),
        (
            {"prior_mode": "strict", "prior": [{"source": "RAS", "target": "MEK"}]},
            InvalidValueError,
            "prior_mode is",
        ),
        ({"mask": np.ones(8)}, InvalidValueError, r"mask has shape \(8,\); wanted \(8, 8\)"),
        ({"epsilon": 0.0}, InvalidValueError, "epsilon of node 'EGFR' is 0.0"),
        ({"alpha": [1.0, 2.0]}, InvalidValueError, r"alpha has shape \(2,\)"),
        ({"drug_targets": TARGETS, "drug_strengths": {"aMEC": 1.0}}, UnknownNameError, "Did you mean 'aMEK'"),
        ({"drug_targets": TARGETS, "drug_strengths": {"aMEK": np.nan}}, InvalidValueError, "'aMEK' is nan"),
        ({"prior": [{"source": "RAF", "target": "MEK"}]}, UnknownNameError, "'RAF'. Did you mean 'RAS'"),
    ],
)
def test_options_that_make_no_sense_are_refused(tiny_screen, options, error, message):
    with pytest.raises(error, match=message):
        make(tiny_screen, **options)


EDGES = [
    {"source": "RAS", "target": "MEK", "sign": 1},
    {"source": "ERK", "target": "RAS", "sign": -1},
    {"source": "aMEK", "target": "MEK", "sign": 1},
    {"source": "MEK", "target": "ERK", "sign": 0},
]


def test_a_soft_prior_leaves_the_network_as_it_is(tiny_screen):
    model = make(tiny_screen, prior=pd.DataFrame(EDGES))
    assert model.edge_prior.n_edges == 4
    np.testing.assert_array_equal(model.mask, make(tiny_screen).mask)
    np.testing.assert_array_equal(model.response, make(tiny_screen).response)


@pytest.mark.parametrize("as_object", [False, True])
def test_a_hard_prior_is_all_there_is(tiny_screen, as_object):
    prior = edge_prior(EDGES, NAMES, mode="hard") if as_object else EDGES
    model = make(tiny_screen, prior=prior, prior_mode="hard")
    assert model.n_edges == model.mask.sum() == 4
    weights = np.asarray(model.weights)
    for edge in EDGES:
        found = weights[NAMES.index(edge["target"]), NAMES.index(edge["source"])]
        assert found * (edge["sign"] or np.sign(found)) > 0


def test_a_hard_prior_holds_for_the_drug_prior_too(tiny_screen):
    edges = [{"source": "aMEK", "target": "MEK", "sign": -1}, {"source": "RAS", "target": "MEK", "sign": 1}]
    with pytest.warns(UserWarning, match=r"1 of 2 drug targets are left out.*'aAKT' -> 'AKT'"):
        model = make(tiny_screen, prior=edges, prior_mode="hard", drug_targets=TARGETS)
    weights = np.asarray(model.weights)
    assert np.count_nonzero(weights) == 2
    assert weights[NAMES.index("MEK"), NAMES.index("aMEK")] < 0


def test_a_prior_of_another_network_is_refused(tiny_screen):
    with pytest.raises(InvalidValueError, match=r"the prior has shape \(2, 2\); wanted \(8, 8\)"):
        make(tiny_screen, prior=edge_prior([{"source": "a", "target": "b"}], ("a", "b")))


@pytest.mark.parametrize(
    ("source", "target"), [("aMEK", "growth"), ("MEK", "aMEK"), ("growth", "MEK")], ids=lambda name: name
)
def test_edges_that_kinds_forbid_are_left_out_with_a_warning(tiny_screen, source, target):
    edges = [*EDGES, {"source": source, "target": target}]
    with pytest.warns(UserWarning, match=f"1 of 5 edges of the prior are left out.*'{source}' -> '{target}'"):
        model = make(tiny_screen, prior=edges)
    assert not model.mask[NAMES.index(target), NAMES.index(source)]


def test_a_drug_prior_fills_the_columns_of_drugs(tiny_screen):
    model = make(tiny_screen, drug_targets=TARGETS)
    response = np.asarray(model.response)
    # strength 0.5 per unit of input at the reference |u| = 1, where the drug's node is at tanh(1)
    wanted = np.zeros((8, 2))
    wanted[NAMES.index("MEK"), 0] = wanted[NAMES.index("AKT"), 1] = 0.5 / np.tanh(1.0)
    np.testing.assert_allclose(response[:, 6:], wanted, **ANALYTIC)
    np.testing.assert_array_equal(response[:, :6], np.asarray(make(tiny_screen).response)[:, :6])


@pytest.mark.parametrize("sign", ["strength", "dose"])
@pytest.mark.parametrize(
    "options",
    [
        {"clamp": True},
        {"input": "outside"},
        {"input": "scaled", "psi": 0.6},
        {"envelope": "hill", "power": 2},
        {"envelope": "clip", "epsilon": 1.5, "alpha": 0.5},
    ],
    ids=str,
)
def test_activities_are_those_of_the_drug_nodes_at_rest(tiny_screen, options, sign):
    screen = tiny_screen
    if sign == "dose":
        screen = dataclasses.replace(tiny_screen, doses=-tiny_screen.doses, input="dose")
    model = make(screen, drug_targets=TARGETS, drug_strengths={"aMEK": 0.7, "aAKT": 2.0}, **options)
    np.testing.assert_array_equal(model.drug_effects.reference, [0.7, 2.0])
    u = np.zeros((1, 8))
    u[0, 6:] = model.drug_effects.reference * (1 if sign == "dose" else -1)
    field, x = jax.tree.map(np.asarray, model.field()), np.asarray(model.initial_state(u))
    for _ in range(3):
        x = x + field(0.0, x, u) / field.relaxation
    np.testing.assert_allclose(model.drug_effects.activity, np.abs(x[0, 6:]), **ANALYTIC)


def test_a_drug_that_is_not_used_has_the_strength_of_the_others(tiny_screen):
    unused = dataclasses.replace(tiny_screen, doses=tiny_screen.doses * [1.0, 0.0])
    np.testing.assert_array_equal(reference_strengths(unused, ("aMEK", "aAKT"), None), [1.0, 1.0])
    np.testing.assert_array_equal(reference_strengths(unused, ("aMEK", "aAKT"), {"aMEK": -3.0}), [3.0, 3.0])
    silent = dataclasses.replace(tiny_screen, doses=tiny_screen.doses * 0.0)
    np.testing.assert_array_equal(reference_strengths(silent, ("aMEK", "aAKT"), None), [1.0, 1.0])


def test_the_melanoma_network_is_that_of_the_paper(melanoma):
    model = hc.CellBox.from_data(melanoma, key=KEY)
    assert [model.kinds.count(kind) for kind in ("protein", "phenotype", "drug")] == [82, 5, 12]
    assert model.mask.sum() == 8036


def test_a_control_far_from_0_is_warned_of(tiny_screen):
    values = tiny_screen.values.copy()
    values[:, 0] = 100.0 - 10.0 * np.arange(len(values))  # percent of what is untreated
    untreated = ~tiny_screen.doses.any(axis=1)
    values[untreated, 0] = 100.0
    values[:, 1] = np.nan
    with pytest.warns(UserWarning, match=f"control is at 100 in '{NAMES[0]}'.*Take log ratios"):
        make(dataclasses.replace(tiny_screen, values=values))
    small = tiny_screen.values + 0.05  # as far as noise puts it
    make(dataclasses.replace(tiny_screen, values=small))


def test_a_network_without_possible_edges_is_warned_of(tiny_screen):
    growth = dataclasses.replace(tiny_screen, kinds=("phenotype",) * len(tiny_screen.kinds))
    with pytest.warns(UserWarning, match="No edge is possible.*Phenotypes are all.*drug_to_phenotype=True"):
        make(growth)
    assert make(growth, drug_to_phenotype=True).mask.any()
    closed = np.zeros((len(NAMES), len(NAMES)), dtype=bool)
    with pytest.warns(UserWarning, match="No edge is possible.*The mask, or a hard prior, leaves none"):
        make(tiny_screen, mask=closed)
    make(dataclasses.replace(tiny_screen, perturbations=("MEK", "ERK")), mask=closed[:6, :6])
