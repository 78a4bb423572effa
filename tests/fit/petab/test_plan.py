"""Which simulations a problem asks for: pure bookkeeping, nothing is compiled."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.petab.plan import make_plan
from hybridcell.io.petab.read import read_statement
from tests.fit.petab.problems import CASES


def plan_of(name, folder, **changed):
    case = CASES[name]
    tables = {**case.tables, **changed}
    return make_plan(
        read_statement(type(case)(case.version, tables, case.expected, model=case.model).write(folder))
    )


def shape(plan):
    return [[(span.begin, span.end, span.rests) for span in level] for level in plan.levels]


def test_one_preequilibration_serves_all(tmp_path):
    plan = plan_of("preequilibration", tmp_path)
    # the one before, and the experiment that has none
    assert shape(plan)[0] == [(0, 0, True), (0, 1, False)]
    assert len(plan.levels[1]) == 3  # kept, reset, and the clock after rest
    assert plan.length == 7


def test_experiments_that_begin_alike_share_their_beginning(tmp_path):
    plan = plan_of("events", tmp_path)
    assert [len(level) for level in plan.levels] == [1, 2, 1]
    assert shape(plan)[2] == [(1, 1.5, False)]


def test_a_measurement_at_the_time_of_a_change_sees_what_follows(tmp_path):
    plan = plan_of("periods", tmp_path)
    level = plan.level.tolist()
    assert level == [0, 1, 1, 2, 2, 3, 0]  # the last of `e` rests behind its last period
    assert plan.times.tolist() == [0, 2, 3, 5, 7, np.inf]
    assert plan.times[plan.when].tolist() == [0, 2, 3, 5, 7, np.inf, 2]


def test_periods_behind_the_last_measurement_are_left_out(tmp_path):
    few = "observableId experimentId time measurement\nobs e 1 1.0"
    assert shape(plan_of("periods", tmp_path, measurements=few)) == [[(0, 1, False)]]


@pytest.mark.parametrize("name", CASES)
def test_every_measurement_reads_a_span_that_reaches_its_time(name, tmp_path):
    plan = plan_of(name, tmp_path)
    for level, lane, when in zip(plan.level, plan.lane, plan.when, strict=True):
        span, time = plan.levels[level][lane], plan.times[when]
        assert span.rests if np.isinf(time) else span.begin <= time <= span.end
        assert span.parent is None or span.parent in plan.levels[level - 1]
