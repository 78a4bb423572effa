from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridcell.fit.gene_network import read_experiments
from hybridcell.graph.recovery.scores import edge_scores
from tests.fit.gene_network.networks import experiments

WEIGHTS = np.random.default_rng(0).normal(size=(3, 4, 4))


def few(data):
    return replace(data, times=data.times[:1], courses=data.courses[:1], course_made=data.course_made[:1],
                   on=data.on[:1], steady=data.steady[:3], made=data.made[:3])  # fmt: skip


def test_plenty_of_data_let_the_weights_stand():
    score = edge_scores(read_experiments(experiments()), WEIGHTS)
    expected = np.abs(WEIGHTS).mean(axis=0) * (1 - np.eye(4))
    np.testing.assert_allclose(score, expected)


def test_genes_near_zero_are_shrunk_where_data_are_few():
    data = few(read_experiments(experiments()))
    data.__dict__["reference"] = np.array([0.7, 0.5, 0.5, 0.007])
    data.__dict__["capacity"] = 0.7
    score = edge_scores(data, np.ones((1, 4, 4)))
    np.testing.assert_allclose(score[0, 1:], np.sqrt([0.5 / 0.7, 0.5 / 0.7, 0.01]))


def test_genes_that_were_touched_are_not_shrunk():
    data = few(read_experiments(experiments()))
    made = data.made.copy()
    made[2, 3] = 0.0
    touched = replace(data, made=made)
    touched.__dict__["reference"] = np.full(4, 0.007)
    touched.__dict__["capacity"] = 0.7
    score = edge_scores(touched, np.ones((1, 4, 4)))
    assert score[0, 3] == 1
    assert score[0, 1] < 0.2


def test_neither_signs_nor_the_order_of_members_nor_regulation_of_oneself_count():
    data = few(read_experiments(experiments()))
    score = edge_scores(data, WEIGHTS)
    np.testing.assert_allclose(edge_scores(data, -WEIGHTS[::-1]), score, rtol=1e-12)
    looped = WEIGHTS + 9.0 * np.eye(4)
    np.testing.assert_allclose(edge_scores(data, looped), score)
    assert not np.diag(score).any()
    np.testing.assert_allclose(edge_scores(data, 2.5 * WEIGHTS), 2.5 * score)
