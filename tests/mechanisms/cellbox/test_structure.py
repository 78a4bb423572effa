from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.cellbox.structure import (
    KINDS,
    check_nodes,
    edge_mask,
    kind_mask,
    rate_per_node,
    square_matrix,
)

MIXED = ["protein", "gene", "phenotype", "drug", "protein", "drug"]


@pytest.mark.parametrize("drug_to_phenotype", [False, True])
def test_kinds_allow_what_the_rules_say(drug_to_phenotype):
    mask = kind_mask(MIXED, drug_to_phenotype=drug_to_phenotype)
    for i, target in enumerate(MIXED):
        for j, source in enumerate(MIXED):
            allowed = i != j and target != "drug" and source != "phenotype"
            if source == "drug" and target == "phenotype":
                allowed = allowed and drug_to_phenotype
            assert mask[i, j] == allowed, (source, target)


def test_the_melanoma_network_has_as_many_free_edges_as_the_original():
    kinds = ["protein"] * 82 + ["phenotype"] * 5 + ["drug"] * 12
    assert kind_mask(kinds).sum() == 8036


@pytest.mark.parametrize(
    ("names", "kinds", "message"),
    [
        ([], [], "at least one node"),
        (["a", "b"], ["protein"], "2 names but 1 kinds"),
        (["a", ""], ["protein", "drug"], "Node 1 has an empty name"),
        (["a", "b", "a"], ["protein"] * 3, "'a' appears twice"),
        (["a"], ["protien"], "kind of node 'a' is 'protien'.*Did you mean 'protein'"),
    ],
)
def test_nodes_that_make_no_network_are_refused(names, kinds, message):
    with pytest.raises(InvalidValueError, match=message):
        check_nodes(names, kinds)


def test_nodes_are_returned_as_tuples_of_text():
    assert check_nodes(np.array(["a", "b"]), list(KINDS[:2])) == (("a", "b"), ("protein", "phenotype"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.0, "alpha of node 'a' is 0.0; wanted a positive"),
        (-1, "alpha of node 'a' is -1.0"),
        ([1.0, np.nan], "alpha of node 'b' is nan"),
        ([1.0, 2.0, 3.0], r"alpha has shape \(3,\); wanted one number or \(2,\)"),
        ("fast", "alpha is 'fast'; wanted positive numbers"),
    ],
)
def test_rates_are_positive_and_one_per_node(value, message):
    with pytest.raises(InvalidValueError, match=message):
        rate_per_node("alpha", value, ("a", "b"))
    np.testing.assert_array_equal(rate_per_node("alpha", 2, ("a", "b")), [2.0, 2.0])


@pytest.mark.parametrize("value", [np.zeros((2, 3)), np.zeros(4), 1.0])
def test_a_matrix_is_square_in_the_nodes(value):
    with pytest.raises(InvalidValueError, match=r"weights has shape .* wanted \(2, 2\)"):
        square_matrix("weights", value, 2)


@pytest.mark.parametrize("value", [[["x", "y"], ["z", "w"]], [[1, 2], [3]]])
def test_a_matrix_is_made_of_numbers(value):
    with pytest.raises(InvalidValueError, match="weights is no array of numbers"):
        square_matrix("weights", value, 2)


def test_weights_beyond_the_kinds_are_allowed_unless_a_mask_forbids_them():
    weights = np.zeros((2, 2))
    weights[1, 0] = 0.5  # a drug acting on a phenotype
    names, kinds = ("d", "growth"), ("drug", "phenotype")
    assert edge_mask(None, weights, names, kinds, None).tolist() == [[False, False], [True, False]]
    with pytest.raises(InvalidValueError, match=r"'d' -> 'growth' = 0\.5, which the mask"):
        edge_mask(np.zeros((2, 2)), weights, names, kinds, None)


def test_a_mask_is_copied():
    mask = np.ones((2, 2), dtype=bool)
    found = edge_mask(mask, np.zeros((2, 2)), ("a", "b"), ("protein", "protein"), None)
    found[0, 1] = False
    assert mask.all()


@pytest.mark.parametrize(
    ("names", "kinds", "what"), [("ab", ["drug"] * 2, "names"), (["a"], "drug", "kinds")]
)
def test_one_text_is_no_list_of_nodes(names, kinds, what):
    with pytest.raises(InvalidValueError, match=f"{what} is '.*'; wanted a list of names"):
        check_nodes(names, kinds)
