"""A warehouse with a handful of villages: exact counts as given, published with primary protection only."""

from pathlib import Path

import duckdb

from orchestration.warehouse import PROTECTION

CITY, EAST, WEST = "990100000000", "990101000000", "990102000000"
EAST_1, EAST_2, WEST_1 = "990101001000", "990101002000", "990102001000"
AREAS = {CITY: ("city", None), EAST: ("county", CITY), WEST: ("county", CITY), EAST_1: ("township", EAST),
         EAST_2: ("township", EAST), WEST_1: ("township", WEST)}  # fmt: skip
LAYOUT = (
    PROTECTION
    + """
create schema reference; create schema intermediate; create schema marts; create schema published;
create table reference.measures as select * from (values ('births', 'flow', 'sum', null::varchar, true, 'births'),
    ('births_male', 'flow', 'sum', null, true, 'births'), ('births_female', 'flow', 'sum', null, true, 'births'),
    ('clinics', 'flow', 'sum', null, true, 'institutions'), ('fees', 'flow', 'sum', null, true, 'yuan'))
    as t(measure, kind, window_rule, strata, clocked, unit);
create table reference.measure_relations as select * from (values ('by_sex', 'births', 'births_male', 'total'),
    ('by_sex', 'births', 'births_female', 'total')) as t(relation, whole, part, kind);
create table intermediate.int_indicators__live (indicator varchar, numerator_less varchar, is_of_persons int);
create table intermediate.int_indicators__needs (indicator varchar, part varchar, "window" varchar, period_end date,
    first_counted date, last_counted date, measure varchar, kind varchar, window_rule varchar);
create table intermediate.int_window_months ("window" varchar, period_end date, opening_month date, month date,
    is_closing boolean);
create table intermediate.int_area_boundaries (area_code varchar, part_code varchar, coefficient int);
create table intermediate.int_areas (area_code varchar, area_level varchar, parent_code varchar);
create table intermediate.int_indicator_values (area_code varchar, area_level varchar, indicator varchar, "window" varchar,
    period_end date, clock varchar, numerator double, denominator double);
create table marts.indicator_values_constant_boundary as from intermediate.int_indicator_values;
create table published.indicator_values as select *, '' as numerator_shown, '' as denominator_shown, null::double as value,
    null::double as low, null::double as high, null::double as effective_size, '' as status
    from intermediate.int_indicator_values;
create table published.indicator_values_constant_boundary as from published.indicator_values;
create table published.assessments (area_code varchar, indicator varchar, "window" varchar, period_end date,
    value double, low double,
    high double, verdict varchar, reason varchar);
create table published.indicator_funnels (area_code varchar, parent_code varchar, indicator varchar,
    "window" varchar, period_end date,
    denominator double, value double, parent_value double, low_998 double, low_95 double, high_95 double, high_998 double,
    position varchar);
create table published.birth_estimates (area_code varchar, "window" varchar, period_end date, births_unadjusted double,
    births_listed double, births_in_both double, births_in_either double, births_missed double, births_adjusted double,
    births_adjusted_chapman double, low double, high double, completeness double, crude_birth_rate_adjusted double,
    natural_increase_rate_adjusted double, status varchar);
create table published.attestations (area_code varchar, area_level varchar, item varchar, period_end date, verdict varchar,
    reason varchar, years_met int, indicators_judged int, indicators_missed int);
create table published.reported_figures_compared (area_code varchar, period_to date, indicator varchar, "window" varchar,
    comparison varchar, reason varchar);
create table published.attested_items (level varchar, item varchar, needs_three_years boolean);
create table published.attested_item_indicators (item varchar, indicator varchar);
create table marts.measures (area_code varchar, area_level varchar, month date, clock varchar, measure varchar, stratum varchar,
    value double);
create table published.measures as select *, '' as shown, '' as protection from marts.measures;
create table marts.clock_bridge (area_code varchar, area_level varchar, measure varchar, "window" varchar, period_end date,
    event_value double, report_value double, reported_later double, found_late double);
create table published.clock_bridge as select *, '' as event_value_shown, '' as report_value_shown, '' as reported_later_shown,
    '' as found_late_shown from marts.clock_bridge;
"""
)
SHOWN = """
delete from published.measures;
insert into published.measures select * replace (
        case when area_level = 'city' then value when value between 1 and 7 then null else round(value / 5) * 5 end as value),
    case when area_level <> 'city' and value between 1 and 7 then '1-7'
        else (case when area_level = 'city' then value else round(value / 5) * 5 end)::int::varchar end as shown, 'rounded'
    from marts.measures;
"""
Counts = dict[tuple[str, str, str], int]


def warehouse(folder: Path, counts: Counts) -> duckdb.DuckDBPyConnection:
    """Counts of townships by (township, month, measure); counties and the city are their sums."""
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    connection.execute(LAYOUT)
    connection.executemany("insert into intermediate.int_areas values (?, ?, ?)", [(a, *b) for a, b in AREAS.items()])
    sums: Counts = {}
    for (area, month, measure), count in counts.items():
        at: str | None = area
        while at:
            sums[at, month, measure] = sums.get((at, month, measure), 0) + count
            at = AREAS[at][1]
    rows = [(a, AREAS[a][0], f"{month}-01", "event", measure, "", n) for (a, month, measure), n in sums.items()]
    connection.executemany("insert into marts.measures values (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute(SHOWN)
    return connection


def births(month: str, **sexes: tuple[int, int]) -> Counts:
    """(boys, girls) of townships by their names here."""
    named = {"east_1": EAST_1, "east_2": EAST_2, "west_1": WEST_1}
    counts: Counts = {}
    for name, (boys, girls) in sexes.items():
        for measure, count in (("births", boys + girls), ("births_male", boys), ("births_female", girls)):
            counts[named[name], month, measure] = count
    return counts


def add_total(connection: duckdb.DuckDBPyConnection, first: str, last: str, measure: str) -> None:
    """An indicator whose numerator is the sum of a measure over months, published with primary protection."""
    name = f"{measure}_{first}_{last}"
    connection.execute("insert into intermediate.int_indicators__live values (?, null, 1)", [name])
    connection.execute(
        """insert into intermediate.int_indicators__needs values
            (?, 'plus', 'span', last_day(?::date), ?, ?, ?, 'flow', 'sum')""",
        [name, f"{last}-01", f"{first}-01", f"{last}-01", measure],
    )
    connection.execute(
        f"""insert into intermediate.int_indicator_values select area_code, area_level, '{name}', 'span',
            last_day(date '{last}-01'), clock, sum(value), null from marts.measures
            where measure = '{measure}' and month between date '{first}-01' and date '{last}-01' group by all"""
    )
    connection.execute(
        f"""insert into published.indicator_values select * replace (case when area_level = 'city' then numerator
                when numerator between 1 and 7 then null else round(numerator / 5) * 5 end as numerator),
            case when area_level <> 'city' and numerator between 1 and 7 then '1-7' else numerator::int::varchar end,
                null, null, null,
            null, null, 'ok'
            from intermediate.int_indicator_values where indicator = '{name}'"""
    )
