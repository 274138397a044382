"""What every publication needs beside the tables that a test is about, a small one whole, and asking one through the door."""

from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.publish.analyst import QueryError, open_marts
from orchestration.settings import Settings

VALUES = {
    "area_code": "varchar", "area_level": "varchar", "indicator": "varchar", "window": "varchar", "period_end": "date",
    "clock": "varchar", "numerator": "double", "denominator": "double", "effective_size": "double", "numerator_shown": "varchar",
    "denominator_shown": "varchar", "value": "double", "low": "double", "high": "double", "status": "varchar",
}  # fmt: skip
NEEDED = {
    "registers": {"register": "varchar"},
    "measures": {"area_code": "varchar", "month": "date", "clock": "varchar", "measure": "varchar", "stratum": "varchar",
                 "shown": "varchar", "protection": "varchar"},
    "measure_revisions": {"area_code": "varchar", "measure": "varchar", "event_month": "date", "vintage_month": "date",
                          "change": "varchar"},
    "clock_bridge": {"area_code": "varchar", "measure": "varchar", "window": "varchar", "period_end": "date"}
    | {f"{count}_shown": "varchar" for count in ("event_value", "reported_later", "found_late", "report_value")},
    "birth_estimates": {"area_code": "varchar", "window": "varchar", "period_end": "date", "list_pair": "varchar",
                        "status": "varchar"}
    | {name: "double" for name in ("births_in_either", "births_missed", "births_adjusted", "births_adjusted_chapman", "low",
                                   "high", "completeness", "crude_birth_rate_adjusted", "natural_increase_rate_adjusted")},
    "indicator_values": VALUES, "indicator_values_constant_boundary": VALUES,
    "assessments": {"scheme": "varchar", "area_code": "varchar", "indicator": "varchar", "window": "varchar",
        "period_end": "date",
                    "value": "double", "low": "double", "high": "double", "verdict": "varchar", "reason": "varchar"},
    "attestations": {"area_code": "varchar", "area_level": "varchar", "item": "varchar", "period_end": "date",
                     "verdict": "varchar", "reason": "varchar"}
    | {count: "int" for count in ("years_met", "indicators_judged", "indicators_missed")},
    "attested_items": {"level": "varchar", "item": "varchar", "needs_three_years": "boolean"},
    "attested_item_indicators": {"item": "varchar", "indicator": "varchar"},
    "indicator_funnels": {"area_code": "varchar", "parent_code": "varchar", "indicator": "varchar", "window": "varchar",
                          "period_end": "date", "position": "varchar"}
    | {name: "double" for name in ("denominator", "value", "parent_value", "low_998", "low_95", "high_95", "high_998")},
    "reported_figures_compared": {"area_code": "varchar", "period_from": "date", "period_to": "date", "indicator": "varchar",
                                  "reported_in": "varchar", "window": "varchar", "comparison": "varchar", "reason": "varchar"},
    "integrity_signals": {"method": "varchar", "register": "varchar", "indicator": "varchar", "area_code": "varchar",
                          "month": "date", "hits": "bigint", "cases": "bigint", "expected_share": "double", "status": "varchar"},
    "windows": {"window": "varchar", "length_months": "int"},
    "deliveries": {"register": "varchar", "area_code": "varchar", "month": "date", "redelivery": "int", "landing": "bigint",
                   "sha256": "varchar"},
    "dim_area_history": {"area_code": "varchar", "area_level": "varchar", "county_code": "varchar"},
    "indicators": {"indicator": "varchar", "numerator": "varchar", "numerator_less": "varchar",
                   "denominator": "varchar", "registers": "varchar", "definition": "varchar", "definition_zh": "varchar"},
}  # fmt: skip
# Tables and columns that the view `provenance` reads, where a test has not made them itself; without rows.
CATALOGUES = "".join(
    f'create table if not exists published.{table} ("{next(iter(columns))}" varchar);\n'
    + "".join(
        f'alter table published.{table} add column if not exists "{name}" {kind};\n' for name, kind in columns.items()
    )
    for table, columns in NEEDED.items()
)
# What the audit of disclosure control reads beside published tables. Without counts there is nothing to work out; every indicator
# that a test publishes is one of persons.
CATALOGUES += """
create schema if not exists marts; create schema if not exists intermediate; create schema if not exists reference;
create table if not exists reference.measures (measure varchar, kind varchar, window_rule varchar, strata varchar,
    clocked boolean,
    unit varchar);
create table if not exists reference.measure_relations (relation varchar, whole varchar, part varchar, kind varchar);
create table if not exists intermediate.int_indicators__live as
    select distinct indicator, numerator_less, 1 as is_of_persons from published.indicators;
create table if not exists intermediate.int_indicators__needs (indicator varchar, part varchar, "window" varchar, period_end date,
    first_counted date, last_counted date, measure varchar, kind varchar, window_rule varchar);
create table if not exists intermediate.int_window_months ("window" varchar, period_end date, opening_month date, month date,
    is_closing boolean);
create table if not exists intermediate.int_area_boundaries (area_code varchar, part_code varchar, coefficient int);
create table if not exists intermediate.int_areas (area_code varchar, area_level varchar, parent_code varchar);
create table if not exists intermediate.int_indicator_values (area_code varchar, area_level varchar, indicator varchar,
    "window" varchar, period_end date, clock varchar, numerator double, denominator double);
create table if not exists marts.indicator_values_constant_boundary as from intermediate.int_indicator_values;
create table if not exists marts.measures (area_code varchar, area_level varchar, month date, clock varchar, measure varchar,
    stratum varchar, value double);
create table if not exists marts.clock_bridge (area_code varchar, area_level varchar, measure varchar, "window" varchar,
    period_end date, event_value double, report_value double, reported_later double, found_late double);
"""
# A small publication that passes every check.
TABLES = (
    """
create schema published;
create table published.measures as
    select * from (values ('990101000000', 'county', 25.0, 'exact'), ('990101001000', 'township', null, 'suppressed'),
        ('990100000000', 'city', 3.0, 'exact')) as t(area_code, area_level, value, protection);
create table published.attestations as select 'a' as area_code, 'team' as item, date '2014-03-31' as period_end,
    'met' as verdict, '2014-03.0007' as vintage;
create table published.clock_bridge as select 'county' as area_level, 10.0 as event_value, 5.0 as reported_later,
    0.0 as found_late, 15.0 as report_value where false;
create table published.measure_revisions as select 'county' as area_level, 10.0 as records_added, 0.0 as records_taken
    where false;
create table published.indicator_values as
    select *, 'month' as "window", date '2014-03-31' as period_end, 'event' as clock, '2014-03.0007' as vintage
    from (values ('990101000000', 'county', 'births', 10.0, 200.0, 5.0), ('990100000000', 'city', 'births', 2.0, 5.0, 40.0),
        ('990101000000', 'county', 'increase', 5.0, 200.0, 2.5), ('990101000000', 'county', 'cases', null, null, null))
        as t(area_code, area_level, indicator, numerator, denominator, value);
create table published.assessments as
    select 's' as scheme, '990101000000' as area_code, 'births' as indicator, date '2014-03-31' as period_end, 'met' as verdict,
        '2014-03.0007' as vintage;
create table published.birth_estimates as
    select * from (values ('990101000000', 'county', 100.0, 90.0, 85.0)) as
        t(area_code, area_level, births_unadjusted, births_listed, births_in_both);
create table published.indicators as
    select * from (values ('births', null, 'women'), ('increase', 'deaths', 'persons'), ('cases', null, null))
        as t(indicator, numerator_less, denominator);
create table published.indicator_values_constant_boundary as from published.indicator_values where false;
create table published.area_boundaries (area_code varchar, part_code varchar, coefficient int, changed_on date);
"""
    + CATALOGUES
)


@dataclass(frozen=True)
class Answer:
    """Column names and rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def query(settings: Settings, sql: str, *, office: bool = False) -> Answer:
    """One query through the analysts' door, or the office's; QueryError with the database's own words when it fails."""
    with open_marts(settings, office=office) as connection:
        try:
            result = connection.execute(sql)
            columns = [item[0] for item in result.description or []]
            return Answer(columns, result.fetchall() if columns else [])
        except duckdb.Error as error:
            raise QueryError(str(error)) from None
