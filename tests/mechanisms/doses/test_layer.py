from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.mechanisms.doses import DoseLayer, occupancy

TARGETS = {"MEKi": "MEK", "AKTi": "AKT"}
LAYER = DoseLayer(["MEKi", "AKTi"], targets=TARGETS, ec50=[0.1, 2.0], hill=[1.0, 2.0], maximum=[-1.5, -0.8])


def network():
    names = ["MEK", "ERK", "AKT", "growth"]
    weights = [[0, 0, 0, 0], [0.8, 0, 0, 0], [0.2, 0, 0, 0], [0, 0.6, 0.4, 0]]
    return hc.CellBox(names, ["protein"] * 3 + ["phenotype"], weights)


def test_occupancies_are_in_the_unit_of_the_ec50():
    np.testing.assert_allclose(LAYER.occupancy([[0.0, 2.0], [0.1, 6.0]]), [[0.0, 0.5], [0.5, 0.9]])
    with pytest.raises(InvalidValueError, match="0 or more"):
        LAYER.occupancy([[0.0, -2.0]])
    with pytest.raises(InvalidValueError, match="2 drugs"):
        LAYER.occupancy([[1.0]])


def test_the_effects_of_drugs_fill_their_columns():
    model = network().with_doses(LAYER)
    response = np.asarray(model.response)
    assert response[0, 4] == -1.5
    assert response[2, 5] == -0.8
    assert np.count_nonzero(response[:, 4:]) == 2  # off-targets start at nothing
    assert model.doses is not None
    free = np.asarray(model.doses.free)
    assert free[:, 0].tolist() == [False, True, True, False, False, False]  # proteins but its target


def test_off_targets_add_to_what_a_drug_does():
    model = network().with_doses(LAYER)
    values = np.zeros((6, 2))
    values[2, 0] = 0.7
    values[0, 0] = 9.0  # the main target: not an off-target, so that it does not count
    changed = eqx.tree_at(lambda m: m.doses._off_target.raw, model, jnp.asarray(values))
    assert np.asarray(changed.response)[:, 4].tolist() == [-1.5, 0.0, 0.7, 0.0, 0.0, 0.0]


def test_numbers_can_be_set_and_hills_stay_in_their_bounds():
    new = LAYER.with_values(ec50=[0.2, 1.0], hill=9.0, maximum={"MEKi": -1.0, "AKTi": -2.0})
    np.testing.assert_allclose(new.ec50, [0.2, 1.0])
    assert (np.asarray(new.hill) < 6).all()
    np.testing.assert_allclose(new.maximum, [-1.0, -2.0])
    np.testing.assert_allclose(new.restarted().ec50, [0.1, 2.0])
    np.testing.assert_array_equal(new.restarted().maximum, LAYER.maximum)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"hill": 7.0}, "hill"), ({"ec50": -1.0}, "ec50"), ({"maximum": np.inf}, "maximum")],
)
def test_numbers_out_of_range_are_refused(options, says):
    with pytest.raises(InvalidValueError, match=says):
        DoseLayer(["MEKi"], targets={"MEKi": "MEK"}, **options)


def test_the_prior_is_least_where_it_is_centered():
    centered = DoseLayer(["MEKi"], targets=None, ec50=3.0)
    assert float(centered.prior_penalty()) == 0.0
    np.testing.assert_allclose(centered.with_values(ec50=3.0 * np.e**2).prior_penalty(), 0.5)
    np.testing.assert_allclose(centered.with_values(hill=np.exp(0.5)).prior_penalty(), 0.5)
    np.testing.assert_allclose(DoseLayer(["a"], targets={"a": "b"}, maximum=-2.0).prior_penalty(), 0.5)


@pytest.mark.parametrize(("largest", "is_known"), [(30.0, True), (0.1, False)])
def test_below_its_ec50_a_drug_is_not_known_apart_from_its_maximum(largest, is_known):
    doses = jnp.geomspace(largest / 300, largest, 12)

    def residuals(logs):
        effect = jnp.exp(logs[1]) * occupancy(doses, jnp.exp(logs[0]), jnp.asarray(1.0))
        return (effect - occupancy(doses, jnp.asarray(1.0), jnp.asarray(1.0))) / 0.03

    curve = FunctionObjective(["log ec50", "log maximum"], [-9, -9], [9, 9], residuals=residuals)
    found = hc.infer.profiles(curve, at={"log ec50": 0.0, "log maximum": 0.0}, progress=False)
    uppers = np.array([found.interval(name)[1] for name in ("log ec50", "log maximum")])
    assert (np.isfinite(uppers) & (uppers < 3)).all() == is_known


def test_a_layer_outside_of_a_network_says_so():
    with pytest.raises(InvalidValueError, match="with_doses"):
        _ = LAYER.off_target
    with pytest.raises(InvalidValueError, match="with_doses"):
        hc.CellBox(["MEK", "MEKi"], ["protein", "drug"], np.zeros((2, 2)), doses=LAYER)


def test_it_shows_itself_with_its_unit():
    html = LAYER._repr_html_()
    for part in ("ec50 (uM)", "MEKi", "-1.5"):
        assert part in html
    assert repr(LAYER) == "DoseLayer(2 drugs in uM: MEKi, AKTi)"
    known = DoseLayer(["a", "b"], ec50=[1.0, 5.0], largest=[2.0, 2.0]).to_dataframe()
    assert known["reached"].tolist() == [True, False]


