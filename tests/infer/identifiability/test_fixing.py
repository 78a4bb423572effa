import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.identifiability.fixing import Goal, fixing_advice, vague_covariance
from hybridcell.infer.identifiability.reach import reach_of
from hybridcell.infer.target import as_target

from .toys import on_log


def setting(matrix):
    names = [f"p{k}" for k in range(matrix.shape[1])]
    toy = FunctionObjective(
        names, [-3] * len(names), [3] * len(names), residuals=lambda p: jnp.asarray(matrix) @ p,
        parameters=on_log(names),
    )  # fmt: skip
    target = as_target(toy, at=np.zeros(len(names)))
    return names, target.fisher(), reach_of(target, 2.0)


def test_fixing_one_tells_the_others():
    # p0 + p1 and p0 + p2 are known well, p3 is known alone, p4 not at all
    names, information, reach = setting(100 * np.array([[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 0.0]]))
    unknown = np.array([True, True, True, False, True])
    goal = Goal.of(information, reach, unknown)
    assert not goal.gained(vague_covariance(goal.information)).any()
    assert goal.gained(np.zeros((5, 5))).tolist() == unknown.tolist()
    advice = fixing_advice(names, goal, [])
    assert advice == ["Fix p0 (or measure it by itself): then p1 and p2 become identifiable."]


def test_second_given_the_first():
    rows = [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 1.0]]
    names, information, reach = setting(100 * np.array(rows))
    advice = fixing_advice(names, Goal.of(information, reach, np.ones(5, bool)), [])
    assert len(advice) == 2
    assert advice[1] == "Fix p3 (or measure it by itself) as well as p0: then p4 becomes identifiable."


def test_nothing_to_say_when_all_is_known():
    names, information, reach = setting(100 * np.eye(3))
    assert fixing_advice(names, Goal.of(information, reach, np.zeros(3, bool)), []) == []


def test_what_only_the_linearization_knew_must_be_known_better():
    _, information, reach = setting(10 * np.eye(2))
    goal = Goal.of(information, reach, np.array([True, False]))
    now = vague_covariance(goal.information)
    assert not goal.gained(now).any()
    assert goal.gained(now / 5).tolist() == [True, False]
