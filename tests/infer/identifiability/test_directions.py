import numpy as np

from hybridcell.infer.identifiability.directions import freedom_in_words, in_words, listed


def test_words():
    assert in_words(["a", "b"], np.array([0.7, 0.7])) == "a and b up together"
    assert in_words(["a", "b", "c"], np.array([-0.5, 0.7, -0.5])) == "b up while a and c go down"
    assert in_words(["a", "b"], np.array([-1.0, 0.01])) == "a up"
    assert in_words([f"p{k}" for k in range(8)], np.ones(8)).endswith("up together (and 3 more)")


def test_freedom():
    assert freedom_in_words(np.inf) == "without limit"
    assert freedom_in_words(np.log(10) / 1.96) == "by a factor of 10"


def test_lists():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefghijk"), most=3) == "a, b, c and 8 more"
