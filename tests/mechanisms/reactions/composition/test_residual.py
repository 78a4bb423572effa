"""A neural term added to species, variables and fluxes: what holds for any weights."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from tests.mechanisms.reactions.composition.hybrids import (
    CHAIN,
    ENZYME,
    LV,
    NUMPY,
    by_id,
    change,
    observed,
    shaken,
    states,
)
from tests.tolerances import ANALYTIC

KEY = jr.key(0)
seeds = st.integers(0, 10**6)
weights = settings(max_examples=20, deadline=None)


def with_term(network=ENZYME, outputs=None, inputs=None, **options):
    return network + hc.NeuralResidual(inputs, outputs, **{"width": 3, "key": KEY, **options})


def index(network, id):
    return network.equations.states.index(id)


@pytest.mark.parametrize(
    ("network", "outputs"),
    [(ENZYME, None), (ENZYME, ["cut", "pair"]), (CHAIN, None), (CHAIN, ["y", "A", "drain"]), (LV, ["prey"])],
)
@pytest.mark.parametrize("options", [{}, {"width": 0, "bound": None}, {"positive": False}], ids=str)
def test_it_starts_as_nothing(network, outputs, options):
    x = states(network, 0)
    model = with_term(network, outputs, **options)
    assert model.equations.states == network.equations.states
    assert_allclose(change(model, x), change(network, x), **ANALYTIC)


@given(seed=seeds, positive=st.booleans())
@weights
def test_conserved_sums_stay_conserved(seed, positive):
    model = shaken(with_term(positive=positive), seed, 2.0)
    x = states(ENZYME, seed)
    rates = change(model, x)
    assert not np.allclose(rates, change(ENZYME, x))
    wanted, table = ENZYME.conserved_moieties, model.conserved_moieties
    assert [*table["moiety"]] == [*wanted["moiety"]]
    for ids, coefficients in zip(wanted["ids"], wanted["coefficients"]):
        total = np.array(coefficients) @ rates[[index(model, id) for id in ids]]
        assert_allclose(total, 0, atol=1e-9 * np.abs(rates).max())


def test_between_two_members_it_moves_amounts():
    model = shaken(with_term(outputs=["S", "ES", "E"]), 1)
    (hole,) = model.holes
    # two sums, three species: one direction is left
    assert len(hole.outputs) == 1
    assert {*hole.terms} == {"S", "ES", "E"}
    x = states(ENZYME, 0)
    moved = change(model, x) - change(ENZYME, x)
    assert_allclose(moved[index(model, "S")], moved[index(model, "E")], **ANALYTIC)
    assert_allclose(moved[index(model, "S")], -moved[index(model, "ES")], **ANALYTIC)
    assert not moved[[index(model, "P"), index(model, "D")]].any()
    assert np.abs(moved).max() > 0.01


def test_a_stoichiometry_of_two_is_kept():
    model = shaken(with_term(outputs=["P", "D"]), 1)
    x = states(ENZYME, 0)
    moved = change(model, x) - change(ENZYME, x)
    assert_allclose(moved[index(model, "P")], -2 * moved[index(model, "D")], **ANALYTIC)


@given(seed=seeds)
@weights
def test_nothing_is_consumed_that_is_used_up(seed):
    for network in (ENZYME, CHAIN, LV):
        model = shaken(with_term(network), seed, 3.0)
        for id in [s.id for s in network.species if not s.boundary]:
            x = states(network, seed)
            x[index(model, id)] = 0
            assert (change(model, x)[index(model, id)] >= -1e-12).all(), id


@given(seed=seeds)
@settings(max_examples=8, deadline=None)
def test_a_term_on_a_reaction_does_not_use_up_more_than_there_is(seed):
    for network, reactions in ((ENZYME, ["bind", "cut", "pair"]), (CHAIN, ["turn", "drain"])):
        model = shaken(with_term(network, reactions), seed, 3.0)
        for id in [s.id for s in network.species if not s.boundary]:
            x = states(network, seed)
            x[index(model, id)] = 0
            assert (change(model, x)[index(model, id)] >= -1e-12).all(), id


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("network", "outputs"), [(ENZYME, None), (LV, None), (CHAIN, ["A", "B"]), (CHAIN, ["turn", "drain"])]
)
def test_amounts_stay_positive_along_a_simulation(network, outputs, seed):
    model = shaken(with_term(network, outputs), seed, 2.0)
    found = hc.simulate(model, t1=10.0, n_points=41, solve=NUMPY)
    assert found.result == ("success",)
    species = [index(model, s.id) for s in network.species if not s.boundary]
    assert (found.values[..., species] >= -1e-6).all()


def test_without_positive_it_consumes_what_is_not_there():
    model = shaken(with_term(LV, positive=False), 1, 3.0)
    x = np.zeros((2, 50))
    x[0] = np.linspace(0, 5, 50)
    guarded = shaken(with_term(LV), 1, 3.0)
    assert (change(model, x)[1] < 0).any() or (change(model, x[::-1])[0] < 0).any()
    assert (change(guarded, x)[1] >= 0).all()


@given(seed=seeds, bound=st.floats(0.01, 10))
@weights
def test_terms_are_bounded_in_units_of_the_mechanism(seed, bound):
    model = shaken(with_term(CHAIN, ["A", "y", "turn"], bound=bound), seed, 10.0)
    (hole,) = model.holes
    x = states(CHAIN, seed)
    for output, amplitude in hole.amplitudes.items():
        assert np.abs(observed(model, output, x)).max() <= bound * (1 + 1e-12)
        assert by_id(model)[amplitude] > 0
    for target, term in hole.terms.items():
        most = max(by_id(model)[a] for a in hole.amplitudes.values())
        assert np.abs(observed(model, term, x)).max() <= bound * most * (1 + 1e-12), target


def test_a_term_on_a_reaction_is_added_to_its_rate():
    model = shaken(with_term(CHAIN, ["turn"]), 0)
    x = states(CHAIN, 0)
    (hole,) = model.holes
    added = observed(model, hole.terms["turn"], x)
    assert_allclose(observed(model, "turn", x), observed(CHAIN, "turn", x) + added, **ANALYTIC)
    assert [r.id for r in model.reactions] == [r.id for r in CHAIN.reactions]
    assert np.abs(added).max() > 1e-3


def test_a_term_on_a_variable_is_added_to_its_rule():
    model = shaken(with_term(CHAIN, ["y"]), 0)
    x = states(CHAIN, 0)
    (hole,) = model.holes
    moved = change(model, x) - change(CHAIN, x)
    assert_allclose(moved[index(model, "y")], observed(model, hole.terms["y"], x), **ANALYTIC)
    assert_allclose(np.delete(moved, index(model, "y"), axis=0), 0, atol=1e-15)


def test_it_reads_its_inputs_alone():
    model = shaken(with_term(CHAIN, ["A"], ["B", "time"]), 0)
    (hole,) = model.holes
    assert hole.inputs == ("B", "time")
    term, x = hole.outputs[0], states(CHAIN, 0)
    more = x.copy()
    more[index(model, "A")] += 1
    assert_allclose(observed(model, term, more), observed(model, term, x), **ANALYTIC)
    more[index(model, "B")] += 1
    assert not np.allclose(observed(model, term, more), observed(model, term, x))
    assert not np.allclose(observed(model, term, x, 3.0), observed(model, term, x))


def test_defaults_are_all_species_and_variables():
    (hole,) = with_term(CHAIN).holes
    assert (hole.kind, hole.inputs, hole.targets) == ("residual", ("A", "B"), ("A", "B", "y"))


def test_with_conserve_false_each_species_has_a_term():
    model = shaken(with_term(outputs=["S"], conserve=False), 0)
    x = states(ENZYME, 0)
    moved = change(model, x) - change(ENZYME, x)
    assert np.abs(moved[index(model, "S")]).max() > 1e-3
    assert_allclose(np.delete(moved, index(model, "S"), axis=0), 0, atol=1e-12)
    assert len(model.conserved_moieties) == len(ENZYME.conserved_moieties) - 1


@pytest.mark.parametrize(
    ("outputs", "inputs", "error", "message"),
    [
        (
            ["Ss"],
            None,
            UnknownNameError,
            r"no species or reaction \(named as residual output\) 'Ss'. Did you",
        ),
        (["S"], None, InvalidValueError, "'S' would break the conservation of .*S.*conserve=False"),
        (["E", "D"], None, InvalidValueError, "would break the conservation of"),
        (["kcat"], None, InvalidValueError, "Nothing can be added to 'kcat': it is a constant"),
        ([], None, InvalidValueError, "outputs is empty"),
        (["cut"], ["EE"], UnknownNameError, r"\(named as an input\) 'EE'. Did you mean"),
        (["cut"], [], InvalidValueError, "at least one input; found none"),
    ],
)
def test_bad_terms_are_refused(outputs, inputs, error, message):
    with pytest.raises(error, match=message):
        with_term(ENZYME, outputs, inputs)


def test_boundary_species_and_ruled_ids_cannot_move():
    for id in ("F", "total"):
        with pytest.raises(InvalidValueError, match=f"Nothing can be added to '{id}'"):
            with_term(CHAIN, [id])


def test_a_network_without_states_has_nothing_to_add_to():
    empty = hc.read_sbml("model m\n k = 1; y := 2*k\nend")
    with pytest.raises(InvalidValueError, match="this network has no states"):
        with_term(empty)
