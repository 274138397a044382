"""A corpus of polluted files: each is a clean file of a register with one fault of form, and the clean rows beside it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.landing_kit import REGISTERS, good_rows, header

AREAS = {"areas": "990100"}
CORPUS = ("deaths", "births", "population", "birth_certificates", "official_population", "areas")
ROWS = 8
STYLES = ("plain", "quoted", "last_empty", "trailing", "crlf")


@dataclass(frozen=True)
class Polluted:
    """A file, what was done to it, and the truth: every row's cells (contract order) by value."""

    register: str
    pollution: str
    style: str
    data: bytes
    truth: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.register}_{AREAS.get(self.register, '990101')}_201503.csv"


def corpus() -> Iterator[Polluted]:
    """Every pollution of every register in every style of writing CSV."""
    for register in CORPUS:
        encoding = REGISTERS[register].encoding
        for style in STYLES:
            rows = _cells(register, style)
            lines, end = _lines(register, rows, style)
            truth = tuple(tuple(row) for row in rows)
            for pollution, data in _pollutions(lines, end, encoding):
                yield Polluted(register, pollution, style, data, truth)


def _cells(register: str, style: str) -> list[list[str]]:
    columns = [column.name for column in REGISTERS[register].columns]
    rows = [[row.get(name, "") for name in columns] for row in good_rows(register, ROWS)[:ROWS]]
    required = REGISTERS[register].columns[-1].required
    if style == "last_empty" and not required:
        rows = [[*row[:-1], ""] for row in rows]
    return [[cell.replace(",", "") for cell in row] for row in rows]


def _lines(register: str, rows: list[list[str]], style: str) -> tuple[list[str], str]:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if style == "quoted" else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows([header(register), *rows])
    lines = out.getvalue().splitlines()
    if style == "trailing":
        lines = [f"{line},," for line in lines]
    return lines, "\r\n" if style == "crlf" else "\n"


def _pollutions(lines: list[str], end: str, encoding: str) -> Iterator[tuple[str, bytes]]:
    for name, changed in _text_pollutions(lines):
        yield name, end.join([*changed, ""]).encode(encoding)
    whole, other = end.join([*lines, ""]), "utf-8" if encoding == "gb18030" else "gb18030"
    body = [line.encode(encoding) for line in lines]
    mark, new = end.encode(), b"\xef\xbb\xbf"
    yield "encoding of all", whole.encode(other)
    yield "encoding utf-16", whole.encode("utf-16")
    for at in (1, 4, len(lines) - 1):
        yield f"encoding of line {at}", mark.join([*body[:at], lines[at].encode(other), *body[at + 1 :], b""])
        yield f"mark before line {at}", mark.join([*body[:at], new + body[at], *body[at + 1 :], b""])
        yield f"half a character in line {at}", mark.join([*body[:at], b"\xc4," + body[at][2:], *body[at + 1 :], b""])
    data = whole.encode(encoding)
    for cut in (1, 2, 3, 5, 8, 13, 30):
        if cut < len(body[-1]):  # a whole row that is missing leaves no trace of form
            yield f"truncated by {cut}", data[: len(data) - len(mark) - cut]
    yield "nul at end", data + bytes(512)
    yield "line ends of old", lines[0].encode(encoding) + b"\r" + b"\r".join(body[1:])


def _text_pollutions(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    yield from _file_pollutions(lines)
    for at in (1, 4, len(lines) - 1):
        line = lines[at]
        cells = line.split(",")
        middle = len(cells) // 2
        for name, changed in {
            "delimiter ;": line.replace(",", ";"),
            "delimiter tab": line.replace(",", "\t"),
            "delimiter full width": line.replace(",", "，", 1),
            "one separator too many, front": "," + line,
            "one separator too many, middle": ",".join([*cells[:middle], "", *cells[middle:]]),
            "one separator too many, end": line + ",",
            "two separators too many": line + ",,",
            "one separator missing, front": line.replace(",", "", 1),
            "one separator missing, end": "".join(line.rsplit(",", 1)),
            "cell with a bare separator": ",".join([cells[0], cells[1] + ",x", *cells[2:]]),
            "quote opened, front": '"' + line,
            "quote opened, middle": ",".join([*cells[:middle], '"' + cells[middle], *cells[middle + 1 :]]),
            "quote at the end": line + '"',
            "quote inside": ",".join([cells[0][:2] + '"' + cells[0][2:], *cells[1:]]),
            "two quotes inside": ",".join([cells[0][:2] + '"' + cells[0][2:] + '"x', *cells[1:]]),
            "escape of a quote": ",".join(['"a\\"' + cells[0].strip('"') + '"', *cells[1:]]),
            "escape of a separator": line.replace(",", "\\,", 1),
            "return inside": ",".join([*cells[:middle], cells[middle] + "\r", *cells[middle + 1 :]]),
            "line end inside": ",".join([*cells[:middle], cells[middle] + "\n", *cells[middle + 1 :]]),
            "nul inside": ",".join([*cells[:middle], cells[middle] + "\0", *cells[middle + 1 :]]),
            "control inside": ",".join([cells[0] + "\x1a", *cells[1:]]),
            "mark inside": ",".join([cells[0] + "\ufeff", *cells[1:]]),
            "lost character inside": ",".join([cells[0] + "\ufffd", *cells[1:]]),
        }.items():
            yield f"{name}, line {at}", [*lines[:at], changed, *lines[at + 1 :]]
        for name, extra in {
            "blank line": "",
            "blank cells": "," * (len(cells) - 1),
            "header again": lines[0],
            "footer": "合计," + str(len(lines) - 1),
            "footer as wide": "合计" + "," * (len(cells) - 1),
            "a note": "制表人：某某",
            "quoted note": '"制表人',
        }.items():
            yield f"{name}, after line {at}", [*lines[: at + 1], extra, *lines[at + 1 :]]


def _file_pollutions(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    head = lines[0].split(",")
    yield "delimiter of all", [line.replace(",", ";") for line in lines]
    yield "preamble", ["某市统计表", *lines]
    yield "wide preamble", ["某市统计表" + "," * (len(head) - 1), *lines]
    yield "blank preamble", ["", *lines]
    yield "no header", lines[1:]
    yield "header twice", [lines[0], *lines]
    yield "header repeated in one column", [",".join([*head[:-1], head[0]]), *lines[1:]]
    yield "header short", [",".join(head[:-1]), *lines[1:]]
    yield "header wide", [lines[0] + ",某列", *lines[1:]]
    yield "header with open quote", ['"' + lines[0], *lines[1:]]
    yield "header misspelt", [lines[0].replace(head[0], head[0].strip('"') + "x"), *lines[1:]]


@cache
def _clean(register: str, style: str) -> frozenset[bytes]:
    lines, _ = _lines(register, _cells(register, style), style)
    return frozenset(line.encode(REGISTERS[register].encoding) for line in lines[1:])


def clean_lines(file: Polluted) -> frozenset[bytes]:
    """The lines of rows of the clean file, without line ends."""
    return _clean(file.register, file.style)
