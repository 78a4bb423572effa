"""A neural law in the place of a reaction's own: what holds for any weights."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, SBMLWarning, UnknownNameError
from tests.mechanisms.reactions.composition.hybrids import (
    CHAIN,
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
from tests.tolerances import ANALYTIC

KEY = jr.key(0)
seeds = st.integers(0, 10**6)
weights = settings(max_examples=25, deadline=None)


def hybrid(network=ENZYME, reaction="cut", inputs=None, **options):
    return network.replace(reaction, hc.NeuralRate(inputs, **{"width": 3, "key": KEY, **options}))


def index(network, id):
    return network.equations.states.index(id)


@pytest.mark.parametrize("reaction", ["bind", "cut", "pair"])
@pytest.mark.parametrize("options", [{}, {"width": 0}, {"depth": 2, "bound": 2.0}], ids=str)
def test_around_the_law_it_starts_at_the_mechanism(reaction, options):
    model = hybrid(reaction=reaction, around="law", **options)
    x = states(ENZYME, 0)
    assert_allclose(change(model, x), change(ENZYME, x), **ANALYTIC)


def test_around_substrates_it_starts_at_mass_action_through_the_first_state():
    model = hybrid(reaction="cut")
    assert_allclose(change(model, start(ENZYME)), change(ENZYME, start(ENZYME)), **ANALYTIC)
    # ES and PP enter with their stoichiometry: k ES and k P^2, as the laws are
    x = states(ENZYME, 1)
    for reaction in ("cut", "pair"):
        assert_allclose(change(hybrid(reaction=reaction), x), change(ENZYME, x), **ANALYTIC)


def test_an_input_flow_starts_at_its_rate():
    model = hybrid(CHAIN, "feed", ["A"])
    x = states(CHAIN, 0)
    assert_allclose(observed(model, "feed", x), observed(CHAIN, "feed", x), **ANALYTIC)


@given(seed=seeds)
@weights
def test_mass_balance_and_conserved_sums_hold_for_all_weights(seed):
    model = shaken(hybrid().replace("bind", hc.NeuralRate(key=KEY, width=2, around="law")), seed)
    x = states(ENZYME, seed)
    rates, v = change(model, x), [observed(model, id, x) for id in ("bind", "cut", "pair")]
    net = {"S": -v[0], "E": v[1] - v[0], "ES": v[0] - v[1], "P": v[1] - 2 * v[2], "D": v[2]}
    for id, wanted in net.items():
        assert_allclose(rates[index(model, id)], wanted, rtol=1e-9, atol=1e-9 * np.abs(rates).max())
    table = model.conserved_moieties
    assert [*table["moiety"]] == [*ENZYME.conserved_moieties["moiety"]]
    assert len(table) == 2
    for ids, coefficients in zip(table["ids"], table["coefficients"]):
        rows = [index(model, id) for id in ids]
        assert_allclose(np.array(coefficients) @ rates[rows], 0, atol=1e-9 * np.abs(rates).max())


@given(seed=seeds, transform=st.sampled_from(["log", "linear", "saturating"]))
@weights
def test_the_rate_is_positive_and_zero_without_substrate(seed, transform):
    for reaction, needed in (("bind", ("S", "E")), ("cut", ("ES",)), ("pair", ("P",))):
        model = shaken(hybrid(reaction=reaction, transform=transform), seed)
        x = states(ENZYME, seed)
        assert (observed(model, reaction, x) >= 0).all()
        assert np.isfinite(observed(model, reaction, x)).all()
        for id in needed:
            gone = x.copy()
            gone[index(model, id)] = 0
            assert not observed(model, reaction, gone).any()


@given(seed=seeds, k=st.floats(1e-2, 1e2))
@weights
def test_a_reversible_rate_rests_at_equilibrium(seed, k):
    model = shaken(hybrid(reaction="pair", reversible=True, equilibrium=k), seed)
    x = states(ENZYME, seed)
    volume = by_id(ENZYME)["cell"]
    x[index(model, "D")] = k * (x[index(model, "P")] / volume) ** 2 * volume
    assert_allclose(observed(model, "pair", x) / x[index(model, "P")] ** 2, 0, atol=1e-9)
    for factor, sign in ((0.5, 1), (2, -1)):
        away = x.copy()
        away[index(model, "D")] *= factor
        assert (np.sign(observed(model, "pair", away)) == sign).all()


def test_an_unknown_equilibrium_is_a_free_constant():
    model = hybrid(reaction="pair", reversible=True)
    freedom = model.holes.freedoms["nn_pair_keq"]
    assert (by_id(model)["nn_pair_keq"], freedom.transform, freedom.trainable) == (1.0, "log", True)
    x = states(ENZYME, 0)
    moved = model.with_values({"nn_pair_keq": 4.0})
    p, d = (x[index(model, id)] / 2.0 for id in "PD")
    ratio = observed(moved, "pair", x) / observed(model, "pair", x)
    assert_allclose(ratio, (p**2 - d / 4) / (p**2 - d), rtol=1e-9)


@given(seed=seeds, most=st.floats(1e-3, 1e3))
@weights
def test_saturation_is_the_largest_rate(seed, most):
    model = shaken(hybrid(saturation=most), seed, 3.0)
    x = 1e3 * states(ENZYME, seed)
    found = observed(model, "cut", x)
    assert (found >= 0).all()
    assert (found <= most * (1 + 1e-12)).all()


@given(seed=seeds, limit=st.floats(0.1, 3))
@weights
def test_a_bound_keeps_the_factor(seed, limit):
    model = shaken(hybrid(reaction="bind", around="law", bound=limit), seed, 10.0)
    x = states(ENZYME, seed)
    ratio = observed(model, "bind", x) / observed(ENZYME, "bind", x)
    assert (ratio <= np.exp(limit) * (1 + 1e-9)).all()
    assert (ratio >= np.exp(-limit) * (1 - 1e-9)).all()


@given(seed=seeds, transform=st.sampled_from(["log", "linear", "saturating"]), step=st.floats(1e-3, 10))
@weights
def test_the_factor_is_monotonic_in_what_is_named(seed, transform, step):
    rate = {"increasing": ["P"], "decreasing": ["D"], "transform": transform, "around": "law"}
    model = shaken(hybrid(reaction="cut", inputs=["ES", "P", "D"], **rate), seed)
    x = states(ENZYME, seed)
    before = observed(model, "cut", x)
    for id, sign in (("P", 1), ("D", -1)):
        more = x.copy()
        more[index(model, id)] += step
        assert (sign * (observed(model, "cut", more) - before) >= -1e-9 * before).all()


def test_a_monotonic_name_must_be_an_input_also_where_inputs_follow_from_the_law():
    with pytest.raises(InvalidValueError, match=r"increasing names 'P', which is not an input.*'ES'"):
        hybrid(increasing=["P"])
    hybrid(increasing=["ES"])


def test_inputs_follow_from_the_old_law_or_the_reaction():
    def hole(network, reaction, **options):
        return hybrid(network, reaction, **options).holes.holes[0]

    assert hole(ENZYME, "bind").inputs == ("S", "E", "ES")
    assert hole(LV, "grow").inputs == ("prey",)
    with pytest.warns(SBMLWarning, match="without a rate law"):
        lawless = _lawless()
    assert hole(lawless, "v").inputs == ("X", "Y", "Z")
    with pytest.raises(InvalidValueError, match='no law that around="law" could start from'):
        hybrid(lawless, "v", around="law")


def _lawless():
    return hc.read_sbml(
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model>'
        '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
        "<listOfSpecies>"
        + "".join(
            f'<species id="{id}" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false" '
            'boundaryCondition="false" constant="false"/>'
            for id in "XYZ"
        )
        + '</listOfSpecies><listOfReactions><reaction id="v" reversible="false"><listOfReactants>'
        '<speciesReference species="X" stoichiometry="1" constant="true"/></listOfReactants><listOfProducts>'
        '<speciesReference species="Y" stoichiometry="1" constant="true"/></listOfProducts><listOfModifiers>'
        '<modifierSpeciesReference species="Z"/></listOfModifiers></reaction></listOfReactions></model>'
        "</sbml>"
    )


def test_the_time_and_rules_and_parameters_can_be_read():
    model = shaken(hybrid(CHAIN, "turn", ["A", "time", "total", "y", "k3"]), 0)
    x = states(CHAIN, 0)
    assert not np.allclose(observed(model, "turn", x, 0.0), observed(model, "turn", x, 5.0))
    more = x.copy()
    more[index(model, "y")] += 1
    assert not np.allclose(observed(model, "turn", x), observed(model, "turn", more))
    assert not np.allclose(observed(model, "turn", x), observed(model.with_values({"k3": 3.0}), "turn", x))


def test_scales_are_held_and_weights_are_free():
    model = hybrid()
    (hole,) = model.holes
    assert (hole.id, hole.kind, hole.targets, hole.outputs) == ("nn_cut", "rate", ("cut",), ("nn_cut",))
    assert by_id(model)[hole.scales[0]] == 0.2
    assert not model.holes.freedoms[hole.scales[0]].trainable
    assert all(model.holes.freedoms[id].trainable for id in hole.weights)
    assert {*hole.weights, *hole.scales, "nn_cut_k"} == {*model.equations.constants} - {
        *ENZYME.equations.constants
    }
    assert "rate cut learned" in repr(model)


def test_local_parameters_stay_with_a_law_and_go_with_it():
    network = hc.read_sbml(_LOCAL)
    assert "v.k" in hybrid(network, "v", around="law").equations.constants
    assert "v.k" not in hybrid(network, "v").equations.constants
    back = hybrid(network.with_values({"v.k": 7.0}), "v").mechanistic_only()
    assert by_id(back)["v.k"] == 7.0


def test_a_simulation_runs_and_keeps_amounts_positive():
    model = shaken(hybrid().replace("bind", hc.NeuralRate(key=KEY, width=2)), 3)
    found = hc.simulate(model, t1=20.0, n_points=21, solve=NUMPY)
    assert found.result == ("success",)
    assert (found.values >= -1e-7).all()


@pytest.mark.parametrize(
    ("reaction", "options", "error", "message"),
    [
        ("cutt", {}, UnknownNameError, "no reaction 'cutt'. Did you mean 'cut'"),
        ("cut", {"inputs": ["SS"]}, UnknownNameError, r"no id \(named as an input\) 'SS'. Did you mean"),
        ("cut", {"inputs": []}, InvalidValueError, None),
        (
            "cut",
            {"inputs": ["kcat", "cell"]},
            InvalidValueError,
            "constants .kcat, cell.: the hole would cut",
        ),
    ],
)
def test_bad_holes_are_refused(reaction, options, error, message):
    if message is None:
        message = "Nothing to read for the neural rate of 'cut'"
    with pytest.raises(error, match=message):
        hybrid(ENZYME, reaction, **options)


def test_a_reaction_has_one_neural_rate():
    with pytest.raises(InvalidValueError, match="'cut' has a neural rate already; replace it in"):
        hybrid(hybrid())


def test_a_flow_without_species_needs_inputs():
    with pytest.raises(InvalidValueError, match="neither its old law nor the reaction names a species"):
        hybrid(hc.read_sbml("v: -> ; 2; S -> ; S; S = 1"), "v")


_LOCAL = """<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model>
<listOfCompartments><compartment id="c" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies><species id="S" compartment="c" initialConcentration="2" hasOnlySubstanceUnits="false"
boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfReactions><reaction id="v" reversible="false" fast="false"><listOfReactants>
<speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>S</ci></apply></math>
<listOfLocalParameters><localParameter id="k" value="0.5"/></listOfLocalParameters></kineticLaw>
</reaction></listOfReactions></model></sbml>"""
