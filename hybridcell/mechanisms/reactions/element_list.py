"""The species, reactions or parameters of a network, in order: by id, by position, by text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from hybridcell._core.errors import InvalidValueError, UnknownNameError, unknown_name
from hybridcell._core.html import table
from hybridcell.mechanisms.reactions.face import shortened

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
#: Most rows that a notebook shows.
SHOWN = 30


class ElementList(Sequence[T], Generic[T]):
    """Elements of one kind, in the order of the file.

    Parameters
    ----------
    kind : str
        What one of them is called: "species", "reaction"...
    elements : iterable
    set_by : mapping of str to str
        For ids whose number something else decides (a rule, an initial assignment, an event): what.

    Examples
    --------
    >>> from hybridcell.mechanisms.reactions.elements import ParameterElement
    >>> found = ElementList("parameter", [ParameterElement(id="k1", value=2.0), ParameterElement(id="k2")])
    >>> found["k1"], found[1], "k3" in found
    (parameter(k1: 2), parameter(k2), False)
    >>> found.query("^K").ids
    ['k1', 'k2']
    """

    def __init__(self, kind: str, elements: Iterable[T], set_by: Mapping[str, str] | None = None):
        self.kind = kind
        self._elements = tuple(elements)
        self._set_by = dict(set_by or {})
        self._position: dict[str, int] = {}
        for position, element in enumerate(self._elements):
            if key := key_of(element):
                self._position.setdefault(key, position)

    @property
    def ids(self) -> list[str]:
        """Ids in order; of a rule, its variable."""
        return [key_of(element) for element in self._elements]

    @overload
    def __getitem__(self, key: int | str) -> T: ...
    @overload
    def __getitem__(self, key: slice | list[str] | list[int]) -> ElementList[T]: ...
    def __getitem__(self, key: int | str | slice | list[str] | list[int]) -> T | ElementList[T]:
        if isinstance(key, str):
            return self._elements[self._find(key)]
        if isinstance(key, slice):
            return self._part(self._elements[key])
        if isinstance(key, list):
            return self._part(self[one] for one in key)
        try:
            return self._elements[key]
        except IndexError:
            raise InvalidValueError(
                f"There is no {self.kind} number {key}; there are {len(self)}, counted from 0."
            ) from None

    def __len__(self) -> int:
        return len(self._elements)

    def __iter__(self) -> Iterator[T]:
        return iter(self._elements)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            return key in self._position
        return any(element is key for element in self._elements)

    def query(self, text: str) -> ElementList[T]:
        """Return the elements in which a text occurs, whatever its case.

        Parameters
        ----------
        text : str
            Looked for in id, name, SBO term and annotations (MIRIAM URIs); it may be a regular expression.

        Raises
        ------
        InvalidValueError
            If the text is a broken regular expression.
        """
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error as error:
            raise InvalidValueError(
                f"The text {text!r} is no regular expression: {error}. To look for it as it stands, use "
                f"re.escape, which makes {re.escape(text)!r}."
            ) from None
        return self._part(element for element in self._elements if _matches(element, pattern))

    def to_dataframe(self) -> pd.DataFrame:
        """Return a table of the elements: id, name, and what matters for their kind.

        A column `set_by` says where a rule, an initial assignment or an event decides a value.
        """
        import pandas as pd

        rows = [element.facts for element in self._elements]  # pyright: ignore[reportAttributeAccessIssue]
        frame = pd.DataFrame(rows, columns=None if rows else pd.Index(["id", "name"]))
        if self._set_by:
            frame["set_by"] = [self._set_by.get(key, "") for key in self.ids]
        return frame

    def __repr__(self) -> str:
        ids = [key or "-" for key in self.ids[:8]]
        more = ", ..." if len(self) > 8 else ""
        return f"{len(self)} {plural(self.kind, len(self))}: {', '.join(ids)}{more}" if ids else self._none()

    def _repr_html_(self) -> str:
        if not self._elements:
            return f"<div>{escape(self._none())}</div>"
        shown = self._part(self._elements[:SHOWN]).to_dataframe()
        used = [column for column in shown.columns if _says_something(shown, column)]
        rows = [[_cell(value) for value in row] for row in shown[used].astype(object).to_numpy()]
        count = f"{len(self)} {plural(self.kind, len(self))}"
        if len(self) > SHOWN:
            count += f", the first {SHOWN} of them"
        return f"<div><strong>{escape(count)}</strong>{table(used, rows)}</div>"

    def _none(self) -> str:
        return f"no {plural(self.kind, 0)}"

    def _part(self, elements: Iterable[Any]) -> ElementList[T]:
        return ElementList(self.kind, elements, self._set_by)

    def _find(self, key: str) -> int:
        if key in self._position:
            return self._position[key]
        named = [key_of(e) for e in self._elements if getattr(e, "name", "") == key and key_of(e)]
        if named:
            raise UnknownNameError(
                f"There is no {self.kind} with the id {key!r}. That is the name of {', '.join(named)}: use "
                f"the id {named[0]!r}."
            )
        raise unknown_name(self.kind, key, self._position)


def key_of(element: Any) -> str:
    """Return what an element is found by: its id, of a rule or assignment the variable, or "" for nothing."""
    return element.id or getattr(element, "variable", "")


def plural(kind: str, count: int) -> str:
    """Return the word for some of a kind."""
    return kind if count == 1 or kind == "species" else f"{kind}s"


def _says_something(frame: pd.DataFrame, column: str) -> bool:
    values = list(frame[column])
    if column == "name":
        return any(name and name != key for name, key in zip(values, frame["id"]))
    return any(_cell(value) for value in values)


def _cell(value: object) -> str:
    if value is None or value != value or value is False:
        return ""
    return "yes" if value is True else shortened(value)


def _matches(element: Any, pattern: re.Pattern[str]) -> bool:
    texts = [key_of(element), element.name, element.sbo]
    if any(pattern.search(text) for text in texts):
        return True
    if not element.annotation:
        return False
    return any(pattern.search(uri) for uris in element.annotations.values() for uri in uris)
