"""Assessment runs: a scorecard frozen under its identity, signed off, and made again to the byte from the vintages.

What lives here: freezing, signing, reproducing and comparing. A run is made from published vintages only, and is never changed:
later data make another run.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.assessment.scorecard import WORDS, Scorecard, by_area, publication_as_of, read_attested, read_items
from orchestration.errors import RenkouError
from orchestration.periods import month_end, now
from orchestration.publish import vintages
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.settings import Settings
from orchestration.warehouse import private_files, writer_lock

FORMAT = 1  # of a run's content: how it is made never changes; another way is another format, and the old one stays
# Every figure that the scorecard reads: its own areas and those above them, this period and a year before. Columns are named,
# because one that a table gains later was no input of the runs before it.
INPUTS = {
    "assessments": """select scheme, area_code, indicator, period_end, operator, target, target_upper, frequency, "window",
            value, low, high, verdict, veto, reason
        from assessments_as_of($publication) where scheme = $scheme and period_end = $period_end order by all""",
    "indicator_values": """select v.area_code, v.area_level, v.indicator, v."window", v.period_end, v.clock, v.numerator,
            v.denominator, v.numerator_shown, v.denominator_shown, v.value, v.low, v.high, v.status
        from indicator_values_as_of($publication) as v
        where v.clock = 'report' and v.period_end in ($period_end, last_day($period_end::date - interval 1 year))
            and (v.indicator, v."window") in (
                select (indicator, "window") from assessments_as_of($publication)
                where scheme = $scheme and period_end = $period_end)
        order by all""",
    "attestations": """select area_code, area_level, item, period_end, verdict, reason, visited_on, rectified_on, years_met
        from attestations_as_of($publication) where period_end = $period_end and area_code in (
            select area_code from assessments_as_of($publication) where scheme = $scheme and period_end = $period_end)
        order by all""",
}


class NoRun(RenkouError):
    """There is no such run; the message names those that there are."""


class NotReproduced(RenkouError):
    """The vintages no longer give the bytes that were frozen."""

    exit_code = 1


@dataclass(frozen=True)
class Run:
    """A frozen run: `identity` names scheme, period, vintage, code and inputs; `content` is its canonical JSON."""

    run: str
    identity: dict[str, Any]
    content: bytes
    frozen_at: datetime
    frozen_by: str
    reason: str
    sign_offs: tuple[tuple[datetime, str, str], ...] = ()

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items as they were frozen."""
        found: list[dict[str, Any]] = json.loads(self.content)["items"]
        return found

    @property
    def attested(self) -> list[dict[str, Any]]:
        """The attested items as they were frozen."""
        found: list[dict[str, Any]] = json.loads(self.content)["attested"]
        return found


def canonical(value: Any) -> bytes:
    """The one way in which a value is written as JSON: sorted keys, no spaces, UTF-8; dates as ISO 8601."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def make_content(
    marts: duckdb.DuckDBPyConnection, scheme: str, month: date, publication: int, form: int = FORMAT
) -> tuple[str, bytes]:
    """(identity's hash, canonical content) of a scheme's scorecard as of a publication. Raises NoScorecard, NotReproduced."""
    if form not in MAKERS:
        raise NotReproduced(f"the run has format {form}, which this version does not know: install a newer one")
    return MAKERS[form](marts, scheme, month, publication)


def _make_first(marts: duckdb.DuckDBPyConnection, scheme: str, month: date, publication: int) -> tuple[str, bytes]:
    items = _without_words(read_items(marts, scheme, month, publication))
    attested = _without_words(read_attested(marts, (item["area_code"] for item in items), month, publication))
    attested.sort(key=lambda row: (row["area_code"], row["item"]))  # the catalogue's order may change
    place = {"scheme": scheme, "period_end": month_end(month), "publication": publication}
    row = marts.execute(
        "select vintage, code_version from publications where publication = ?", [publication]
    ).fetchone()
    assert row is not None  # publication_as_of found it
    inputs = {name: _digest(marts.execute(query, place).fetchall()) for name, query in INPUTS.items()}
    identity = {**place, "vintage": row[0], "code_version": row[1], "inputs": inputs, "format": 1}
    return _digest(identity)[:16], canonical({"identity": identity, "items": items, "attested": attested})


MAKERS = {1: _make_first}  # by format


def _without_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without labels: an area that is renamed was assessed all the same."""
    return [{name: value for name, value in row.items() if name not in WORDS} for row in rows]


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def freeze(settings: Settings, scheme: str, month: date, by: str, reason: str, as_of: int | date | None = None) -> Run:
    """Freeze the scorecard of a scheme and month as it is published (or was, as of a publication or day).

    Freezing the same once more changes nothing and returns the run that stands. Raises NoScorecard.
    """
    with open_marts(settings) as marts:
        publication = publication_as_of(marts, as_of)
        name, content = make_content(marts, scheme, month, publication)
    with _warehouse(settings) as warehouse:
        if not warehouse.execute("select 1 from vintages.assessment_runs where run = ?", [name]).fetchone():
            identity = json.loads(content)["identity"]
            warehouse.execute(
                "insert into vintages.assessment_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [name, scheme, month_end(month), publication, identity["vintage"], identity["code_version"],
                 hashlib.sha256(content).hexdigest(), now(), by, reason, content.decode()],
            )  # fmt: skip
        run = _read(warehouse, name)
    _write_file(run_file(settings, run), run.content)
    return run


