"""Increments: whatever a month brings, what stands afterwards is what computing everything anew would give."""

import ast
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.backlog import mark_built, take_built_models
from orchestration.defs import dbt_assets
from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions
from orchestration.landing.contracts import load_contracts
from orchestration.landing.inbox import inbox_files
from orchestration.landing.receive import parse_name
from orchestration.settings import Settings
from orchestration.transform import run_dbt
from tests.landing_kit import Home, quick_landing
from tests.shared_homes import made_once

# The turn of a policy year, quarters of both halves, late and faulty files.
CITY = CityOptions(persons=2_500, months=6, seed=3, start="2013-08")
LATE, LAST = "2013-11", "2014-01"
CITY_CODE = "990100"
TOUCHED = "select distinct strftime(records_from, '%Y-%m') from increment.int_touched__registers"
MODELS = ("run", "--exclude", "tag:static")
# What corrections do to histories, at their hardest: each moves figures of months that were built long before.
CORRECTIONS = {
    "births withdrawn": "update raw.births set _valid_to = date '2014-01-01' where _valid_to is null and hash(birth_no) % 9 = 0",
    "births of another month": """update raw.births set birth_date = birth_date - 31
        where _valid_to is null and hash(birth_no) % 11 = 0""",
    "persons of another village": """update raw.population set area = (select max(area) from raw.areas where level = 'village')
        where hash(id_pseudonym) % 7 = 0""",
    "an inspection of another institution": """update raw.institution_inspections
        set institution = (select max(institution) from raw.facilities) where hash(inspection_no) % 3 = 0""",
    "a delivery taken back": """update landing.deliveries set status = 'superseded'
        where register = 'population' and month = date '2013-10-01' and area_code = (select min(area_code)
            from landing.deliveries where register = 'population')""",
    "a township that ended": """update raw.areas set valid_to = date '2013-12-31', successor = (select max(area) from raw.areas
        where level = 'township') where area = (select min(area) from raw.areas where level = 'township')""",
    "a village that is new": """update raw.areas set valid_from = date '2013-10-15'
        where area = (select max(area) from raw.areas where level = 'village')""",
}


def _grow(folder: Path) -> None:
    """Four months built at once, the third of the six still missing; then the last month in two parts, and the third."""
    home = Home(folder)
    generate(CITY, home.settings.root)
    _land(home, lambda month, _: month not in (LATE, LAST))
    run_dbt(home.settings, ["seed"])
    _models(home.settings)
    [(first,)] = _rows(home.settings, "select min(area_code) from landing.deliveries where area_code not like '%00'")
    touched = []
    for month, areas in ((LAST, {CITY_CODE, first}), (LAST, None), (LATE, None)):
        _land(home, lambda found, area, month=month, areas=areas: found == month and (areas is None or area in areas))
        _models(home.settings)
        touched.append(_rows(home.settings, TOUCHED))
    (folder / "touched.json").write_text(json.dumps(touched))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Six months, grown by increments; nobody writes to it."""
    return Home(made_once(tmp_path_factory, "grown", _grow))


@pytest.fixture(scope="module")
def home(grown: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy that the tests of this module go on from."""
    return _copy(grown, tmp_path_factory.mktemp("increments") / "home")


def _copy(home: Home, folder: Path) -> Home:
    copy = Home(folder)
    shutil.copytree(home.settings.root, folder, dirs_exist_ok=True)
    return copy


def _land(home: Home, wanted: Callable[[str, str], bool]) -> None:
    """Land the files whose month (yyyy-mm) and area are wanted."""
    registers = load_contracts(home.settings.dbt_project)
    files = []
    for path in inbox_files(home.settings):
        name = parse_name(path.name, registers)
        if wanted(f"{name.month:%Y-%m}", name.area):
            files.append(path)
    with pytest.MonkeyPatch.context() as patch:
        quick_landing(patch)
        home.land(*files)


def _models(settings: Settings, *arguments: str) -> None:
    results = run_dbt(settings, [*MODELS, *arguments])
    assert {str(node.status) for node in results} == {"success"}


def _rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _figures(settings: Settings) -> dict[str, tuple[int, int]]:
    """Number and hash of the rows of every table of marts and of the protected copy."""
    tables = _rows(
        settings,
        "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('marts', 'published')",
    )
    figures = " union all ".join(
        f"select '{table}', count(*), coalesce(bit_xor(hash(t)), 0) from (from {table}) as t" for (table,) in tables
    )
    return {table: (rows, digest) for table, rows, digest in _rows(settings, figures)}


def _anew(settings: Settings, folder: Path) -> dict[str, tuple[int, int]]:
    """The figures of a copy in which everything is computed anew."""
    shutil.copytree(settings.root, folder)
    copy = Settings(home=folder, threads=1)
    _models(copy, "--full-refresh")
    return _figures(copy)


