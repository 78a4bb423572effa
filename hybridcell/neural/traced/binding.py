"""Matching of arguments to names, with errors that say what is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from hybridcell._core.errors import InvalidValueError, nearest

#: Arguments of PyTorch that say where and how numbers are kept; nothing here depends on them.
_IGNORED = ("device", "dtype", "inplace", "out", "memory_format", "_stacklevel")


@cache
def parameters_of(function: Callable[..., Any], skipped: int) -> tuple[inspect.Parameter, ...]:
    """Return the parameters of a function after the first `skipped`."""
    return tuple(inspect.signature(function).parameters.values())[skipped:]


def bind(
    where: str,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    skipped: int = 0,
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that a function takes from those that are given.

    Parameters
    ----------
    where
        For messages: "layer 'conv1' (Conv2d)".
    function
        What is called.
    args, kwargs
        Given.
    skipped
        Number of its first parameters that are not given here.

    Raises
    ------
    InvalidValueError
        Naming the argument and the one it was probably meant to be.
    """
    wanted = parameters_of(function, skipped)
    names = [p.name for p in wanted]
    spread = next((p.name for p in wanted if p.kind is p.VAR_POSITIONAL), None)
    known = {k: v for k, v in kwargs.items() if k in names or k not in _IGNORED}
    for name in known:
        if name not in names:
            guess = nearest(name, names)
            hint = f" Did you mean {guess!r}?" if guess else ""
            raise InvalidValueError(
                f"{where} has no argument {name!r}.{hint} It takes: {', '.join(names) or 'none'}."
            )
    if spread in known:
        return [*args, *_spread_by_name(where, names, args, known, spread)], known
    if spread is None and len(args) > len(names):
        raise InvalidValueError(f"{where} has {len(args)} arguments; it takes {', '.join(names) or 'none'}.")
    if spread is None:
        twice = [name for name in names[: len(args)] if name in known]
        if twice:
            raise InvalidValueError(f"{where} has its argument {twice[0]!r} twice.")
        for p in wanted[len(args) :]:
            if p.default is p.empty and p.name not in known:
                raise InvalidValueError(f"{where} lacks its argument {p.name!r}.")
    return list(args), known


def _spread_by_name(
    where: str, names: Sequence[str], args: Sequence[Any], known: dict[str, Any], spread: str
) -> list[Any]:
    """Take the numbers that stand behind all other arguments, which PyTorch also takes as one by name."""
    place = names.index(spread)
    if len(args) < place:
        raise InvalidValueError(f"{where} lacks its argument {names[len(args)]!r}.")
    if len(args) > place:
        raise InvalidValueError(f"{where} has its argument {spread!r} twice.")
    return [known.pop(spread)]