def sign_off(settings: Settings, name: str, by: str, reason: str) -> Run:
    """Record who vouches for a frozen run, and why. Raises NoRun, NotReproduced."""
    run = reproduce(settings, name)
    with _warehouse(settings) as warehouse:
        warehouse.execute("insert into vintages.sign_offs values (?, ?, ?, ?)", [run.run, now(), by, reason])
        return _read(warehouse, run.run)


def reproduce(settings: Settings, name: str) -> Run:
    """A frozen run, made again from the published vintages. Raises NoRun, and NotReproduced when a byte differs."""
    with _warehouse(settings) as warehouse:
        run = _read(warehouse, name)
    with open_marts(settings) as marts:
        period, publication = date.fromisoformat(run.identity["period_end"]), run.identity["publication"]
        again, content = make_content(marts, run.identity["scheme"], period, publication, run.identity["format"])
    if (again, content) != (run.run, run.content):
        raise NotReproduced(f"run {run.run} cannot be made again: the vintages now give {again}")
    _write_file(run_file(settings, run), run.content)
    return run


def frozen_runs(settings: Settings) -> list[dict[str, Any]]:
    """Every frozen run, the newest first, with the number of its sign-offs."""
    with _warehouse(settings) as warehouse:
        return dictionaries(
            warehouse.execute(
                """select r.run, r.scheme, r.period_end, r.publication, r.vintage, r.frozen_at, r.frozen_by, r.reason,
                (select count(*) from vintages.sign_offs as s where s.run = r.run) as sign_offs
            from vintages.assessment_runs as r order by r.frozen_at desc, r.run"""
            )
        )


def frozen_cards(settings: Settings, run: Run, area: str | None = None) -> list[Scorecard]:
    """The scorecards of a frozen run (or of one area), under the present names of areas and indicators."""
    with open_marts(settings) as marts:
        areas = {
            row[0]: row[1:] for row in marts.execute("select area_code, name_zh, name_en from dim_area").fetchall()
        }
        query = "select indicator, name_zh, name_en, unit from indicators"
        indicators = {row[0]: row[1:] for row in marts.execute(query).fetchall()}
        query = "select item, name_zh, name_en from attested_items"
        names = {row[0]: row[1:] for row in marts.execute(query).fetchall()}
    attested = [
        row | dict(zip(("name_zh", "name_en"), names.get(row["item"], (row["item"], row["item"])), strict=True))
        for row in run.attested
        if area in (None, row["area_code"])
    ]
    named = []
    for item in run.items:
        code, indicator = item["area_code"], item["indicator"]
        words = (*areas.get(code, (code, code)), *indicators.get(indicator, (indicator, indicator, None)))
        if area in (None, code):
            named.append(item | dict(zip(WORDS, words, strict=True)))
    return by_area(named, attested)


def revised_since(settings: Settings, name: str) -> list[dict[str, Any]]:
    """Items of a frozen run of which value or verdict is another in the present publication. Raises NoRun, NotReproduced."""
    run = reproduce(settings, name)
    with open_marts(settings) as marts:
        month = date.fromisoformat(run.identity["period_end"])
        return differences(run, read_items(marts, run.identity["scheme"], month, publication_as_of(marts, None)))


def run_file(settings: Settings, run: Run) -> Path:
    """Where the content of a run lies as a file."""
    period = run.identity["period_end"][:7]
    return settings.root / "assessments" / f"{run.identity['scheme']}_{period}_{run.run}.json"


@contextmanager
def _warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse under the writer lock, with the tables of runs in place. Raises NoRun when there is no warehouse."""
    if not settings.warehouse.exists():
        raise NoRun("there is no warehouse yet: land a month and publish it first (renkou run)")
    with writer_lock(settings), private_files(), duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(vintages.LAYOUT)
        yield connection


def _read(warehouse: duckdb.DuckDBPyConnection, name: str) -> Run:
    query = "select run, content, frozen_at, frozen_by, reason from vintages.assessment_runs where starts_with(run, ?)"
    found = warehouse.execute(query, [name]).fetchall() if name else []
    if len(found) != 1:
        runs = [row[0] for row in warehouse.execute("select run from vintages.assessment_runs order by run").fetchall()]
        raise NoRun(f"{name!r} names {len(found)} runs; those that are frozen: {', '.join(runs) or 'none'}")
    run, content, frozen_at, frozen_by, reason = found[0]
    query = "select signed_at, signed_by, reason from vintages.sign_offs where run = ? order by signed_at"
    signed = tuple(warehouse.execute(query, [run]).fetchall())
    return Run(run, json.loads(content)["identity"], content.encode(), frozen_at, frozen_by, reason, signed)


def _write_file(path: Path, content: bytes) -> None:
    """The content in its file, whole or not at all, read only. A file that says something else is put right."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def differences(run: Run, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items of a frozen run whose value or verdict is another now: rows with value_then, value_now, verdict_then, verdict_now."""
    key = ("area_code", "indicator", "window")
    present = {tuple(item[name] for name in key): item for item in items}
    changed = []
    for item in run.items:
        there = present.get(tuple(item[name] for name in key), {"value": None, "verdict": None})
        if (item["value"], item["verdict"]) != (there["value"], there["verdict"]):
            changed.append(
                {name: item[name] for name in key}
                | {"value_then": item["value"], "value_now": there["value"]}
                | {"verdict_then": item["verdict"], "verdict_now": there["verdict"]}
            )
    return changed
