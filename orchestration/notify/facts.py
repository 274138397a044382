"""What there is to say of an alert: read from the warehouse, counts protected by the rule of everything published."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.landing.contracts import load_contracts
from orchestration.quality.alerts import NUMBER
from orchestration.quality.integrity import PREFIX, Method, load_methods
from orchestration.variables import variables

TREND_MONTHS = 6
UNKNOWN_AREA = "？"


@dataclass(frozen=True)
class Protection:
    """Counts of 1 to `small` are shown as a range, others rounded to multiples of `base` (dbt_project.yml says why)."""

    small: int
    base: int

    def hides(self, count: int) -> bool:
        """Whether a count is so small that it is shown as a range."""
        return 0 < count <= self.small

    def shown(self, count: int) -> str:
        """What is printed for a count."""
        return f"1-{self.small}" if self.hides(count) else f"{self._rounded(count):,}"

    def share(self, part: int, whole: int) -> float | None:
        """Part of the whole, from rounded counts; None when it rests on a small count or on nothing."""
        if not whole or self.hides(whole) or self.hides(part):
            return None
        return self._rounded(part) / self._rounded(whole)

    def expected_share(self, unexpected: int, judged: int) -> float | None:
        """Share of the judged that were as expected; None as for `share`."""
        wrong = self.share(unexpected, judged)
        return None if wrong is None else 1 - wrong

    def _rounded(self, count: int) -> int:
        return (2 * count + self.base) // (2 * self.base) * self.base


def load_protection(project: Path) -> Protection:
    """With the parameters of the published copy."""
    values = variables(project)
    return Protection(small=int(values["min_count"]), base=int(values["base"]))


@dataclass(frozen=True)
class News:
    """One event of one alert, with everything that its message needs.

    `trend`: (month, share as expected; of a signal: share of hits; None where it rests on a small count). `side`: whether the
    share must be at least (≥) or at most (≤) the threshold.
    """

    event: str
    alert: str
    kind: str
    severity: str
    register: str
    register_zh: str
    register_en: str
    area_code: str
    area_zh: str
    area_en: str
    opened_month: date
    month: date
    check_id: str
    sentence_zh: str
    sentence_en: str
    dimension: str
    threshold: float
    side: str
    elements: int
    unexpected: int
    lines: tuple[int, ...]
    file: str | None
    reason: str | None
    status: str
    acknowledged_by: str | None
    muted_until: date | None
    trend: tuple[tuple[date, float | None], ...]

    @property
    def is_signal(self) -> bool:
        """A pattern of many rows is at fault, and no row."""
        return self.check_id.startswith(PREFIX)

    @property
    def is_about_a_file(self) -> bool:
        """The file as a whole is at fault, or is missing: no counts of rows."""
        return self.check_id in (f"{self.register}_readable", f"{self.register}_delivered")


NEWS = """
    select e.event, e.alert, e.kind, a.severity, a.register, coalesce(r.name_zh, a.register) as register_zh,
        coalesce(r.name_en, a.register) as register_en, a.area_code, coalesce(z.name, $unknown) as area_zh,
        coalesce(z.name_en, $unknown) as area_en, a.opened_month, e.month, a.check_id,
        coalesce(c.sentence_zh, a.check_id) as sentence_zh, coalesce(c.sentence_en, a.check_id) as sentence_en,
        coalesce(c.dimension, '') as dimension, coalesce(e.threshold, c.threshold, 1) as threshold, coalesce(c.side, '≥') as side,
        coalesce(e.elements, 0) as elements, coalesce(e.unexpected, 0) as unexpected, coalesce(e.lines, []) as lines,
        d.file_name as file, d.reason, a.status, a.acknowledged_by, a.muted_until
    from quality.alert_events as e
    inner join quality.alerts as a on e.alert = a.alert
    left join rules as c on a.check_id = c.check_id
    left join landing.deliveries as d on e.delivery = d.delivery
    left join names as r on a.register = r.register
    left join (
        select area, any_value(name) as name, any_value(name_en) as name_en from raw.areas where _valid_to is null group by area
    ) as z on rpad(a.area_code, 12, '0') = z.area
