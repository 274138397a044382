"""Revisions: what later publications showed otherwise than earlier ones, read from the published vintages."""

from datetime import date
from typing import Any

from orchestration.errors import RenkouError
from orchestration.periods import month_end
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.settings import Settings

PUBLICATIONS = """
select p.publication, p.published_at, p.vintage, p.code_version,
    count(*) filter (where v.published_in = p.publication and not v.revised) as new_values,
    count(*) filter (where v.published_in = p.publication and v.revised) as revised_values
from publications as p
left join (
    select published_in, lag(published_in) over (
        partition by area_code, indicator, "window", period_end, clock order by published_in) is not null as revised
    from indicator_vintages
) as v on v.published_in = p.publication
group by all
order by p.publication desc
"""
# A change of factor * n / d has two sources, which add up to it (Kitagawa 1955, JASA 50): the other numerator over the mean of
# both 1 / d, and the other denominator times the mean numerator. A sum over strata or a difference of counts (factor unknown, or
# another than before) has neither.
VALUES = """
with published as (
    select *, value * denominator / nullif(numerator, 0) as factor,
        count(*) over cell as vintages, lag(value) over cell as value_before,
        lag(numerator) over cell as numerator_before, lag(denominator) over cell as denominator_before
    from indicator_vintages
    where indicator = $indicator and coalesce(area_code = $area, area_level = 'city') and coalesce(period_end = $period_end, true)
    window cell as (
        partition by area_code, indicator, "window", period_end, clock order by published_in
        rows between unbounded preceding and unbounded following)
),
sourced as (
    select *, lag(factor) over (
        partition by area_code, indicator, "window", period_end, clock order by published_in) as factor_before,
        abs(factor - factor_before) <= 1e-9 * abs(factor) as is_ratio
    from published
    where vintages > 1
)
select v.area_code, v.indicator, v.window, v.period_end, v.clock, v.published_in, p.published_at, v.numerator, v.denominator,
    v.value, v.status, v.value - v.value_before as change,
    case when v.is_ratio then v.factor * (v.numerator - v.numerator_before)
        * (1 / v.denominator + 1 / v.denominator_before) / 2 end as change_by_numerator,
    case when v.is_ratio then v.factor * (v.numerator + v.numerator_before)
        * (1 / v.denominator - 1 / v.denominator_before) / 2 end as change_by_denominator
from sourced as v
inner join publications as p on v.published_in = p.publication
order by v.area_code, v.window, v.period_end, v.clock, v.published_in
"""


class NoRevisions(RenkouError):
    """There is no such indicator or area; the message says what there is."""


def publications(settings: Settings) -> list[dict[str, Any]]:
    """Every publication, the newest first: state of knowledge, code, and how many values were new and revised in it."""
    with open_marts(settings) as marts:
        return dictionaries(marts.execute(PUBLICATIONS))


def revised_values(
    settings: Settings, indicator: str, area: str | None = None, month: date | None = None
) -> list[dict[str, Any]]:
    """Every published value, in order of publication, of the cells of an indicator that were ever revised.

    `change` is the difference from the publication before, in the indicator's unit; `change_by_numerator` and
    `change_by_denominator` add up to it where the value is a ratio of two counts, and are None elsewhere.
    Of one area (default: the city) and one period's end (default: all). Raises NoRevisions for an unknown indicator or area.
    """
    with open_marts(settings) as marts:
        for column, wanted in (("indicator", indicator), ("area_code", area)):
            query = f"select 1 from indicator_vintages where {column} = ? limit 1"
            if wanted is not None and not marts.execute(query, [wanted]).fetchone():
                raise NoRevisions(
                    f"nothing was ever published of {wanted!r}; look for the {column} in indicator_values"
                )
        place = {"indicator": indicator, "area": area, "period_end": month_end(month) if month else None}
        return dictionaries(marts.execute(VALUES, place))
