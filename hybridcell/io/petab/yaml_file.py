"""YAML files that somebody else wrote: read as plain values, within bounds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hybridcell.io.petab.errors import PetabError

#: Bytes. The largest networks that are described layer by layer take a few hundred thousand.
_LARGEST = 20_000_000
#: Lists and tables inside of each other; what lies deeper takes the reader minutes.
_DEEPEST = 100


def read_yaml(path: Path, *, what: str, keys: str) -> dict[Any, Any]:
    """Return the keys and values of a file.

    Parameters
    ----------
    path
    what
        What the file is, such as "a problem", and `keys` what it should hold; for the errors.

    Raises
    ------
    PetabError
        Where the file is missing, too large, no YAML, not UTF-8, without keys, too deep, or where it
        has aliases.
    """
    import yaml

    if not os.path.isfile(path):
        raise PetabError(str(path), reason="there is no such file", hint=f"Wanted the YAML file of {what}.")
    if (size := path.stat().st_size) > _LARGEST:
        raise PetabError(path.name, reason=f"the file has {size} bytes; wanted at most {_LARGEST}")
    try:
        text = path.read_text(encoding="utf-8-sig")
        # a file of a few lines can stand for endless data by naming itself again and again
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                reason = (
                    f"the file is not YAML to be read: more than {_DEEPEST} lists lie inside of each other"
                )
                raise PetabError(path.name, event.start_mark.line + 1, reason=reason)
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                reason = f"the alias *{event.anchor} is not allowed"
                raise PetabError(path.name, line, reason=reason, hint="Write out what it stands for.")
        content = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise PetabError(path.name, reason=f"the file is not UTF-8: {error}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, PetabError):
            raise
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        problem = getattr(error, "problem", None) or type(error).__name__
        raise PetabError(path.name, line, reason=f"the file is not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise PetabError(path.name, reason="the file holds no keys", hint=f"Wanted {keys}.")
    return content
