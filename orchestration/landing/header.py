"""The header of a file: matched to the contract, or a report of how it drifted from it.

What lives here: names of columns. What does not: rows. A file without a header begins with a person, so a cell is quoted
only when its row is recognisably the header and the cell itself reads like the name of a column (header_words.yml).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

import yaml

from orchestration.errors import Refusal
from orchestration.landing.contracts import Column, Register
from orchestration.landing.receive import printable

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
LONGEST_NAME = 20
ALIKE = 0.6  # a cell this similar to a known header is a misspelt one
LOOKS_LIKE_DATA = re.compile(r"\d{5}")


@dataclass(frozen=True)
class Header:
    """Where the header stands, how wide it is, which position holds which kept column, and which have no name.

    Cells under no name must be empty: otherwise the row is one separator too long and everything in it has moved.
    """

    line: int
    width: int
    positions: dict[str, int]
    unnamed: list[int]


@dataclass
class HeaderDrift(Refusal):
    """The header is one, and not the contract's. The file can be read once someone accepts it: what is new is left out,
    what is missing is empty. `missing` and `new` say which, in words.
    """

    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Match:
    """What was found in a header row: column -> position, columns under an alias, unknown cells, repeated columns."""

    positions: dict[str, int]
    renamed: list[str]
    unknown: list[tuple[int, str]]
    repeated: list[str]


def half_width(text: str) -> str:
    """Full-width letters, digits, punctuation and spaces as their ASCII forms."""
    return text.translate(FULL_WIDTH)


def match_header(cells: list[str], register: Register, file: str, line: int, *, lenient: bool = False) -> Header:
    """Match a header row to the contract.

    Raises HeaderDrift, which names every unknown header (with the nearest known), every missing and every repeated one; or
    a plain Refusal when the row is no header at all. `lenient` leaves unknown headers out and lets optional columns be missing.
    """
    found = _match(cells, register)
    missing = [column for column in register.columns if column.name not in found.positions]
    if 2 * len(found.positions) < len(register.columns):
        raise _no_header(found, register, file, line)
    fatal = found.repeated or any(column.required for column in missing)
    if fatal or (not lenient and (missing or found.unknown)):
        raise _drift(found, missing, register, file, line)
    kept = {column.name: found.positions[column.name] for column in register.kept if column.name in found.positions}
    return Header(line, len(cells), kept, [i for i, cell in enumerate(cells) if not cell.strip()])


def _match(cells: list[str], register: Register) -> _Match:
    known = register.header_names
    found = _Match({}, [], [], [])
    for index, raw in enumerate(cells):
        cell = half_width(raw).strip()
        name = known.get(cell) or known.get(cell.lower())
        if name is None and cell:
            found.unknown.append((index, cell))
        elif name is not None and name in found.positions:
            found.repeated.append(f"column {index + 1} repeats {name}")
        elif name is not None:
            found.positions[name] = index
            if cell.lower() not in (register.column(name).zh[0], name):
                found.renamed.append(f"{cell} for {name}")
    return found


def _no_header(found: _Match, register: Register, file: str, line: int) -> Refusal:
    expected = ", ".join(column.zh[0] for column in register.columns)
    count = f"{len(found.positions)} of {len(register.columns)} columns were found"
    detail = f"the file seems to have no header: {count}; expected: {expected}"
    return Refusal(file, "header", detail, line=line)


def _drift(found: _Match, missing: list[Column], register: Register, file: str, line: int) -> HeaderDrift:
    new = [_unknown_header(index, cell, register, missing) for index, cell in found.unknown]
    absent = [f"{column.zh[0]} ({column.name})" for column in missing]
    parts = [*new, *found.repeated]
    if absent:
        parts.append("missing: " + ", ".join(absent))
    if found.renamed:
        parts.append("read under another name: " + ", ".join(found.renamed))
    order = [name for name in (column.name for column in register.columns) if name in found.positions]
    if order != sorted(order, key=lambda name: found.positions[name]):
        parts.append("the order differs from the contract (columns are read by name)")
    return HeaderDrift(file, "header", "; ".join(parts), line=line, missing=tuple(absent), new=tuple(new))


def _unknown_header(index: int, cell: str, register: Register, missing: Sequence[Column]) -> str:
    """An unknown header by name, if it reads like one; and the nearest known one (a missing one first)."""
    absent = {column.name for column in missing}
    likeness, _, near, column = max(
        (SequenceMatcher(None, cell.lower(), known).ratio(), name in absent, known, name)
        for known, name in register.header_names.items()
    )
    name = f" {printable(cell)!r}" if _reads_like_a_header(cell, likeness) else ""
    return f"column {index + 1}{name} is unknown (nearest known: {near}, {column})"


def _reads_like_a_header(cell: str, likeness: float) -> bool:
    if len(cell) > LONGEST_NAME or LOOKS_LIKE_DATA.search(cell):
        return False
    endings, english = _header_words()
    words = re.split(r"[^a-z]+", cell.lower())
    return likeness >= ALIKE or cell.endswith(endings) or (cell.isascii() and words[-1] in english)


@cache
def _header_words() -> tuple[tuple[str, ...], frozenset[str]]:
    words = yaml.safe_load(files("orchestration.landing").joinpath("header_words.yml").read_text(encoding="utf-8"))
    return tuple(words["endings"]), frozenset(words["english"])
