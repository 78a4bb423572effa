"""Curvatures learned from steps."""

from __future__ import annotations

import numpy as np

from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Point

TRUE = np.array([[3.0, 1.0], [1.0, 2.0]])


def at(theta, information=None):
    theta = np.array(theta)
    known = np.zeros((0, 0)) if information is None else information
    return Point(theta, 0.5 * theta @ TRUE @ theta, TRUE @ theta, known, known)


def test_a_step_tells_the_curvature_along_it():
    memory = Memory()
    memory.note(at([0.0, 0.0]), at([1.0, 1.0]))
    learned = memory.model(at([1.0, 1.0], np.eye(2))).curvature
    np.testing.assert_allclose(learned @ [1.0, 1.0], TRUE @ [1.0, 1.0])
    # the information itself is kept
    np.testing.assert_allclose(memory.model(at([0.0, 0.0], np.eye(2))).information, np.eye(2))


def test_without_informations_all_is_learned():
    memory = Memory(10 * np.eye(2))
    for step in ([1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]) * 4:
        memory.note(at([0.0, 0.0]), at(step))
    np.testing.assert_allclose(memory.model(at([0.0, 0.0])).curvature, TRUE, atol=1e-3)


def test_what_bends_the_other_way_leaves_a_positive_curvature():
    memory = Memory()
    hill = Point(np.ones(2), -1.0, -np.ones(2), np.zeros((0, 0)), np.zeros((0, 0)))
    memory.note(at([0.0, 0.0]), hill)
    assert np.linalg.eigvalsh(memory.model(at([0.0, 0.0], np.eye(2))).curvature).min() > 0


def test_a_copy_goes_on_by_itself():
    memory = Memory()
    other = memory.copy()
    other.note(at([0.0, 0.0]), at([1.0, 0.0]))
    np.testing.assert_allclose(memory.model(at([0.0, 0.0], np.eye(2))).curvature, np.eye(2))
