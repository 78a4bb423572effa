import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.design import Design
from hybridcell.plot.design import information


def made(alone=(3.0, 3.0, 2.0), remarks=()):
    table = pd.DataFrame(
        {
            "rank": [1, 2, 3], "candidate": ["a", "c", "b"], "chosen": [True, True, False],
            "gain": [3.0, 2.0, 0.1], "cumulative": [3.0, 5.0, np.nan], "alone": list(alone),
            "information": [3.0, 3.0, 2.0], "cost": [1.0, 1.0, 1.0],
        }
    )  # fmt: skip
    return Design(table, ("a", "c"), (0, 2), "D", "predictions", np.nan, np.nan, remarks)


def test_the_batch_is_numbered_and_its_sum_drawn():
    ax = information(made(remarks=("Nothing informs k.",)))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1. a", "2. c", "b"]
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [3.0, 5.0])
    assert "Nothing informs k." in [text.get_text() for text in ax.texts]
    plt.close(ax.figure)


def test_it_draws_on_given_axes_and_leaves_out_what_is_less():
    _, ax = plt.subplots()
    assert information(made(), ax, most=1) is ax
    assert len(ax.get_yticklabels()) == 2
    assert "1 not shown" in ax.get_title(loc="left")
    plt.close(ax.figure)


def test_bad_input_is_said():
    with pytest.raises(InvalidValueError, match="nothing to draw"):
        information(made(alone=(np.nan,) * 3))
    with pytest.raises(InvalidValueError, match="most"):
        information(made(), most=0)
