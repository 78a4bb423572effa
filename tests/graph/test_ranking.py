import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.graph.ranking import area_under_roc, average_precision

# Computed by hand: precision at each true pair, weighted by the step in recall.
HAND = [
    ([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], (1 / 1 + 2 / 3) / 2, 0.75),
    ([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], (1 / 1 + 2 / 3) / 2, 0.75),
    ([1, 1, 0, 0], [4.0, 3.0, 2.0, 1.0], 1.0, 1.0),
    ([0, 0, 1, 1], [4.0, 3.0, 2.0, 1.0], (1 / 3 + 2 / 4) / 2, 0.0),
    ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.5, 0.5),  # all tied: random
    ([1, 0, 0, 1], [0.9, 0.5, 0.5, 0.5], 0.5 * 1 + 0.5 * 2 / 4, 0.75),  # ties enter together
]


@pytest.mark.parametrize(("truth", "score", "aupr", "auroc"), HAND)
def test_hand_values(truth, score, aupr, auroc):
    truth, score = np.array(truth, dtype=bool), np.array(score)
    assert average_precision(truth, score) == pytest.approx(aupr, abs=1e-12)
    assert area_under_roc(truth, score) == pytest.approx(auroc, abs=1e-12)


def test_nothing_to_find_is_nan():
    assert np.isnan(average_precision(np.array([False, False]), np.array([1.0, 2.0])))
    assert np.isnan(area_under_roc(np.array([True, True]), np.array([1.0, 2.0])))


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30),
    seed=st.integers(0, 99),
)
def test_order_does_not_matter_and_roc_counts_pairs(pairs, seed):
    truth, score = np.array([t for t, _ in pairs]), np.array([float(s) for _, s in pairs])
    order = np.random.default_rng(seed).permutation(len(truth))
    for metric in (average_precision, area_under_roc):
        np.testing.assert_equal(metric(truth[order], score[order]), metric(truth, score))
    if truth.any() and not truth.all():
        ahead = score[truth][:, None] - score[~truth][None, :]
        assert area_under_roc(truth, score) == pytest.approx(((ahead > 0) + 0.5 * (ahead == 0)).mean())
