"""Short jobs are done several times in a round, long ones once, and the first round is not counted."""

import numpy as np
import timing
from timing import interleaved, median_ratio, medians


def test_each_round_has_enough_of_a_short_job():
    calls = {"short": 0, "long": 0}

    def job(name, seconds):
        def run():
            calls[name] += 1
            return seconds

        return run

    found = interleaved({"short": job("short", timing.LEAST / 7.5), "long": job("long", 1.0)}, 3)
    assert calls == {"short": 4 * 8, "long": 4}
    np.testing.assert_allclose(found["short"], [timing.LEAST / 7.5] * 3)
    np.testing.assert_allclose(found["long"], [1.0] * 3)


def test_the_first_round_is_not_counted_and_jobs_without_seconds_are_timed():
    answers = iter([9.0, 1.0, 2.0])
    found = interleaved({"peer": lambda: next(answers), "ours": lambda: sum(range(100_000)) * 0 or None}, 2)
    assert found["peer"].tolist() == [1.0, 2.0]
    assert (found["ours"] > 0).all()
    assert medians(found)["peer"] == 1.5
    assert median_ratio({"a": np.array([4.0, 9.0]), "b": np.array([2.0, 3.0])}, "a", "b") == 2.5
