"""What is done to cells, in words: "MEKi 0.5 uM + BRAF knockout"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hybridcell._core.errors import InvalidValueError, check_is_list, nearest
from hybridcell._core.html import table
from hybridcell.data._labels import CONTROL
from hybridcell.data.units import dose_unit

#: What may be done to something besides giving a drug.
WORDS = ("knockout", "knockdown", "overexpression", "inhibition")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PLUS = re.compile(r"\s\+\s")
_DONE = re.compile(
    rf"^(?P<name>.+?)\s+(?P<word>[A-Za-z]+)(?:\s+(?P<size>{_NUMBER})\s*(?P<mark>%|x|-fold|fold)?)?$"
)
_DOSE = re.compile(rf"^(?P<name>.+?)\s+(?P<dose>{_NUMBER})(?:\s*(?P<unit>[A-Za-zµμ][A-Za-zµμ/]*))?$")
_EXAMPLES = (
    '"MEKi 0.5 uM", "BRAF knockout", "RAF knockdown 80%", "KRAS overexpression 3x", "v7 inhibition 0.9"'
)


@dataclass(frozen=True)
class Action:
    """One thing that is done.

    Attributes
    ----------
    name : str
        Drug, species, reaction, parameter or node.
    word : str
        "dose", or one of `WORDS`.
    size : float
        The dose (a signed strength where it has no unit); the share taken away by a knockdown or an
        inhibition; the factor of an overexpression; 1 of a knockout.
    unit : str
        Of a dose; "" for the model's own.
    """

    name: str
    word: str
    size: float
    unit: str = ""

    def __post_init__(self) -> None:
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        put("name", _name(self.name))
        put("size", _finite(self.name, self.size))
        if self.unit:
            put("unit", dose_unit(self.unit))
        if self.word == "dose":
            if self.unit and self.size < 0:
                raise InvalidValueError(
                    f"The dose of {self.name!r} is {self.size:g} {self.unit}; wanted 0 or more."
                )
        elif self.word not in WORDS:
            guess = nearest(self.word, WORDS)
            hint = f" Did you mean {guess!r}?" if guess else ""
            raise InvalidValueError(
                f"{self.word!r} is nothing that can be done.{hint} Known: {', '.join(WORDS)}."
            )
        elif self.word == "overexpression":
            if self.size <= 0:
                raise InvalidValueError(
                    f"The overexpression of {self.name!r} is {self.size:g}x; wanted a factor above 0."
                )
        elif not 0 < self.size <= 1:
            raise InvalidValueError(
                f"The {self.word} of {self.name!r} takes away {self.size:.6g} of it; wanted a share above "
                "0 and at most 1 (0.8 or 80%)."
            )
        if self.word == "knockout" and self.size != 1:
            raise InvalidValueError(f"A knockout takes all of {self.name!r} away; a part is a knockdown.")

    @property
    def factor(self) -> float:
        """What is left of what was there: 0 after a knockout, 3 after an overexpression 3x."""
        if self.word == "dose":
            raise InvalidValueError(f"The dose of {self.name!r} is no factor.")
        return self.size if self.word == "overexpression" else 1.0 - self.size

    def __str__(self) -> str:
        if self.word == "knockout":
            return f"{self.name} knockout"
        if self.word == "dose":
            return f"{self.name} {_text(self.size)} {self.unit}".rstrip()
        return f"{self.name} {self.word} {_text(self.size)}{'x' if self.word == 'overexpression' else ''}"


@dataclass(frozen=True, init=False)
class Perturbation:
    """Everything that is done to cells in one condition.

    The same words go for interaction networks and for networks of reactions; what they mean for each is in
    `hybridcell.simulate.words.lower_words`.

    For interaction networks all words but doses count on the scale of the network's states: "RAF knockdown
    80%" is log2 0.2 for ``scale="log2"``, the usual one, and ln 0.2 for "ln". A network takes its scale from
    the data that it is made for, where these say it.

    Parameters
    ----------
    text : str
        Parts joined by " + ": a drug with its dose ("MEKi 0.5 uM", without a unit in the model's own),
        "BRAF knockout", "RAF knockdown 80%", "KRAS overexpression 3x", "v7 inhibition 0.9"; "control" alone
        for nothing.
    doses : mapping of str to float or str, optional
        In place of text: drug -> dose, such as 0.5 or "0.5 uM".
    knockout : iterable of str, optional
        What is taken away entirely.
    knockdown, inhibition : mapping of str to float, optional
        Share taken away, above 0 and at most 1.
    overexpression : mapping of str to float, optional
        Factor.

    Raises
    ------
    InvalidValueError
        On text that is none of these, a unit or word that does not exist (the nearest is suggested), doses
        that are negative, more than 100 %, or the same thing twice.

    Examples
    --------
    >>> from hybridcell.data import Perturbation
    >>> both = Perturbation("MEKi 500 nM + BRAF knockout")
    >>> both == Perturbation(doses={"MEKi": "500 nM"}, knockout=["BRAF"])
    True
    >>> print(both)
    MEKi 500 nM + BRAF knockout
    """

    actions: tuple[Action, ...]

    def __init__(
        self,
        text: str | Perturbation = "",
        *,
        doses: Mapping[str, float | str] | None = None,
        knockout: Iterable[str] = (),
        knockdown: Mapping[str, float] | None = None,
        overexpression: Mapping[str, float] | None = None,
        inhibition: Mapping[str, float] | None = None,
    ) -> None:
        check_is_list("knockout", knockout)
        shares = {"knockdown": knockdown, "overexpression": overexpression, "inhibition": inhibition}
        for what, given in {"doses": doses, **shares}.items():
            if given is not None and not isinstance(given, Mapping):
                raise InvalidValueError(
                    f"{what} is {given!r:.60}; wanted a dict from names to numbers, such as {{'RAF': 0.8}}."
                )
        found = list(text.actions) if isinstance(text, Perturbation) else _parsed(text)
        for name, dose in (doses or {}).items():
            found.append(_dose(f"{name} {dose}") if isinstance(dose, str) else Action(name, "dose", dose))
        found += [Action(name, "knockout", 1.0) for name in knockout or ()]
        for word, given in shares.items():
            found += [Action(name, word, size) for name, size in (given or {}).items()]
        names = [action.name for action in found]
        for name in names:
            if names.count(name) > 1:
                raise InvalidValueError(f"{name!r} is perturbed twice in one condition; say it once, in all.")
        object.__setattr__(self, "actions", tuple(found))

    def __str__(self) -> str:
        return " + ".join(map(str, self.actions)) or CONTROL

    def __repr__(self) -> str:
        return f"Perturbation({str(self)!r})"

    def _repr_html_(self) -> str:
        rows = [(a.name, a.word, f"{a.size:g} {a.unit}".strip()) for a in self.actions]
        return table(("what", "done", "size"), rows or [("", CONTROL, "")])


def _parsed(text: Any) -> list[Action]:
    if not isinstance(text, str):
        raise InvalidValueError(f"A perturbation is {text!r:.60}; wanted text such as {_EXAMPLES}.")
    if text.strip() in ("", CONTROL):
        return []
    return [_action(part.strip()) for part in _PLUS.split(text.strip())]


def _action(part: str) -> Action:
    if found := _DONE.match(part):
        word = found["word"].lower()
        if word in WORDS:
            return _done(part, found["name"], word, found["size"], found["mark"])
        if (guess := nearest(word, WORDS)) is not None and not _DOSE.match(part):
            raise InvalidValueError(f"{part!r}: there is no word {word!r}. Did you mean {guess!r}?")
    return _dose(part)


def _done(part: str, name: str, word: str, size: str | None, mark: str | None) -> Action:
    if word == "knockout":
        if size is not None and not (float(size) == 100 and mark == "%"):
            raise InvalidValueError(f"{part!r}: a knockout takes no size; a part is a knockdown.")
        return Action(name, word, 1.0)
    if size is None:
        raise InvalidValueError(f"{part!r} says no size; wanted for example {_EXAMPLES}.")
    value = float(size)
    if word == "overexpression":
        if mark == "%":
            raise InvalidValueError(f"{part!r}: an overexpression is a factor; write 3x.")
        return Action(name, word, value)
    if mark not in (None, "%"):
        raise InvalidValueError(f"{part!r}: a {word} takes a share, such as 0.8 or 80%.")
    if mark == "%" and value > 100:
        raise InvalidValueError(f"{part!r}: more than 100 % cannot be taken away.")
    return Action(name, word, value / 100.0 if mark == "%" else value)


def _dose(part: str) -> Action:
    found = _DOSE.match(part)
    if found is None:
        hint = ""
        if re.fullmatch(r"[^\W\d][\w-]*(\+[^\W\d][\w-]*)*", part):
            doses = " + ".join(f"{name} 0.5" for name in part.split("+"))
            hint = f" A drug wants a dose: {doses!r}."
        elif re.match(r"[-+.\d]", part):
            hint = " It names nothing; a dict of doses holds numbers, such as {'MEKi': 0.5}."
        raise InvalidValueError(f"{part!r} is no perturbation; wanted for example {_EXAMPLES}.{hint}")
    return Action(found["name"], "dose", float(found["dose"]), found["unit"] or "")


def _name(name: Any) -> str:
    text = str(name).strip()
    if not text or text == CONTROL or _PLUS.search(f" {text} ") or re.search(r"\s\s|[^\S ]", text):
        raise InvalidValueError(f"{name!r} cannot name what is perturbed.")
    return text


def _finite(name: str, size: Any) -> float:
    try:
        value = float(size)
    except (TypeError, ValueError):
        raise InvalidValueError(
            f"The size of what is done to {name!r} is {size!r}; wanted a number."
        ) from None
    if not math.isfinite(value):
        raise InvalidValueError(f"The size of what is done to {name!r} is {value}; wanted a finite number.")
    return value + 0.0


def _text(value: float) -> str:
    """Return the shortest text that is this number."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
