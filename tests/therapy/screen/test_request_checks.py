"""What is refused before any work: contexts, orders, drugs without a target."""

from __future__ import annotations

import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.therapy.screen.request_checks import check_order, check_targets, choose_context

EDGES = {("a", "growth"): 0.7, ("b", "growth"): 0.9}
OPTIONS = {"readout": "growth", "drugs": ["a", "b"], "doses": [-1.0]}


def test_a_context_names_one_of_several_models(network):
    lines = {"A375": network(EDGES), "SKMEL5": network({**EDGES, ("a", "growth"): 0.2})}
    screen = hc.screen_combinations(lines, context="SKMEL5", **OPTIONS)
    alone = hc.screen_combinations(lines["SKMEL5"], **OPTIONS)
    assert screen.context == "SKMEL5"
    assert alone.context is None
    assert (screen.responses == alone.responses).all()
    assert "context 'SKMEL5'" in repr(screen)
    assert "SKMEL5" in screen._repr_html_()
    adata = screen.to_anndata()
    assert set(adata.obs["context"]) == {"SKMEL5"}
    assert hc.PerturbationData.from_anndata(adata).context == ("SKMEL5",) * 4
    assert "context" not in alone.to_anndata().obs


def test_contexts_that_do_not_fit_are_refused(network):
    lines = {"A375": network(EDGES), "SKMEL5": network(EDGES)}
    with pytest.raises(UnknownNameError, match=r"no context 'SKMEL'. Did you mean 'SKMEL5'"):
        hc.screen_combinations(lines, context="SKMEL", **OPTIONS)
    with pytest.raises(InvalidValueError, match="choose one: context= 'A375', 'SKMEL5'"):
        hc.screen_combinations(lines, **OPTIONS)
    with pytest.raises(InvalidValueError, match="one context only"):
        choose_context(lines["A375"], "A375")


@pytest.mark.parametrize("order", [1, 4, "3", None, True, 2.5])
def test_an_order_other_than_two_or_three_is_refused(order):
    with pytest.raises(InvalidValueError, match="wanted 2"):
        check_order(order)


def test_drugs_without_a_target_are_named(network):
    model = network(EDGES)
    with pytest.raises(InvalidValueError, match=r"'c' has no target.*drugs=\['a', 'b'\]"):
        check_targets([model], ("a", "b", "c"))
    with pytest.raises(InvalidValueError, match="'b', 'c' have no target"):
        check_targets([network({("a", "growth"): 0.7})], ("a", "b", "c"))
    # one member with a target suffices, and a node that is no drug is its own target
    other = network({**EDGES, ("c", "p"): 0.1})
    check_targets(Ensemble.from_models([other, other]), ("a", "b", "c"))
    check_targets([model, other], ("a", "b", "c"))
    check_targets([model], ("a", "p", "growth"))


def test_a_drug_is_no_readout(network):
    with pytest.raises(InvalidValueError, match="readout 'a' is a drug, on which nothing acts"):
        hc.screen_combinations(network(EDGES), **(OPTIONS | {"readout": "a"}))