def test_months_in_any_order_come_to_the_same(grown: Home, tmp_path: Path) -> None:
    touched = json.loads((grown.settings.root / "touched.json").read_text())
    expected = [LAST, LAST, "1900-01"]
    for found, records_from in zip(touched, expected, strict=True):
        assert [records_from] in found, "only what comes behind all others spares records that it does not touch"
    [(computed, standing)] = _rows(
        grown.settings,
        "select (select count(*) from increment.int_touched__values), (select count(*) from marts.indicator_values)",
    )
    assert 0 < computed < standing
    assert _figures(grown.settings) == _anew(grown.settings, tmp_path / "months")


def test_corrections_come_to_the_same(grown: Home, tmp_path: Path) -> None:
    home = _copy(grown, tmp_path / "home")
    with duckdb.connect(str(home.settings.warehouse)) as connection:
        for correction in CORRECTIONS.values():
            connection.execute(correction)
    _models(home.settings)
    after = _figures(home.settings)
    assert after["marts.indicator_values"] != _figures(grown.settings)["marts.indicator_values"]
    assert after == _anew(home.settings, tmp_path / "corrected")


# The registers of which increments keep records, and some that stand for the others.
REDELIVERED = (
    "population", "contraception_use", "births", "deaths", "birth_certificates", "household_entries", "health_checks", "benefits",
    "procedures", "floating_population", "pregnancies", "pregnancy_visits", "fee_cases", "fee_payments", "inspections",
)  # fmt: skip


def _redeliver(settings: Settings, month: str, until: str | None) -> None:
    """What another delivery of a month leaves in history: a fifth of its rows gone, and of the last month a fifth of those back
    that it had ended. `until` is the next delivered month."""
    registers = load_contracts(settings.dbt_project)
    with duckdb.connect(str(settings.warehouse)) as connection:
        delivered = connection.execute(
            "select distinct register, strftime(month, '%Y-%m') from landing.deliveries where status = 'landed'"
        ).fetchall()
        redelivered = [name for name in REDELIVERED if {(name, month), (name, until or month)} <= set(delivered)]
        assert len(redelivered) > 10
        for name in redelivered:
            table = f"raw.{name}"
            keys = ", ".join(c.landed_name for c in registers[name].kept if c.name in registers[name].key)
            some = f"hash({keys}) % 5"
            standing = f"_valid_from <= date '{month}-01' and (_valid_to is null or _valid_to > date '{month}-01') and {some} = 0"
            if until:
                connection.execute(
                    f"insert into {table} select * replace (date '{until}-01' as _valid_from) from {table} "
                    f"where {standing} and (_valid_to is null or _valid_to > date '{until}-01')"
                )
            else:
                ended = f"select {keys}, _area from {table} where _valid_to = date '{month}-01' and {some} = 1"
                connection.execute(
                    f"delete from {table} where _valid_from = date '{month}-01' and ({keys}, _area) in ({ended})"
                )
                connection.execute(
                    f"update {table} set _valid_to = null where _valid_to = date '{month}-01' and {some} = 1"
                )
            connection.execute(f"delete from {table} where _valid_from = date '{month}-01' and {standing}")
            connection.execute(f"update {table} set _valid_to = date '{month}-01' where {standing}")
            connection.execute(
                "update landing.deliveries set delivery = delivery + 1000000 "
                f"where register = '{name}' and month = date '{month}-01' and status = 'landed'"
            )


@pytest.mark.parametrize(("month", "until"), [(LAST, None), ("2013-10", LATE)])
def test_a_month_that_is_delivered_anew_comes_to_the_same(
    month: str, until: str | None, grown: Home, tmp_path: Path
) -> None:
    """Records that came with it or ended in it may stand as if it had never been: no version tells that they did."""
    home = _copy(grown, tmp_path / "home")
    before = _figures(home.settings)
    _redeliver(home.settings, month, until)
    _models(home.settings)
    after = _figures(home.settings)
    assert after["marts.indicator_values"] != before["marts.indicator_values"]
    assert after["marts.measure_revisions"] != before["marts.measure_revisions"]
    assert after == _anew(home.settings, tmp_path / "anew")


def test_counts_are_read_by_columns_that_are_called_months() -> None:
    """Which months of a relation changed is told by its columns of months; a clock that read another would go unnoticed."""
    models = Settings().dbt_project / "models" / "intermediate" / "measures"
    calls = [
        call
        for path in models.glob("int_measures__*.sql")
        for call in re.findall(r"clocks=(\{.*?\})", path.read_text())
    ]
    assert len(calls) > 10
    columns = {column for call in calls for column in ast.literal_eval(call).values()}
    assert [column for column in columns if not column.endswith("month")] == []


def test_without_news_nothing_is_computed(home: Home) -> None:
    before = _figures(home.settings)
    _models(home.settings)
    assert _rows(home.settings, "select count(*) from increment.int_touched__values") == [(0,)]
    assert _rows(home.settings, "select count(*) from increment.int_touched__measures") == [(0,)]
    assert _figures(home.settings) == before


