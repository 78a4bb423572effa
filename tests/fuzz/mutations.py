"""Damage: what happens to files on disks and in hands, and what somebody does to them on purpose."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random

#: Written in the place of numbers, or put anywhere.
_NUMBERS = [
    "nan",
    "NaN",
    "inf",
    "-INF",
    "1e308",
    "-1e999",
    "0",
    "-0.0",
    "-1",
    "1e-320",
    "99999999999999999999",
]
_TOKENS = (
    *("", " ", "\t", "\n", "\r", ",", ";", '"', "'", "<", ">", "</", "<!--", "]]>", "&amp;", "&lol;", "&#0;"),
    *("{", "}", "[", "]", ":", "- ", "*x ", "&x ", "<<: *x", "null", "None", "true", "NO"),
    *(
        "\x00",
        "\ufeff",
        "\u202e",
        "é",
        "\ud7ff",
        "😀",
        "../../etc",
        "/dev/zero",
        "C:\\x",
        "http://localhost/x",
    ),
    *("__import__('os')", "!!python/object/apply:os.system ['true']"),
    *("a" * 5000, "(" * 3000, "[" * 3000, "-" * 3000, "9" * 5000),
)
_BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "lollollol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij"))
    + "]>"
)
_ELSEWHERE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9.:-]*")
_NUMBER = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")

Mutation = Callable[[bytes, Random], bytes]


def mutate(content: bytes, suffix: str, random: Random) -> bytes:
    """Return the content of a file with one to four pieces of damage of the kinds that fit its format."""
    if suffix in (".hc", ".omex", ".npz") and random.random() < 0.7:
        return _inside_zip(content, random)
    kinds: tuple[Mutation, ...] = _ANY
    if suffix not in (".hc", ".omex", ".npz", ".h5", ".hdf5", ".h5ad"):
        kinds = (*_ANY, *_TEXT, *_TEXT)
    if suffix in (".xml", ".sbml", ".graphml", ".sedml", ".rdf"):
        kinds = (*kinds, _entities)
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        content = random.choice(kinds)(content, random)
    return content


def _span(content: bytes, random: Random) -> tuple[int, int]:
    first = random.randrange(len(content) + 1)
    return first, min(len(content), first + random.choice((1, 2, 8, 64, 512)))


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 4, 16))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _delete(content: bytes, random: Random) -> bytes:
    first, last = _span(content, random)
    return content[:first] + content[last:]


def _truncate(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _repeat(content: bytes, random: Random) -> bytes:
    first, last = _span(content, random)
    return content[:last] + content[first:last] * random.choice((1, 2, 100)) + content[last:]


def _swap(content: bytes, random: Random) -> bytes:
    (a, b), (c, d) = sorted((_span(content, random), _span(content, random)))
    return content if b > c else content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _noise(content: bytes, random: Random) -> bytes:
    first, last = _span(content, random)
    return content[:first] + random.randbytes(last - first) + content[last:]


def _token(content: bytes, random: Random) -> bytes:
    first, last = _span(content, random)
    token = random.choice(_TOKENS).encode("utf-8", "surrogatepass")
    return content[:first] + token + content[random.choice((first, last)) :]


def _number(content: bytes, random: Random) -> bytes:
    return _in_place_of(_NUMBER, content, random.choice(_NUMBERS).encode(), random)


def _word(content: bytes, random: Random) -> bytes:
    words = _WORD.findall(content)
    return _in_place_of(_WORD, content, random.choice(words), random) if words else content


def _in_place_of(pattern: re.Pattern[bytes], content: bytes, new: bytes, random: Random) -> bytes:
    found = list(pattern.finditer(content))
    if not found:
        return content
    first, last = random.choice(found).span()
    return content[:first] + new + content[last:]


def _line(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    if random.random() < 0.5:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i:i] = [lines[j]] * random.choice((1, 2, 50))
    return b"".join(lines)


def _encoding(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp1252")), "replace")


def _entities(content: bytes, random: Random) -> bytes:
    """Put a document type in front, and one of its entities where a value stood."""
    bomb = random.choice((_BOMB, _ELSEWHERE)).encode()
    at = content.find(b"?>") + 2 if content.startswith(b"<?xml") else 0
    rest = _in_place_of(_NUMBER, content[at:], b"&j;", random)
    return content[:at] + bomb + rest


_ANY: tuple[Mutation, ...] = (_flip, _delete, _truncate, _repeat, _swap, _noise)
_TEXT: tuple[Mutation, ...] = (_token, _token, _number, _number, _word, _line, _encoding)


def _inside_zip(content: bytes, random: Random) -> bytes:
    """Change a member of an archive, its name, or how often it is there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    k = random.randrange(len(members))
    name, inner = members[k]
    change = random.random()
    if change < 0.75:
        suffix = "." + name.rpartition(".")[2]
        members[k] = (name, mutate(inner, suffix, random))
    elif change < 0.85:
        members[k] = (
            random.choice(("../../evil", "/etc/evil", "C:\\evil", "a/../../b", name.upper(), "")),
            inner,
        )
    elif change < 0.95:
        members.insert(random.randrange(len(members)), random.choice(members))
    else:
        del members[k]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice is on purpose
        for name, inner in members:
            archive.writestr(zipfile.ZipInfo(name or "x"), inner)
    return packed.getvalue()
