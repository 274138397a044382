"""The publications page: what each vintage added and changed, why the city's figures moved, and what was frozen."""

from typing import Any

from orchestration.site.data import Facts
from orchestration.site.figures import digits_of, month_of, shown
from orchestration.site.labels import label
from orchestration.site.marts import Row

SHOWN = 200
CELL = 'area_code, indicator, "window", period_end, clock'
PUBLICATIONS = f"""
with counted as (
    select published_in, count(*) filter (where earlier is null) as added, count(*) filter (where earlier is not null) as revised
    from (
        select published_in, lag(published_in) over (partition by {CELL} order by published_in) as earlier
        from indicator_vintages where area_level in ('city', 'county')
    )
    group by all
)
select p.*, coalesce(c.added, 0) as added, coalesce(c.revised, 0) as revised
from publications as p left join counted as c on p.publication = c.published_in
order by p.publication desc
"""
# The city's figures that the newest publications showed otherwise than those before them.
REVISED = f"""
with states as (
    select *, lag(value) over (cell) as value_before, lag(status) over (cell) as status_before,
        lag(published_in) over (cell) as earlier
    from indicator_vintages where area_level = 'city'
    window cell as (partition by {CELL} order by published_in)
)
select published_in, indicator, "window" as win, period_end, clock, value_before, value, status_before, status
from states
where earlier is not null and published_in > (select max(publication) - 3 from publications)
order by published_in desc, abs(value - value_before) / nullif(abs(value_before), 0) desc nulls last,
    indicator, win, period_end desc, clock
limit {SHOWN}
"""
VERDICTS = """
with states as (
    select *, lag(verdict) over (item) as verdict_before
    from assessment_vintages
    window item as (partition by scheme, area_code, indicator, period_end, "window" order by published_in)
)
select published_in, scheme, period_end, verdict_before, verdict, count(*) as n
from states where verdict_before is not null and verdict_before <> verdict
group by all order by all desc
"""
# Why figures move: records of the city by the month they were first known, and what came of them later.
REASONS = """
select vintage_month, change, count(distinct measure) as measures, sum(records_added) as added, sum(records_taken) as taken
from measure_revisions where area_level = 'city' and measure in ('births', 'deaths', 'marriages', 'pregnancies_registered')
group by all order by vintage_month desc, change
"""
RUNS = """
select r.*, s.signed_at, s.signed_by from assessment_runs as r left join sign_offs as s on r.run = s.run
order by r.frozen_at desc, r.run, s.signed_at
"""


def history_page(facts: Facts) -> Row:
    """Everything on the publications page, newest first."""
    return {
        "publications": facts.marts.rows(PUBLICATIONS),
        "revised": [revised_row(facts, row) for row in facts.marts.rows(REVISED)],
        "verdicts": [_verdicts(facts, row) for row in facts.marts.rows(VERDICTS)],
        "reasons": [_reason(row) for row in facts.marts.rows(REASONS)],
        "runs": [
            {**row, "scheme_name": facts.named("schemes", row["scheme"]), "period": month_of(row["period_end"])}
            for row in facts.marts.rows(RUNS)
        ],
        "limit": SHOWN,
    }


def revised_row(facts: Facts, row: Row) -> Row:
    """A revised figure with the names of what it is of, and as text what it was and is."""
    indicator = facts.indicator(row["indicator"])
    digits = digits_of(indicator)

    def text(value: Any, status: str) -> tuple[str, str]:
        return label("statuses", status) if value is None else (shown(value, digits), "")

    return {
        **row,
        "zh": indicator["name_zh"],
        "en": indicator["name_en"],
        "window_name": facts.named("windows", row["win"]),
        "clock_name": label("clocks", row["clock"]),
        "period": month_of(row["period_end"]),
        "was": text(row["value_before"], row["status_before"]),
        "now": text(row["value"], row["status"]),
    }


def _verdicts(facts: Facts, row: Row) -> Row:
    return {
        **row,
        "scheme_name": facts.named("schemes", row["scheme"]),
        "period": month_of(row["period_end"]),
        "was": label("verdicts", row["verdict_before"]),
        "now": label("verdicts", row["verdict"]),
    }


def _reason(row: Row) -> Row:
    return {**row, "month": month_of(row["vintage_month"]), "change_name": label("changes", row["change"])}
