from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Perturbation
from hybridcell.data.perturbation import Action
from hybridcell.data.units import DOSE_UNITS

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}(?:-[0-9]{1,3})?", fullmatch=True).filter(
    lambda name: name != "control"
)
SHARES = st.floats(1e-6, 1.0)


@st.composite
def actions(draw):
    name = draw(NAMES)
    word = draw(
        st.sampled_from(["dose", "strength", "knockout", "knockdown", "overexpression", "inhibition"])
    )
    if word == "dose":
        return Action(name, "dose", draw(st.floats(0, 1e9)), draw(st.sampled_from(DOSE_UNITS)))
    if word == "strength":
        return Action(name, "dose", draw(st.floats(-1e3, 1e3)))
    if word == "overexpression":
        return Action(name, word, draw(st.floats(1e-3, 1e3)))
    return Action(name, word, 1.0 if word == "knockout" else draw(SHARES))


def made(parts):
    one = Perturbation()
    object.__setattr__(one, "actions", tuple(parts))
    return one


@given(st.lists(actions(), max_size=4, unique_by=lambda action: action.name))
def test_what_is_written_is_read_again(parts):
    one = made(parts)
    assert Perturbation(str(one)) == one


def test_words_are_read_as_they_are_meant():
    one = Perturbation(
        "MEKi 0.5 uM + BRAF knockout + RAF knockdown 80% + KRAS overexpression 3x + v7 inhibition 0.9"
    )
    assert one.actions == (
        Action("MEKi", "dose", 0.5, "uM"),
        Action("BRAF", "knockout", 1.0),
        Action("RAF", "knockdown", 0.8),
        Action("KRAS", "overexpression", 3.0),
        Action("v7", "inhibition", 0.9),
    )
    assert [action.factor for action in one.actions[1:]] == pytest.approx([0.0, 0.2, 3.0, 0.1])


def test_keywords_say_the_same_as_text():
    text = Perturbation(
        "MEKi 500 nM + BRAF knockout + RAF knockdown 0.8 + KRAS overexpression 3 + v7 inhibition 90%"
    )
    assert text == Perturbation(
        doses={"MEKi": "500 nM"}, knockout=["BRAF"], knockdown={"RAF": 0.8}, overexpression={"KRAS": 3},
        inhibition={"v7": 0.9},
    )  # fmt: skip
    assert Perturbation(text) == text
    assert Perturbation(Perturbation("a 1"), knockout=["b"]) == Perturbation("a 1 + b knockout")


@pytest.mark.parametrize("text", ["control", "", "  control "])
def test_nothing_is_the_control(text):
    assert Perturbation(text).actions == ()
    assert str(Perturbation(text)) == "control"


def test_names_may_hold_spaces_signs_and_numbers():
    one = Perturbation("L-778123 free base 0.5µM + CD8+T knockout + p53 1e-3 nM")
    assert [action.name for action in one.actions] == ["L-778123 free base", "CD8+T", "p53"]
    assert one.actions[2].size == 1e-3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MEKi -1 uM", "0 or more"),
        ("MEKi much", "no perturbation"),
        ("MEKi", "A drug wants a dose: 'MEKi 0.5'"),
        ("MEKi+AKTi", r"A drug wants a dose: 'MEKi 0.5 \+ AKTi 0.5'"),
        ("KLF1+MAP2K6+2", 'no perturbation; .*inhibition 0.9"[.]$'),
        ("1 uM", "It names nothing; a dict of doses holds numbers"),
        ("MEKi 1 uMM", "Did you mean 'uM'"),
        ("BRAF knockaut", "Did you mean 'knockout'"),
        ("RAF knockdown 120%", "more than 100 %"),
        ("RAF knockdown 80", "80%"),
        ("RAF knockdown", "says no size"),
        ("RAF knockdown -5%", "share"),
        ("RAF knockdown 3x", "share"),
        ("KRAS overexpression 0x", "factor above 0"),
        ("KRAS overexpression 50%", "factor"),
        ("BRAF knockout 50%", "knockdown"),
        ("MEKi 1 uM + MEKi 2 uM", "twice"),
        ("MEKi 1 uM +  + a knockout", "perturbation"),
        ("control knockout", "cannot name"),
        ("MEKi 1e999 uM", "finite"),
    ],
)
def test_what_makes_no_sense_is_refused(text, says):
    with pytest.raises(InvalidValueError, match=says):
        Perturbation(text)


def test_keywords_are_checked_as_text_is():
    with pytest.raises(InvalidValueError, match="share"):
        Perturbation(knockdown={"RAF": 80})
    with pytest.raises(InvalidValueError, match="wanted a number"):
        Perturbation(doses={"MEKi": None})  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidValueError, match="list of names"):
        Perturbation(knockout="BRAF")
    with pytest.raises(InvalidValueError, match="wanted text"):
        Perturbation(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidValueError, match="nothing that can be done"):
        Action("a", "knocked", 1.0)
    with pytest.raises(InvalidValueError, match="no factor"):
        _ = Action("a", "dose", 1.0).factor


def test_it_shows_itself():
    one = Perturbation("MEKi 0.5 uM + <b> knockout")
    assert repr(one) == "Perturbation('MEKi 0.5 uM + <b> knockout')"
    assert "&lt;b&gt;" in one._repr_html_()
    assert "control" in Perturbation()._repr_html_()