"""
RULES = """create or replace temp table rules as
    select check_id, sentence_zh, sentence_en, dimension, threshold, '≥' as side from quality.checks"""
SIDES = {"more": "≤", "fewer": "≥"}  # of what a method tolerates
LATEST = f"e.event in (select max_by(event, {NUMBER}) from quality.alert_events group by alert)"


@dataclass(frozen=True)
class Words:
    """What the warehouse does not know by itself: names of registers, methods, and how counts are shown."""

    names: dict[str, tuple[str, str]]
    methods: dict[str, Method]
    protection: Protection


def load_words(project: Path) -> Words:
    """From contracts, seeds and the project file."""
    names = {name: (register.name_zh, register.name_en) for name, register in load_contracts(project).items()}
    return Words(names, load_methods(project), load_protection(project))


def read_news(connection: duckdb.DuckDBPyConnection, words: Words, events: list[str]) -> list[News]:
    """These events, `fail` first, by register and area."""
    return _read(connection, words, "e.event in (select unnest($events::varchar[]))", {"events": events})


def read_alerts(
    connection: duckdb.DuckDBPyConnection,
    words: Words,
    *,
    every: bool = False,
    alert: str | None = None,
) -> list[News]:
    """The newest event of each open alert, of every one, or of one."""
    where = LATEST if every or alert else f"{LATEST} and a.status = 'open'"
    if alert:
        return _read(connection, words, f"{where} and a.alert = $alert", {"alert": alert})
    return _read(connection, words, where, {})


def _read(connection: duckdb.DuckDBPyConnection, words: Words, where: str, values: dict[str, Any]) -> list[News]:
    connection.execute(RULES)
    connection.executemany(
        "insert into rules values (?, ?, ?, '', ?, ?)",
        [
            [method.rule.id, method.sentence_zh, method.sentence_en, method.tolerated_share, SIDES[method.direction]]
            for method in words.methods.values()
        ],
    )
    connection.execute("create or replace temp table names (register varchar, name_zh varchar, name_en varchar)")
    connection.executemany("insert into names values (?, ?, ?)", [[name, *pair] for name, pair in words.names.items()])
    order = "order by a.severity, e.kind, a.register, a.area_code, e.event"
    rows = connection.execute(f"{NEWS} where {where} {order}", {"unknown": UNKNOWN_AREA, **values}).fetchall()
    columns = [column[0] for column in connection.description or []]
    found = (dict(zip(columns, row, strict=True)) for row in rows)
    return [
        News(**{**row, "lines": tuple(row["lines"])}, trend=_trend(connection, row, words.protection)) for row in found
    ]  # fmt: skip


def _trend(
    connection: duckdb.DuckDBPyConnection, row: dict[str, Any], protection: Protection
) -> tuple[tuple[date, float | None], ...]:
    """The check's shares in the months up to the event's, the oldest first, of the deliveries that stand or are held.

    Of a signal those of its alerts: the build before judged the same year to date, and where it was quiet nothing is kept.
    """
    if row["check_id"].startswith(PREFIX):
        events = connection.execute(
            f"""select month, max_by(elements, {NUMBER}), max_by(unexpected, {NUMBER}) from quality.alert_events
                where alert = ? and month <= ? and kind <> 'resolved' group by month order by month desc limit ?""",
            [row["alert"], row["month"], TREND_MONTHS],
        ).fetchall()
        return tuple((month, protection.share(hits, cases)) for month, cases, hits in reversed(events))
    rows = connection.execute(
        """select r.month, any_value(r.elements), any_value(r.unexpected) from quality.results as r
            inner join landing.deliveries as d on r.delivery = d.delivery and d.status in ('landed', 'held')
            where r.check_id = ? and r.area_code = ? and r.month <= ? group by r.month order by r.month desc limit ?""",
        [row["check_id"], row["area_code"], row["month"], TREND_MONTHS],
    ).fetchall()
    return tuple((month, protection.expected_share(wrong, judged)) for month, judged, wrong in reversed(rows))