@pytest.mark.parametrize("ended_well", [True, False])
def test_only_after_a_whole_build_by_the_same_models_is_the_next_an_increment(
    ended_well: bool, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that was killed, or that another version of the models ended, is followed by one that computes everything."""
    digest = dbt_assets.project_digest(home.settings)
    take_built_models(home.settings)
    if ended_well:
        mark_built(home.settings, digest)
    assert dbt_assets.extent_of(home.settings, digest) == (
        dbt_assets.INCREMENT if ended_well else dbt_assets.EVERYTHING
    )
    mark_built(home.settings, "another")
    assert "--full-refresh" in dbt_assets.extent_of(home.settings, digest)
    assert take_built_models(home.settings) is None, "a build takes the mark away, and only a good end puts it back"


def test_a_kept_table_that_is_gone_is_not_made_of_what_changed_alone(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.settings.root, tmp_path / "home")
    copy = Settings(home=tmp_path / "home", threads=1)
    with duckdb.connect(str(copy.warehouse)) as connection:
        connection.execute("drop table intermediate.int_population__stock")
    results = run_dbt(copy, [*MODELS])
    failed = [str(node.message) for node in results if str(node.status) == "error"]
    assert failed
    assert all("int_population__stock is missing" in message for message in failed)


# A row that breaks each rule: the test, the work list it is on, the table and what is done to it.
BROKEN = {
    "position is null": (
        "indicator_funnels,test_name:classified", "funnels", "int_indicator_funnels", "update {} set position = null",
    ),
    "position of no kind": (
        "indicator_funnels,test_name:classified", "funnels", "int_indicator_funnels", "update {} set position = 'elsewhere'",
    ),
    "published position is null": (
        "published__indicator_funnels,test_name:classified", "funnels", "int_indicator_funnels__protected",
        "update {} set position = null",
    ),
    "published position of no kind": (
        "published__indicator_funnels,test_name:classified", "funnels", "int_indicator_funnels__protected",
        "update {} set position = 'elsewhere'",
    ),
    "funnel twice": (
        "indicator_funnels,test_name:unique_grain", "funnels", "int_indicator_funnels", "insert into {} select * from {}",
    ),
    "bridge twice": (
        "clock_bridge,test_name:unique_grain", "bridge", "int_bridge__windows", "insert into {} select * from {}",
    ),
    "rate not rounded": (
        "published__indicator_values,test_name:protected_rates", "values", "int_indicator_values__protected",
        "update {} set numerator = 3 where area_level = 'county'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_row_that_an_increment_made_and_that_breaks_a_rule_fails_its_test(
    rule: str, home: Home, tmp_path: Path
) -> None:
    test, touched, table, breaking = BROKEN[rule]
    shutil.copytree(home.settings.root, tmp_path / "home")
    copy = Settings(home=tmp_path / "home", threads=1)
    keys = [name for (name,) in _rows(copy, f"select name from pragma_table_info('increment.int_touched__{touched}')")]
    listed = ", ".join(f'"{key}"' for key in keys)
    with duckdb.connect(str(copy.warehouse)) as connection:
        connection.execute(f"insert into increment.int_touched__{touched} select {listed} from intermediate.{table}")
    [before] = run_dbt(copy, ["test", "--select", test])
    assert str(before.status) == "pass"
    with duckdb.connect(str(copy.warehouse)) as connection:
        connection.execute(breaking.format(*[f"intermediate.{table}"] * 2))
    [after] = run_dbt(copy, ["test", "--select", test])
    assert str(after.status) == "fail"
    assert after.failures > 0


def test_a_build_that_makes_rows_twice_fails_on_what_it_added(home: Home, tmp_path: Path) -> None:
    """Within a build, tests read what it added to a kept table, not the work list."""
    shutil.copytree(home.settings.root, tmp_path / "home")
    copy = Settings(home=tmp_path / "home", threads=1)
    with duckdb.connect(str(copy.warehouse)) as connection:
        connection.execute("""insert into increment.int_touched__values
            select area_code, indicator, "window", period_end, clock from intermediate.int_indicator_values
            where indicator = 'crude_birth_rate'""")
        connection.execute("insert into intermediate.int_indicators__live from intermediate.int_indicators__live")
    made = "int_indicator_parts int_indicator_values int_indicator_values__protected"
    results = run_dbt(copy, ["build", "--select", made, "--exclude-resource-type", "unit_test"])
    tests = {
        name: next(r for r in results if r.node.name.startswith(name))
        for name in ("unique_grain_indicator_values_area_code", "protected_rates_published__indicator_values_int")
    }
    assert all("standing.rowid >= " in result.node.compiled_code for result in tests.values())
    assert [str(result.status) for result in tests.values()] == ["fail", "pass"]


def test_months_of_smaller_areas_that_are_published_fail_their_test(home: Home, tmp_path: Path) -> None:
    """The view is of the city as it is read: only another view can be wrong."""
    shutil.copytree(home.settings.root, tmp_path / "home")
    copy = Settings(home=tmp_path / "home", threads=1)
    with duckdb.connect(str(copy.warehouse)) as connection:
        connection.execute("alter view published.measures rename to measures_as_made")
        connection.execute(
            "create view published.measures as select * replace ('county' as area_level) from published.measures_as_made"
        )
    [result] = run_dbt(copy, ["test", "--select", "published__measures,test_name:accepted_values"])
    assert str(result.status) == "fail"