def test_slopes_through_a_steady_state_are_those_of_differences():
    from hybridcell.simulate.steady.fixed_point import implicit_steady_state

    model = network().with_doses(LAYER)
    u = jnp.asarray(model.inputs(hc.data.as_conditions([{"MEKi": 0.3, "AKTi": 1.0}, {"AKTi": 5.0}, {}])))

    def growth(z):
        doses = eqx.tree_at(
            lambda d: (d._potency.raw, d._hill.raw, d._maximum.raw), model.doses,
            (z[:2], z[2:4], z[4:6]),
        )  # fmt: skip
        dosed = eqx.tree_at(lambda m: m.doses, model, doses)
        x = implicit_steady_state(dosed.field(), u, dosed.initial_state(u))
        return jnp.sum(x[:, 3] * jnp.array([1.0, 2.0, 3.0]))

    layer = model.doses
    assert layer is not None
    start = jnp.concatenate([layer._potency.raw, layer._hill.raw, layer._maximum.raw])
    both, step = jax.jit(jax.value_and_grad(growth)), 1e-5
    slope = both(start)[1]
    differences = [(both(start + e)[0] - both(start - e)[0]) / (2 * step) for e in step * np.eye(6)]
    np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-9)
    assert (np.abs(slope) > 1e-4).all()


def test_a_layer_is_bound_to_names_and_keeps_off_targets_of_the_same_ones():
    nodes, allowed = ("MEK", "AKT", "ERK", "MEKi", "AKTi"), np.ones((5, 5), dtype=bool)
    bound = LAYER.bind(nodes, allowed)
    assert bound.columns == (3, 4)
    assert bound.fills(5).tolist() == [False, False, False, True, True]
    learned = eqx.tree_at(lambda d: d._off_target.raw, bound, jnp.full((5, 2), 0.3))
    again = learned.bind(nodes, allowed)
    np.testing.assert_array_equal(again.off_target, learned.off_target)
    assert np.asarray(again.off_target)[[0, 1], [0, 1]].tolist() == [0.0, 0.0]
    assert not np.asarray(learned.restarted().off_target).any()
    for other in (nodes[::-1], (*nodes, "RAF")):
        with pytest.raises(InvalidValueError, match="not bound to these nodes"):
            bound.check_nodes(other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": {"MEKi": "MEKK"}}, r"target of 'MEKi'.*'MEKK'.*Did you mean 'MEK'"),
        ({"off_targets": {"MEKi": ["ERC"]}}, r"off-target of 'MEKi'.*'ERC'.*Did you mean 'ERK'"),
    ],
)
def test_nodes_that_a_drug_cannot_act_on_are_told(options, message):
    layer = DoseLayer(["MEKi"], **{"targets": {"MEKi": "MEK"}, **options})
    with pytest.raises(UnknownNameError, match=message):
        network().with_doses(layer)


def test_where_only_some_off_targets_are_wanted_others_stay_away():
    layer = DoseLayer(["MEKi", "AKTi"], targets=TARGETS, off_targets={"AKTi": ["MEK", "AKT"]})
    doses = network().with_doses(layer).doses
    assert doses is not None
    np.testing.assert_array_equal(np.argwhere(np.asarray(doses.free)), [[0, 1]])


def learned_layer(effects):
    """Return a layer that has learned off-targets, bound to the nodes of `network`."""
    bound = network().with_doses(LAYER).doses
    assert bound is not None
    values = np.zeros((6, 2))
    for (node, drug), effect in effects.items():
        values[bound.nodes.index(node), LAYER.drugs.index(drug)] = effect
    return eqx.tree_at(lambda d: d._off_target.raw, bound, jnp.asarray(values))


def test_learned_off_targets_go_along_to_a_network_with_other_nodes():
    layer = learned_layer({("ERK", "MEKi"): 0.7, ("MEK", "AKTi"): -0.2, ("MEK", "MEKi"): 9.0})
    names = ["RAF", "AKT", "ERK", "MEK"]
    doses = hc.CellBox(names, ["protein"] * 4, np.zeros((4, 4))).with_doses(layer).doses
    assert doses is not None
    assert doses.nodes == (*names, "MEKi", "AKTi")
    wanted = np.zeros((6, 2))
    wanted[2, 0], wanted[3, 1] = 0.7, -0.2
    np.testing.assert_array_equal(doses.off_target, wanted)


@pytest.mark.parametrize(
    ("kinds", "says"),
    [
        ({"MEK": "protein", "AKT": "protein"}, "it is no node of this network"),
        ({"MEK": "protein", "AKT": "protein", "ERK": "phenotype"}, "may not act on it in this network"),
    ],
)
def test_learned_off_targets_that_have_no_place_in_a_network_are_refused(kinds, says):
    layer = learned_layer({("ERK", "MEKi"): 0.7})
    other = hc.CellBox(list(kinds), list(kinds.values()), np.zeros((len(kinds),) * 2))
    with pytest.raises(InvalidValueError, match=rf"'MEKi' acts on 'ERK' \(0.7\), and.*{says}.*restarted"):
        other.with_doses(layer)
    assert other.with_doses(layer.restarted()).doses is not None


def test_a_layer_of_an_older_file_restarts_with_the_maxima_it_has():
    older = eqx.tree_at(lambda d: d.given_maximum, LAYER.with_values(maximum=-2.0), None)
    np.testing.assert_array_equal(older.restarted().maximum, [-2.0, -2.0])
