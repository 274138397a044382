"""A city from dirty files to the published answer: what comes out equals the truth, and nothing of persons does."""

import csv
import json
import math
import re
from calendar import monthrange
from collections import Counter, defaultdict
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from city_run import CANARY_ADDRESS, CANARY_BAD, CANARY_GOOD, CANARY_NAME, LAST_MONTH, CityRun

from orchestration.landing.contracts import load_contracts
from orchestration.landing.deliver import landing
from orchestration.periods import now
from orchestration.pipeline import dagster_instance
from orchestration.quality.deadlines import due_deliveries, load_schedules
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.sparkline import BLOCKS, MARKS
from tests.publication_kit import query

EVENTS = (
    "births", "births_male", "births_female", "births_in_policy", "births_2plus", "births_2plus_in_policy",
    "births_3plus_out_of_policy", "births_registered_timely", "deaths",
)  # fmt: skip
POLICY_YEAR = ("2013-10", LAST_MONTH)
MONTHS = [(2013, month) for month in (10, 11, 12)] + [(2014, month) for month in range(1, 10)]


def measured(city: CityRun, clock: str) -> dict[tuple[str, str, str], int]:
    """Exact measures of the warehouse by month and lowest area, without noughts."""
    with duckdb.connect(str(city.home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            f"""select strftime(month, '%Y-%m'), area_code, measure, value::int from marts.measures
                where clock = ? and stratum = '' and value <> 0 and area_level = 'village'
                    and measure in {EVENTS} and month between ? and ?""",
            [clock, f"{POLICY_YEAR[0]}-01", f"{LAST_MONTH}-01"],
        ).fetchall()
    return {(month, area, measure): value for month, area, measure, value in rows}


@pytest.mark.parametrize("clock", ["event", "report"])
def test_every_village_and_month_equals_the_truth_of_what_landed(city: CityRun, clock: str) -> None:
    """Cell by cell, on both clocks; villages that the area register does not know count for their township only."""
    with duckdb.connect(str(city.home / "warehouse.duckdb"), read_only=True) as connection:
        known = {row[0] for row in connection.execute("select area from raw.areas where level = 'village'").fetchall()}
    expected = {
        (month, area, measure): value
        for (month, area, measure), value in city.truth("landed", clock).items()
        if measure in EVENTS and POLICY_YEAR[0] <= month <= LAST_MONTH and area in known
    }
    assert len(expected) > 200
    assert measured(city, clock) == expected


def test_the_sex_ratio_that_analysts_read_is_the_citys(city: CityRun) -> None:
    """`renkou sql` against the truth: exactly what landed; and as far from the true ratio as the lost rows explain."""
    [row] = city.json(
        "sql",
        "select numerator, denominator, value, low, high, status from indicator_values where area_level = 'city' "
        "and clock = 'event' and indicator = 'sex_ratio_at_birth' and `window` = 'policy_year' "
        f"and period_end = date '{LAST_MONTH}-30'",
    )
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for basis in ("true", "registered", "landed"):
        for (month, _, measure), value in city.truth(basis, "event").items():
            if POLICY_YEAR[0] <= month <= LAST_MONTH:
                sums[basis, measure] += value
    boys, girls = sums["landed", "births_male"], sums["landed", "births_female"]
    assert (row["numerator"], row["denominator"]) == (boys, girls)
    assert row["value"] == pytest.approx(100 * boys / girls)
    spread = 1.959964 * math.sqrt(1 / boys + 1 / girls)
    assert (row["low"], row["high"]) == pytest.approx(
        (100 * boys / girls * math.exp(-spread), 100 * boys / girls * math.exp(spread))
    )
    # A file that was held or never came is made good by the next month's window; only rows can be lost for good.
    lost_rows = {
        (fault["file"], fault["line"])
        for fault in city.faults()
        if fault["file"].startswith("births_") and fault["outcome"] == "quarantined" and fault["line"]
    }
    unregistered = sums["true", "births"] - sums["registered", "births"]
    missing = sums["true", "births"] - boys - girls
    assert 0 <= unregistered <= missing <= unregistered + len(lost_rows)
    true_ratio = 100 * sums["true", "births_male"] / sums["true", "births_female"]
    assert row["low"] < true_ratio < row["high"]


def catalogue(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def window_ends() -> set[tuple[str, str]]:
    """(window, last day) of policy year 2014, by hand: which windows end with which month."""
    month_ends = [f"{year}-{month:02d}-{monthrange(year, month)[1]}" for year, month in MONTHS]
    every_month = {
        (window, end) for window in ("month", "policy_year_to_date", "trailing_12_months") for end in month_ends
    }
    quarters = {("quarter", f"{end}") for end in ("2013-12-31", "2014-03-31", "2014-06-30", "2014-09-30")}
    half_years = {("half_year", "2013-12-31"), ("half_year", "2014-06-30")}
    return every_month | quarters | half_years | {("policy_year", "2014-09-30"), ("calendar_year", "2013-12-31")}


def test_every_area_window_and_indicator_has_a_row_and_a_status(city: CityRun) -> None:
    """Areas at four levels x windows that end in a month x 63 indicators x clocks = rows, by the catalogues."""
    in_force = "select area_code, area_level from dim_area where valid_to is null or valid_to > date '2013-10-01'"
    areas = {row["area_code"]: row["area_level"] for row in city.json("sql", in_force)}
    assert set(areas.values()) == {"city", "county", "township", "village"}
    indicators = {row["indicator"] for row in catalogue("indicators")}
    assert len(indicators) == 63
    assert {window for window, _ in window_ends()} == {row["window"] for row in catalogue("windows")}
    cell = "area_code, indicator, `window`, period_end, clock"
    rows = query(Settings(home=city.home), f"select {cell}, area_level, status from indicator_values").rows
    cells = {(area, indicator, window, str(end), clock) for area, indicator, window, end, clock, *_ in rows}
    assert len(cells) == len(rows)
    assert cells == {
        (area, indicator, window, end, clock)
        for area in areas for indicator in indicators for window, end in window_ends() for clock in ("event", "report")
    }  # fmt: skip
    statuses = {"ok", "provisional", "no_delivery", "not_applicable", "empty_denominator", "suppressed"}
    assert {status for *_, status in rows} <= statuses
    assert all(areas[area] == level for area, *_, level, _ in rows)


def test_the_last_vintage_of_the_triangle_is_the_measure(city: CityRun) -> None:
    """dbt only warns of it; here it is asked for, on a city with late, corrected and withdrawn records."""
    with duckdb.connect(str(city.home / "warehouse.duckdb"), read_only=True) as connection:
        differing = connection.execute(
            """select t.* from marts.measure_triangle as t
            left join intermediate.int_measures__rolled_up as m on t.area_code = m.area_code and t.measure = m.measure
                and t.event_month = m.month and m.clock = 'event' and m.stratum = ''
            where t.replaced_month is null and t.value <> coalesce(m.value, 0)"""
        ).fetchall()
        registers = connection.execute(
            """select count(distinct c.register) from marts.measure_triangle as t
            inner join reference.measures as c on t.measure = c.measure"""
        ).fetchall()
        kinds = connection.execute("select distinct change from marts.measure_revisions").fetchall()
    assert differing == []
    assert registers[0][0] >= 15
    assert {"first", "late", "corrected"} <= {kind for (kind,) in kinds}


def test_every_scheme_in_force_is_assessed_with_a_verdict_or_a_reason(city: CityRun) -> None:
    rows = city.json(
        "sql",
        """select a.scheme, a.verdict, a.reason, a.low, a.value, i.interval_method
            from assessments as a inner join indicators as i on a.indicator = i.indicator""",
    )
    assert {row["scheme"] for row in rows} == {"ankang_county_2014", "ezhou", "jingdong", "susong"}
    verdicts = {row["verdict"] for row in rows}
    assert verdicts <= {"met", "missed", "not_distinguishable", "not_assessed"}
    assert {"not_assessed"} < verdicts
    assert all(row["reason"] for row in rows if row["verdict"] == "not_assessed")
    judged = [row for row in rows if row["verdict"] != "not_assessed"]
    assert all(row["value"] is not None for row in judged)
    assert all((row["low"] is not None) == (row["interval_method"] != "none") for row in judged)


def test_status_accounts_for_every_row(city: CityRun) -> None:
    facts = city.json("status")
    run = facts["run"]
    assert run["rows_in"] == run["rows_landed"] + run["rows_unchanged"] + run["rows_quarantined"]
    assert set(facts["registers"]) == set(load_contracts(PROJECT_ROOT / "dbt_project"))
    for figures in facts["registers"].values():
        assert {"deliveries", "rows", "versions", "quarantined", "history_hash"} <= set(figures)
        assert figures["versions"] >= figures["rows"] > 0
        assert len(figures["history_hash"]) == 32
    assert run["checks_passed"] > 100


def test_status_shows_the_year_of_each_register(city: CityRun) -> None:
    """The rows of the deliveries that count, month by month, and as a sparkline; a month without a delivery is no nought."""
    registers = city.json("status")["registers"]
    ledger = city.json("deliveries", "--status", "landed")
    for name, figures in registers.items():
        expected = Counter[str]()
        for delivery in ledger:
            if delivery["register"] == name:
                expected[delivery["month"][:7]] += delivery["rows_in"]
        assert [month for month, _ in figures["delivered"]] == [f"{year}-{month:02}" for year, month in MONTHS]
        assert {month: rows for month, rows in figures["delivered"] if rows is not None} == expected
    lines = {line.split()[0]: line.split()[-1] for line in city.renkou("status").stdout.splitlines() if line.split()}
    assert set(lines["population"]) <= set(BLOCKS)
    assert len(lines["population"]) == 12
    assert set(lines["benefits"]) > {MARKS["no_delivery"]}


def last_metadata(city: CityRun, *key: str) -> set[str]:
    with dagster_instance(Settings(home=city.home)) as instance:
        record = instance.get_latest_materialization_event(dg.AssetKey(list(key)))
    assert record is not None and record.asset_materialization is not None
    return set(record.asset_materialization.metadata)


def test_a_second_run_changes_nothing_and_says_so(city: CityRun) -> None:
    before = city.json("status")
    said = city.renkou("run").stdout
    assert "nothing was changed" in said
    again = city.renkou("run", "--month", LAST_MONTH)
    assert again.returncode == 0
    assert city.json("status") == before
    stood, made = (
        last_metadata(city, "staging", "stg_births"),
        last_metadata(city, "intermediate", "int_births__current"),
    )
    assert "standing" in stood
    assert "standing" not in made


def test_no_count_of_rows_below_the_city_is_small_or_exact(city: CityRun) -> None:
    """Row counts of deliveries and checks are counts of births and persons: they are protected like any other."""
    for table, columns in {
        "deliveries": ("rows_in", "rows_landed", "rows_unchanged", "rows_quarantined"),
        "quality_results": ("elements", "unexpected"),
        "quality_alerts": ("elements", "unexpected"),
    }.items():
        for column in columns:
            assert city.json("sql", f"select {column} from {table} where {column} % 5 <> 0") == []
    reasons = {
        row["reason"] for row in city.json("sql", "select distinct reason from deliveries where reason is not null")
    }
    assert reasons
    assert all(reason.replace("_", "").isalpha() for reason in reasons)


def test_a_months_quality_is_shown_with_what_it_does_to_the_figures(city: CityRun) -> None:
    held = city.json(
        "sql", f"select count(*) as n from deliveries where month = '{LAST_MONTH}-01' and status in ('held', 'refused')"
    )
    shown = city.renkou("quality", "--month", LAST_MONTH, "--json", check=False)
    assert shown.returncode == bool(held[0]["n"])
    assert len(json.loads(shown.stdout)["held"]) == held[0]["n"]
    months = [
        row["month"]
        for row in city.json("sql", "select distinct strftime(month, '%Y-%m') as month from provisional_reasons")
    ]
    assert months
    flagged = city.renkou("quality", "--month", months[0], check=False).stdout
    assert "项指标暂定" in flagged
    assert "provisional" in flagged


def test_every_provisional_figure_has_its_reasons(city: CityRun) -> None:
    """Of quarters' and half-years' deliveries, too: they flag every month that they speak for, not their own alone."""
    provisional = """from indicator_values as v inner join windows as w on v."window" = w."window"
        where v.status = 'provisional' and w.length_months is not null"""
    found = city.json(
        "sql",
        f"""select v.area_level, count(*) as n, count(*) filter (where not exists (
                from provisional_reasons as p where p.indicator = v.indicator
                    and p.month between date_trunc('month', v.period_end) - to_months(w.length_months - 1) and v.period_end
                    and (v.area_level = 'city' or left(p.area_code, 6) = left(v.area_code, 6)))) as without
            {provisional} group by all order by all""",
    )
    assert {"city", "county", "township"} <= {row["area_level"] for row in found}
    assert {row["without"] for row in found} == {0}


def test_what_python_misses_is_what_the_calendar_misses(city: CityRun) -> None:
    """Two ways to one answer: the alerts about missing deliveries, and the published calendar."""
    settings = Settings(home=city.home)
    registers = load_contracts(settings.dbt_project)
    with landing(settings) as lander:
        schedules = load_schedules(settings.dbt_project)
        found = due_deliveries(lander.connection, registers, schedules, now().date()).missing
    missing = {
        (register, f"{area}000000", f"{month:%Y-%m}") for (register, area), months in found.items() for month in months
    }
    calendar = city.json(
        "sql",
        """select register, area_code, strftime(month, '%Y-%m') as month from delivery_calendar
            where status not in ('landed', 'held') and due_on is not null
                and month < (select max(month) from delivery_calendar)""",
    )
    assert missing == {(row["register"], row["area_code"], row["month"]) for row in calendar}


def _files(city: CityRun) -> list[Path]:
    left_out = {city.home / "inbox", city.home / "truth"}
    found = [p for p in city.home.rglob("*") if p.is_file() and not any(folder in p.parents for folder in left_out)]
    return found + [p for p in city.tmp.rglob("*") if p.is_file()]


def test_no_identifier_name_or_address_is_anywhere_but_in_the_inbox(city: CityRun) -> None:
    """The canaries landed and were quarantined; Dagster's store and logs, dbt's, the warehouse and the page know no more."""
    marks = [CANARY_NAME, CANARY_ADDRESS, CANARY_GOOD, CANARY_BAD]
    needles = [mark.encode(encoding) for mark in marks for encoding in ("utf-8", "gb18030", "utf-16-le")]
    files = _files(city)
    assert {"warehouse.duckdb", "index.html", "dagster.yaml"} <= {path.name for path in files}
    hits = [path.name for path in files for needle in needles if needle in path.read_bytes()]
    assert hits == []


def _tokens(data: bytes) -> set[str]:
    return {token.decode() for token in re.findall(rb"[0-9a-f]{32}", data)}


def _published_tokens(path: Path) -> set[str]:
    """What is stored compressed is not found byte by byte: every row of every table as text."""
    found: set[str] = set()
    with duckdb.connect(str(path), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            sql = f"select distinct unnest(regexp_extract_all(t::varchar, '[0-9a-f]{{32}}')) from {table} as t"
            found |= {token for (token,) in connection.execute(sql).fetchall()}
    return found


def test_pseudonyms_are_nowhere_but_in_the_warehouse(city: CityRun) -> None:
    warehouse = city.home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        persons = {
            person
            for table, column in connection.execute(
                "select table_name, column_name from duckdb_columns() where schema_name = 'raw' and column_name like '%pseudonym'"
            ).fetchall()
            for (person,) in connection.execute(f"select distinct {column} from raw.{table}").fetchall()
        }
    assert len(persons) > 2000
    hits = [
        p.name for p in _files(city) if not p.name.startswith("warehouse.duckdb") and _tokens(p.read_bytes()) & persons
    ]
    assert hits == []
    public, office = (_published_tokens(city.home / folder / "marts.duckdb") for folder in ("published", "office"))
    assert public  # there are digests, so the search finds what looks like a pseudonym
    assert not (public | office) & persons


def test_the_grep_itself_finds_what_is_there(city: CityRun) -> None:
    """Control: the same search does find the page's own words and the canary in a file that may hold it."""
    assert any("云泽市".encode() in path.read_bytes() for path in _files(city))
    planted = city.tmp / "planted"
    planted.write_bytes(CANARY_GOOD.encode())
    assert any(CANARY_GOOD.encode() in path.read_bytes() for path in _files(city))
    planted.unlink()


def test_the_canary_did_pass_through_dagster(city: CityRun) -> None:
    """Its file was landed by the monthly run, not beside it."""
    ran = city.home / "dagster" / "history" / "runs"
    assert any(b"population" in path.read_bytes() for path in ran.iterdir())
    [line] = [d for d in city.json("deliveries") if d["file_name"] == "population_990101_201409.csv.gz"]
    assert line["status"] == "landed"
    assert line["rows_quarantined"] >= 1


def test_the_quarantine_says_where_and_which_rule_and_nothing_else(city: CityRun) -> None:
    with duckdb.connect(str(city.home / "warehouse.duckdb"), read_only=True) as connection:
        columns = [row[0] for row in connection.execute("describe landing.quarantine").fetchall()]
        canary = connection.execute(
            """select q.column_name, q.rule from landing.quarantine as q inner join landing.deliveries as d
                on q.delivery = d.delivery and d.file_name = 'population_990101_201409.csv.gz'
                order by q.line desc limit 1"""
        ).fetchone()
    assert columns == ["delivery", "line", "column_name", "rule"]
    assert canary == ("id", "bad_check_digit")


def test_published_files_hold_no_person_level_table(city: CityRun) -> None:
    marts = city.home / "published" / "marts.duckdb"
    with duckdb.connect(str(marts), read_only=True) as connection:
        columns = connection.execute("select column_name from duckdb_columns() where not internal").fetchall()
        levels = connection.execute("select distinct area_level from measures").fetchall()
        hidden = connection.execute(
            "select count(*) from indicator_values where numerator_shown = '1-7' and numerator is null"
        ).fetchone()
    assert not {
        name for (name,) in columns if "pseudonym" in name or name in ("birth_no", "death_no", "certificate_no")
    }
    assert levels == [("city",)]
    assert hidden[0] > 100
    assert {path.stem for path in (city.home / "published" / "parquet").iterdir()} >= {"measures", "indicator_values"}
