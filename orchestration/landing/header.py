"""Header: match the first row to the contract, and say in which way it differs.

A file without a header begins with a person, so a cell is quoted only when its row is recognisably the header and the cell
itself reads like the name of a column (header_words.yml).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

import yaml

from orchestration.errors import HeaderDrift, HeaderReport, Refusal, UnknownHeader
from orchestration.landing.contracts import Register
from orchestration.landing.receive import printable

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
DIGIT_RUN = re.compile(r"\d{5}")
ALIKE = 0.6  # a cell this similar to a known header is a misspelt one
MAX_HEADER_CELLS = 500
MAX_NAMED = 20  # characters; a longer cell may be an address


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
class _Match:
    """The cells of a header row, sorted out."""

    positions: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)


def half_width(text: str) -> str:
    """Full-width letters, digits, punctuation and spaces as their ASCII forms."""
    return text.translate(FULL_WIDTH)


def match_header(
    cells: Sequence[str], register: Register, file: str, line: int | None, sheet: int | None = None
) -> Header:
    """Match a header row to the contract.

    Raises HeaderDrift, which names every unknown header (with the nearest known), every missing and every repeated one; or
    a plain Refusal when the row is no header at all. A register read leniently leaves unknown headers out and lets
    optional columns be missing.
    """
    found = _sorted_out(cells, register)
    missing = [column for column in register.columns if column.name not in found.positions]
    if 2 * len(found.positions) < len(register.columns):
        raise Refusal(file, "header", _no_header(found, register), line=line, sheet=sheet)
    fatal = found.repeated or any(column.required for column in missing)
    if fatal or (not register.lenient and (missing or found.unknown)):
        report = _report(found, register)
        raise HeaderDrift(file, "header", _detail(report, register), line=line, sheet=sheet, report=report)
    kept = {column.name: found.positions[column.name] for column in register.kept if column.name in found.positions}
    return Header(line or 0, len(cells), kept, [i for i, cell in enumerate(cells) if not cell.strip()])


def _sorted_out(cells: Sequence[str], register: Register) -> _Match:
    known, found = register.header_names, _Match()
    for index, raw in enumerate(cells):
        cell = half_width(raw).strip()
        name = known.get(cell) or known.get(cell.lower())
        if name is None:
            if cell:
                found.unknown.append((index, cell))
        elif name in found.positions:
            found.repeated.append((index + 1, name))
        else:
            found.positions[name] = index
            if cell.lower() not in (register.column(name).zh[0], name):
                found.aliases.append((name, cell))
    return found


def _report(found: _Match, register: Register) -> HeaderReport:
    order = [column.name for column in register.columns if column.name in found.positions]
    missing = tuple(column.name for column in register.columns if column.name not in found.positions)
    return HeaderReport(
        missing,
        tuple(_unknown(i, cell, register, missing) for i, cell in found.unknown),
        tuple(found.repeated),
        tuple(found.aliases),
        list(found.positions) != order,
    )


def _unknown(index: int, cell: str, register: Register, missing: Sequence[str]) -> UnknownHeader:
    """The cell, if it reads like a header, and the nearest known one (a missing one first)."""
    likeness, _, near = max(
        (SequenceMatcher(None, cell.lower(), known).ratio(), name in missing, known)
        for known, name in register.header_names.items()
    )
    return UnknownHeader(index + 1, printable(cell) if _reads_like_a_header(cell, likeness) else None, near)


def _reads_like_a_header(cell: str, likeness: float) -> bool:
    if len(cell) > MAX_NAMED or DIGIT_RUN.search(cell):
        return False
    endings, english = _header_words()
    words = re.split(r"[^a-z]+", cell.lower())
    return likeness >= ALIKE or cell.endswith(endings) or (cell.isascii() and words[-1] in english)


@cache
def _header_words() -> tuple[tuple[str, ...], frozenset[str]]:
    words = yaml.safe_load(files("orchestration.landing").joinpath("header_words.yml").read_text(encoding="utf-8"))
    return tuple(words["endings"]), frozenset(words["english"])


def _titles(register: Register) -> dict[str, str]:
    return {column.name: f"{column.zh[0]} ({column.name})" for column in register.columns}


def _no_header(found: _Match, register: Register) -> str:
    count = f"{len(found.positions)} of {len(register.columns)} columns are named"
    return f"the file seems to have no header here ({count}); expected: {', '.join(_titles(register).values())}"


def _detail(report: HeaderReport, register: Register) -> str:
    problems = [f"column {column} repeats {name}" for column, name in report.repeated]
    for unknown in report.unknown:
        name = "" if unknown.text is None else f" {unknown.text!r}"
        problems.append(f"column {unknown.column}{name} is unknown (nearest known: {unknown.nearest})")
    if report.missing:
        problems.append("missing: " + ", ".join(_titles(register)[name] for name in report.missing))
    if report.aliases:
        problems.append("read under another name: " + ", ".join(f"{cell} for {name}" for name, cell in report.aliases))
    if report.reordered:
        problems.append("the order differs from the contract (columns are read by name)")
    return "; ".join(problems) + "; rename, remove or add these columns and send the file again"
