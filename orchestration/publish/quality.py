"""The quality of a month's data as published: scores by register and area, reporting, and what the flags do to the figures."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.errors import RenkouError
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.settings import Settings

MONTH = "select max(month) from quality_scores where month <= coalesce($month, month)"
SCORES = """
select register, area_code, dimension, status, score, score_before, checks_warned, checks_failed
from quality_scores where month = $month order by register, area_code, dimension
"""
REPORTING = "select * from reporting_scores where month = $month order by area_code"
# What a flag does: "accuracy 95.8 %, below 97: the figures of county X that rest on it are provisional".
FLAGS = """
select p.area_code, d.name_zh as area_zh, d.name_en as area_en, p.register, p.check_id, p.dimension, p.observed, p.threshold,
    c.sentence_zh, c.sentence_en, count(distinct p.indicator) as indicators, count(distinct (t.scheme, t.indicator)) as items
from provisional_reasons as p
left join quality_checks as c on p.check_id = c.check_id
left join (select distinct area_code, name_zh, name_en from dim_area) as d on p.area_code = d.area_code
left join targets as t on p.indicator = t.indicator
    and p.month >= date_trunc('month', t.valid_from) and (t.valid_to is null or p.month < t.valid_to)
where p.month = $month
group by all order by p.area_code, p.register, p.check_id
"""
HELD = """
select register, area_code, status, reason from deliveries
where month = $month and status in ('held', 'refused') order by register, area_code
"""


class NoQuality(RenkouError):
    """No quality of such a month has been published; the message says which months there are."""


@dataclass(frozen=True)
class MonthQuality:
    """A month's scores, reporting, flags with the number of indicators and assessment items that rest on them, and files held."""

    month: date
    scores: list[dict[str, Any]]
    reporting: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    held: list[dict[str, Any]]

    def worst(self) -> dict[tuple[str, str], str]:
        """The worst status by register and area."""
        order = ("fail", "warn", "pass", "n/a")
        found: dict[tuple[str, str], str] = {}
        for row in self.scores:
            key = row["register"], row["area_code"]
            found[key] = min(row["status"], found.get(key, "n/a"), key=order.index)
        return found


def quality_of(settings: Settings, month: date | None) -> MonthQuality:
    """The quality of a month (default: the last one published). NoQuality when nothing of it was published."""
    with open_marts(settings) as marts:
        row = marts.execute(MONTH, {"month": month}).fetchone()
        if row is None or row[0] is None or (month is not None and row[0] != month):
            first, last = marts.execute("select min(month), max(month) from quality_scores").fetchone() or (None, None)
            there = f"there are {first:%Y-%m} to {last:%Y-%m}" if first else "nothing has landed"
            raise NoQuality(f"no quality of {month:%Y-%m} is published; {there}" if month else there)
        return MonthQuality(
            row[0], *(dictionaries(marts.execute(sql, {"month": row[0]})) for sql in (SCORES, REPORTING, FLAGS, HELD))
        )
