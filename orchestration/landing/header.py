"""Header: match the first row to the contract, and say in which way it differs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from orchestration.errors import HeaderDrift, HeaderReport, UnknownHeader
from orchestration.landing.contracts import Register
from orchestration.landing.receive import printable

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
DIGIT_RUN = re.compile(r"\d{6,}")
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

    Raises HeaderDrift, which names every unknown header (with the nearest known), every missing and every repeated one.
    """
    found = _sorted_out(cells, register)
    missing = [column for column in register.columns if column.name not in found.positions]
    if missing or found.repeated or found.unknown:
        report = _report(found, register)
        raise HeaderDrift(file, "header", _detail(report, found, register), line=line, sheet=sheet, report=report)
    kept = {column.name: found.positions[column.name] for column in register.kept}
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
            if cell != register.column(name).zh[0]:
                found.aliases.append((name, cell))
    return found


def _report(found: _Match, register: Register) -> HeaderReport:
    recognised = 2 * len(found.positions) >= len(register.columns)
    order = [column.name for column in register.columns if column.name in found.positions]
    return HeaderReport(
        recognised,
        tuple(column.name for column in register.columns if column.name not in found.positions),
        tuple(_unknown(i, cell, register.header_names) for i, cell in found.unknown) if recognised else (),
        tuple(found.repeated),
        tuple(found.aliases),
        list(found.positions) != order,
    )


def _unknown(index: int, cell: str, known: Mapping[str, str]) -> UnknownHeader:
    """Name the cell and its nearest known header, unless it may be a person's: digits in a run, or long."""
    if DIGIT_RUN.search(cell) or len(cell) > MAX_NAMED:
        return UnknownHeader(index + 1, None, None)
    near = get_close_matches(cell.lower(), known, n=1, cutoff=0.0)
    return UnknownHeader(index + 1, printable(cell), near[0])


def _detail(report: HeaderReport, found: _Match, register: Register) -> str:
    titles = {column.name: f"{column.zh[0]} ({column.name})" for column in register.columns}
    if not report.recognised:
        count = f"{len(found.positions)} of {len(register.columns)} columns are named"
        return f"the file seems to have no header here ({count}); expected: {', '.join(titles.values())}"
    problems = [f"column {column} repeats {name}" for column, name in report.repeated]
    for unknown in report.unknown:
        name = "" if unknown.text is None else f" {unknown.text!r}"
        near = "" if unknown.nearest is None else f" (nearest known: {unknown.nearest})"
        problems.append(f"column {unknown.column}{name} is unknown{near}")
    if report.missing:
        problems.append("missing: " + ", ".join(titles[name] for name in report.missing))
    return "; ".join(problems) + "; rename, remove or add these columns and send the file again"
