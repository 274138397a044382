"""The figure that counts is files loaded silently wrong: none of a corpus of polluted files may be."""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.errors import Refusal
from orchestration.landing import rows
from orchestration.landing.check import checked_sql
from orchestration.landing.decode import decode
from orchestration.landing.read import read_chunks
from orchestration.landing.rows import Chunk
from tests.landing_kit import REGISTERS, received
from tests.unit.landing.polluted import CORPUS, Polluted, clean_lines, corpus

FILES = list(corpus())
APART = 1_000_000  # lines of different files, checked in one go, are this far apart


@dataclass
class Outcome:
    """What became of a file: a refusal, or the values of what passed and the lines of what did not."""

    refusal: Refusal | None = None
    passed: list[tuple] = field(default_factory=list)
    bad: set[Any] = field(default_factory=set)


def checked(register: str, rows: pa.Table) -> list[tuple]:
    area = "990100" if register == "areas" else "990101"
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.register("chunk", rows)
        return connection.execute(
            checked_sql(REGISTERS[register], area, date(2015, 3, 1)) + " order by line"
        ).fetchall()


def outcomes(register: str, files: list[Polluted]) -> list[Outcome]:
    found, tables = [Outcome() for _ in files], []
    for number, file in enumerate(files):
        chunks = []
        try:
            for chunk in decode(io.BytesIO(file.data), "csv", len(file.data), REGISTERS[register], file.name):
                chunks.append(chunk)
        except Refusal as refusal:
            found[number].refusal = refusal
            continue
        for chunk in chunks:
            found[number].bad |= {row.line for row in chunk.bad}
            lines = [line + number * APART for line in chunk.rows["line"].to_pylist()]
            tables.append(chunk.rows.set_column(0, "line", pa.array(lines, pa.int64())))
    for row in checked(register, pa.concat_tables(tables)):
        number, line = divmod(row[0], APART)
        if row[-1]:
            found[number].bad.add(line)
        else:
            found[number].passed.append(row[1:-1])
    return found


@cache
def true_rows(register: str, truth: tuple[tuple[str, ...], ...]) -> list[tuple]:
    """The typed values of the clean rows."""
    columns = [column.name for column in REGISTERS[register].columns]
    kept = {c.name: [row[columns.index(c.name)] or None for row in truth] for c in REGISTERS[register].kept}
    found = checked(register, rows.table(kept, list(range(len(truth)))))
    assert all(row[-1] == [] for row in found)
    return [row[1:-1] for row in found]


def wrongs(file: Polluted, outcome: Outcome) -> list[str]:
    """In which ways a file was loaded silently wrong."""
    if outcome.refusal is not None:
        what, _, cure = outcome.refusal.detail.partition("; ")
        return [] if outcome.refusal.rule and what and cure else ["no reason, or no word on how to mend it"]
    true, lines, clean = true_rows(file.register, file.truth), file.data.split(b"\n"), clean_lines(file)
    found = ["altered"] * sum(row not in true for row in outcome.passed)
    found += ["twice"] * (len(set(outcome.passed)) < len(outcome.passed))
    found += ["lost"] * (sum(row not in outcome.passed for row in true) > len(outcome.bad))
    for line in outcome.bad:
        if not 2 <= line <= len(lines):
            found.append("a line beyond the file")
        elif lines[line - 1].rstrip(b"\r") in clean and not file.pollution.startswith("header"):
            found.append("a clean line quarantined")
    return found


@pytest.mark.parametrize("register", CORPUS)
def test_no_polluted_file_is_silently_wrong(register: str) -> None:
    """Refused with a reason, or: what passes is true, and what does not is quarantined under its own line."""
    files = [file for file in FILES if file.register == register]
    found = outcomes(register, files)
    wrong = [(f.pollution, f.style, wrongs(f, o)) for f, o in zip(files, found, strict=True) if wrongs(f, o)]
    assert wrong == []
    kinds = Counter("refused" if o.refusal else "quarantined" if o.bad else "whole" for o in found)
    assert min(kinds[kind] for kind in ("refused", "quarantined", "whole")) > 10, kinds


def whole(chunks: Iterable[Chunk]) -> Outcome:
    """What an answer of the reader holds, as a list of cells and lines."""
    found = Outcome()
    try:
        for chunk in chunks:
            found.passed += [tuple(row.values()) for row in chunk.rows.to_pylist()]
            found.bad |= {(row.line, row.column, row.rule) for row in chunk.bad}
    except Refusal as refusal:
        found.refusal = refusal
    return found


def test_what_is_decoded_crosses_the_pipe_unaltered(tmp_path: Path) -> None:
    """A part of the corpus through the child process: the same cells, the same bad lines, the same refusals."""
    part = FILES[::15]
    assert len({file.pollution for file in part}) > 20
    for file in part:
        register = REGISTERS[file.register]
        here = whole(decode(io.BytesIO(file.data), "csv", len(file.data), register, file.name))
        there = whole(read_chunks(received(tmp_path, file.name, file.data), register))
        assert there == here, (file.pollution, file.style)


def test_the_corpus_is_large() -> None:
    assert len(FILES) >= 500
