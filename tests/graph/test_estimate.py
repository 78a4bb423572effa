import equinox as eqx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError, UnknownNameError
from hybridcell.graph.table import COLUMNS
from tests.graph.conftest import KINDS, NAMES, WEIGHTS


def test_edges_are_the_weights_strongest_first(chain_graph):
    edges = chain_graph.edges
    assert tuple(edges.columns) == COLUMNS
    assert list(zip(edges["source"], edges["target"], edges["sign"])) == [
        ("aRAF", "RAF", 1),
        ("RAF", "ERK", 1),
        ("ERK", "growth", 1),
        ("ERK", "RAF", -1),
        ("RAF", "growth", 1),
    ]
    np.testing.assert_allclose(edges["weight"], [0.9, 0.8, 0.5, -0.2, 0.1], atol=1e-12)


def test_a_single_model_has_no_intervals(chain_graph):
    for column in ("lower", "upper", "sign_stability", "selection"):
        assert chain_graph.edges[column].isna().all()
    assert not chain_graph.edges["in_prior"].any()
    assert (chain_graph.edges["neural_share"] == 0).all()


def test_an_ensemble_has_intervals_and_stability(trio_graph):
    edges = trio_graph.edges.set_index(["source", "target"])
    steady, unsure, rare = edges.loc[("RAF", "ERK")], edges.loc[("ERK", "RAF")], edges.loc[("RAF", "growth")]
    assert steady["weight"] == pytest.approx(0.8)
    np.testing.assert_allclose(
        [steady["lower"], steady["upper"]], np.quantile([0.72, 0.8, 0.88], [0.025, 0.975]), rtol=1e-9
    )
    assert steady["sign_stability"] == steady["selection"] == 1.0
    assert unsure["weight"] == pytest.approx(-0.1)
    assert unsure["sign"] == -1
    assert unsure["sign_stability"] == pytest.approx(2 / 3)
    assert rare["weight"] == 0.0
    assert rare["sign"] == 0
    assert rare["selection"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", ["structural", "response", "local", "global"])
def test_unknown_perturbations_are_refused_whatever_the_kind(kind, chain):
    with pytest.raises(UnknownNameError, match="Did you mean 'aRAF'"):
        hc.interactions(chain, kind=kind, at={"aRAFF": 0.3})


def test_level_sets_the_width(trio):
    wide, narrow = (hc.interactions(trio, level=level).edges for level in (0.95, 0.5))
    varies = wide["upper"] > wide["lower"]
    assert varies.sum() == 3
    assert ((narrow["upper"] - narrow["lower"]) < (wide["upper"] - wide["lower"]))[varies].all()


def test_failed_members_do_not_count(trio):
    broken = Ensemble(members=trio.members, losses=trio.losses, result=("success", "success", "diverged"))
    graph = hc.interactions(broken)
    assert graph.n_members == 2
    assert "growth" not in graph.targets("RAF")["target"].tolist()


def test_no_fitted_member_is_an_error(trio):
    broken = Ensemble(members=trio.members, losses=trio.losses, result=("diverged",) * 3)
    with pytest.raises(NotConvergedError, match="diverged"):
        hc.interactions(broken)


def test_a_fit_is_taken_and_a_failed_one_refused(chain):
    fitted = hc.Fit(model=chain, result="success", loss=0.1, train=None)  # pyright: ignore[reportArgumentType]
    assert len(hc.interactions(fitted)) == 5
    failed = hc.Fit(model=chain, result="diverged", loss=9.0, train=None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(NotConvergedError, match=r"fit\.model"):
        hc.interactions(failed)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"kind": "structura"}, "Did you mean 'structural'"), ({"level": 95}, "0.95")],
)
def test_bad_options(chain, options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.interactions(chain, **options)


def test_not_a_model():
    with pytest.raises(InvalidValueError, match="wanted a model, a Fit or an Ensemble"):
        hc.interactions(np.eye(3))


def test_kinds_differ_as_they_should(chain):
    response = hc.interactions(chain, kind="response").edges.set_index(["source", "target"])["weight"]
    assert response["RAF", "ERK"] == pytest.approx(1.6)
    graph = hc.interactions(chain, kind="global", at={"aRAF": -0.5})
    assert graph.at == "aRAF -0.5"
    assert {"ERK", "growth"} <= set(graph.targets("aRAF")["target"])
    assert not graph.possible[3].any()


def test_prior_edges_are_marked():
    import pandas as pd

    known = pd.DataFrame({"source": ["RAF", "ERK"], "target": ["ERK", "growth"], "sign": [1, 0]})
    screen = hc.PerturbationData(
        values=np.zeros((2, 3)), readouts=NAMES[:3], kinds=KINDS[:3], conditions=["c", "d"],
        perturbations=["aRAF"], doses=[[0], [1]],
    )  # fmt: skip
    import jax.random as jr

    targets = pd.DataFrame({"drug": ["aRAF"], "target": ["RAF"], "sign": [1]})
    model = hc.CellBox.from_data(screen, prior=known, drug_targets=targets, key=jr.key(0))
    edges = hc.interactions(model).edges
    marked = edges[edges["in_prior"]]
    assert set(zip(marked["source"], marked["target"])) == {
        ("RAF", "ERK"),
        ("ERK", "growth"),
        ("aRAF", "RAF"),
    }


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(range(4)), kind=st.sampled_from(["structural", "response", "local", "global"]))
def test_the_order_of_the_nodes_does_not_change_the_edges(chain, order, kind):
    order = list(order)
    shuffled = hc.CellBox(
        [NAMES[i] for i in order], [KINDS[i] for i in order], WEIGHTS[np.ix_(order, order)],
        epsilon=np.asarray(chain.epsilon)[order], alpha=np.asarray(chain.alpha)[order],
    )  # fmt: skip
    expected, found = (hc.interactions(m, kind=kind, at={"aRAF": 0.3}).edges for m in (chain, shuffled))
    assert found[["source", "target", "sign"]].equals(expected[["source", "target", "sign"]])
    np.testing.assert_allclose(found["weight"], expected["weight"], rtol=1e-8, atol=1e-12)


def test_a_masked_edge_never_shows(chain):
    mask = chain.mask.copy()
    mask[2, 0] = False
    weights = WEIGHTS.copy()
    weights[2, 0] = 0.0
    model = hc.CellBox(NAMES, KINDS, weights, mask=mask)
    forced = eqx.tree_at(lambda m: m._response.raw, model, model._response.raw + 0.3)
    graph = hc.interactions(forced)
    assert "growth" not in graph.targets("RAF")["target"].tolist()
    assert len(graph) == mask.sum()
