from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.hybrid import neural_share, residual_share

TEXT = "model chain; feed: -> S; 0.5; use: S -> P; k*S; drain: P -> ; 0.3*P; k = 0.4; S = 2; P = 1; end"
NUMPY = hc.Solve(backend="numpy")


@pytest.fixture(scope="module")
def chain():
    return hc.read_sbml(TEXT)


def run(network, **options):
    return hc.simulate(network, t1=4.0, n_points=9, solve=NUMPY, **options)


def biased(hybrid, *values):
    """Return the hybrid whose pieces have numbers as outputs."""
    for hole, value in zip(hybrid.holes, values, strict=True):
        weights = dict.fromkeys(hole.weights, 0.0)
        last = max(int(id.split("_")[-2][1:]) for id in hole.weights if id.startswith(f"{hole.id}_b"))
        hybrid = hybrid.with_values({**weights, f"{hole.id}_b{last}_1": value})
    return hybrid


def test_without_pieces_the_share_is_none(chain):
    share = neural_share(chain, run(chain))
    assert share.total == 0
    assert (share.by_reaction == 0).all()
    assert (share.table.to_numpy() == 0).all()


def test_a_learned_law_counts_as_a_whole(chain):
    hybrid = chain.replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    found = run(hybrid, conditions=[{"S": 2.0}, {"S": 0.5}])
    share = neural_share(hybrid, found)
    np.testing.assert_array_equal(share.by_reaction[["feed", "use", "drain"]], [0, 1, 0])
    use = found["use"]
    whole = 0.5 + use
    assert share.by_species["S"] == pytest.approx(use.sum() / whole.sum())
    assert share.table.shape == (2, 2)
    np.testing.assert_allclose(share.table["S"], use.sum(1) / whole.sum(1))


@pytest.mark.parametrize(("value", "expected"), [(np.log(2), 0.5), (-np.log(2), 1 / 3), (0.0, 0.0)])
def test_of_a_factor_before_a_law_the_change_counts(chain, value, expected):
    hybrid = biased(chain.replace("use", hc.NeuralRate(["S"], around="law", key=jr.key(0))), value)
    share = neural_share(hybrid, run(hybrid))
    assert share.by_reaction["use"] == pytest.approx(expected)


def test_of_a_limited_law_with_a_factor_too(chain):
    rate = hc.NeuralRate(["S"], around="law", saturation=0.7, key=jr.key(0))
    hybrid = biased(chain.replace("use", rate), np.log(2))
    found = run(hybrid)
    law = 0.4 * found["S"]
    known, whole = law / (1 + law / 0.7), 2 * law / (1 + 2 * law / 0.7)
    expected = (whole - known).sum() / whole.sum()
    assert neural_share(hybrid, found).by_reaction["use"] == pytest.approx(expected)


def test_a_term_in_a_law_counts_beside_the_rest(chain):
    hybrid = biased(chain + hc.NeuralResidual(["S"], ["use"], bound=None, key=jr.key(0)), 0.5)
    found = run(hybrid)
    (hole,) = hybrid.holes
    added = np.abs(found[hole.terms["use"]])
    expected = added.sum() / (added + 0.4 * np.abs(found["S"])).sum()
    assert neural_share(hybrid, found).by_reaction["use"] == pytest.approx(expected)


@pytest.fixture(scope="module")
def term():
    return hc.NeuralResidual(["S"], ["use"], bound=None, key=jr.key(0))


def test_two_terms_in_one_law_both_count(chain, term):
    hybrid = biased(chain + term + term, 0.5, -0.2)
    found = run(hybrid)
    first, second = (np.abs(found[hole.terms["use"]]).sum() for hole in hybrid.holes)
    expected = (first + second) / (first + second + 0.4 * found["S"].sum())
    assert second > 0
    assert neural_share(hybrid, found).by_reaction["use"] == pytest.approx(expected)


@pytest.mark.parametrize("first", ["factor", "term"])
def test_a_factor_and_a_term_on_one_law_both_count(chain, term, first):
    factor = hc.NeuralRate(["S"], around="law", key=jr.key(0))
    if first == "factor":
        hybrid = biased(chain.replace("use", factor) + term, np.log(2), 0.5)
    else:
        hybrid = biased((chain + term).replace("use", factor), 0.5, np.log(2))
    found = run(hybrid)
    (hole,) = (hole for hole in hybrid.holes if hole.kind == "residual")
    law, added = 0.4 * found["S"].sum(), found[hole.terms["use"]].sum()
    # a factor of two doubles what was there before it
    doubled = law if first == "factor" else law + added
    expected = (doubled + added) / (law + doubled + added)
    assert neural_share(hybrid, found).by_reaction["use"] == pytest.approx(expected)


def test_a_term_goes_with_the_law_that_a_network_replaces(chain, term):
    hybrid = (chain + term).replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    share = neural_share(hybrid, run(hybrid))
    np.testing.assert_array_equal(share.by_reaction[["feed", "use", "drain"]], [0, 1, 0])


def test_a_rate_rule_counts_with_its_term():
    network = hc.read_sbml("model grow\n x = 1\n x' = 0.2*x\nend")
    hybrid = biased(network + hc.NeuralResidual(["x"], ["x"], bound=None, key=jr.key(0)), 0.3)
    found = run(hybrid)
    (hole,) = hybrid.holes
    added = np.abs(found[hole.terms["x"]])
    share = neural_share(hybrid, found)
    assert share.by_reaction["x"] == pytest.approx(added.sum() / (added + 0.2 * found["x"]).sum())
    assert share.total == pytest.approx(share.by_reaction["x"])


def test_a_learned_parameter_has_no_share(chain):
    hybrid = chain + hc.NeuralParameter("k", ["age"], key=jr.key(0))
    assert neural_share(hybrid, run(hybrid)).total == 0


def test_it_shows_itself(chain):
    hybrid = chain.replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    share = neural_share(hybrid, run(hybrid))
    assert "use 100%" in repr(share)
    assert "reaction use" in share._repr_html_()


def test_residual_share_takes_networks(chain):
    hybrid = chain.replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    found = run(hybrid)
    share = neural_share(hybrid, found)
    assert residual_share(hybrid, found) == share.total
    np.testing.assert_array_equal(residual_share(hybrid, found, per_node=True), share.by_species)
    with pytest.raises(InvalidValueError, match="takes a trajectory"):
        residual_share(hybrid, np.zeros((1, 2)), np.zeros((1, 2)))
    with pytest.raises(InvalidValueError, match="wanted a trajectory of the network"):
        residual_share(hybrid, np.zeros((1, 2)))


def test_an_interaction_network_needs_its_inputs():
    model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    with pytest.raises(InvalidValueError, match="needs its inputs"):
        residual_share(model, np.zeros((1, 2)))
