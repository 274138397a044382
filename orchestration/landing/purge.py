"""Purge: sealed originals go when their time is over (retention.yml), and the warehouse keeps a record of what went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field

from orchestration.landing.archive import Archive
from orchestration.landing.contracts import Register
from orchestration.periods import now


class Retention(BaseModel):
    """How many months after their snapshot month originals are kept, since when, and why."""

    model_config = ConfigDict(extra="forbid")

    months: int = Field(ge=0)
    since: date
    reason: str = Field(min_length=20)


class Retentions(BaseModel):
    """The default, and what differs from it by register."""

    model_config = ConfigDict(extra="forbid")

    default: Retention
    registers: dict[str, Retention] = {}

    def of(self, register: str) -> Retention:
        """What holds for a register."""
        return self.registers.get(register, self.default)


@dataclass(frozen=True)
class Candidate:
    """An original from before the day that was named. `kept_because` is empty when it may go."""

    sha256: str
    register: str
    area_code: str
    month: date
    file_names: list[str]
    bytes: int
    kept_because: str


def load_retentions(registers: Iterable[str]) -> Retentions:
    """retention.yml. ValueError when it names a register that there is not."""
    text = files("orchestration.landing").joinpath("retention.yml").read_text("utf-8")
    found = Retentions.model_validate(yaml.safe_load(text))
    unknown = sorted(set(found.registers) - set(registers))
    if unknown:
        raise ValueError(f"retention.yml names no register: {', '.join(unknown)}")
    return found


def candidates(
    connection: duckdb.DuckDBPyConnection, archive: Archive, registers: dict[str, Register], before: date
) -> list[Candidate]:
    """Originals in the archive whose snapshot month is before `before`, and whether each may go today."""
    rows = connection.execute(
        """select sha256, min(register), min(area_code), max(month), list(distinct file_name order by file_name), max(bytes),
                coalesce(bool_or(status = 'held'), false)
            from landing.deliveries group by sha256 having max(month) < ? order by max(month), min(register), min(area_code)""",
        [before],
    ).fetchall()
    retentions = load_retentions(registers)
    return [_candidate(row, retentions) for row in rows if archive.holds(row[0])]


def _candidate(row: tuple[Any, ...], retentions: Retentions) -> Candidate:
    digest, register, area, month, names, size, held = row
    until = _later(month, retentions.of(register).months)
    reason = "held, not decided" if held else f"kept until {until:%Y-%m}" if until > now().date() else ""
    return Candidate(digest, register, area, month, names, size, reason)


def _later(month: date, months: int) -> date:
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def purge(
    connection: duckdb.DuckDBPyConnection, archive: Archive, going: Iterable[Candidate], *, by: str, reason: str
) -> int:
    """Record originals as gone, then take them away; how many. What a power cut left is taken by the next call.

    What the archive kept under no name goes without a record, as it came without one.
    """
    count = 0
    for candidate in going:
        connection.execute(
            "insert or ignore into landing.purges values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [candidate.sha256, candidate.register, candidate.area_code, candidate.month, candidate.file_names,
             candidate.bytes, now(), by, reason],
        )  # fmt: skip
        archive.drop(candidate.sha256)
        count += 1
    archive.drop_nameless()
    return count
