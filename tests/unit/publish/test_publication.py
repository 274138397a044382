"""Publication: a new file is built beside the old, checked, and swapped in; what is not fit never appears."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.publish import publication, withhold
from orchestration.publish.analyst import QueryError, open_marts
from orchestration.publish.audit import Pinned
from orchestration.publish.publication import PublicationBlocked, current_marts, person_columns, publish
from orchestration.settings import Settings
from tests.landing_kit import REGISTERS
from tests.publication_kit import TABLES, query


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, keep_publications=2)
    settings.root.mkdir()
    change(settings, TABLES)
    return settings


def change(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(sql)


def hidden(settings: Settings) -> list[str]:
    return [path.name for path in settings.published.iterdir() if path.name.startswith(".")]


def test_a_publication_holds_every_table_with_its_descriptions(settings: Settings) -> None:
    done = publish(settings)
    assert (done.number, done.tables, done.rows, done.unchanged) == (1, 19, 13, False)
    assert current_marts(settings) == settings.published / "publication-1" / "marts.duckdb" == done.path
    assert query(settings, "select area_code from measures where value = 25").rows == [("990101000000",)]
    comment = "select comment from duckdb_columns() where table_name = 'measures' and column_name = 'value'"
    assert query(settings, comment).rows == [
        ("数值 · Value; null when withheld, because smaller areas could be worked out by it.",)
    ]
    comment = "select comment from duckdb_tables() where table_name = 'indicator_vintages'"
    assert query(settings, comment).rows[0][0].startswith("指标值各次发布 · Log of published values: one row per")
    assert query(settings, "select publication from publication").rows == [(1,)]
    parquet = settings.published / "parquet"
    assert sorted(path.stem for path in parquet.iterdir()) == [
        "area_boundaries", "area_boundary_vintages", "assessment_runs", "assessment_vintages", "assessments",
        "attestation_vintages", "attestations", "attested_item_indicators", "attested_items",
        "birth_estimate_vintages", "birth_estimates", "clock_bridge", "clock_bridge_vintages",
        "contracts", "deliveries", "dim_area_history", "indicator_funnels", "indicator_values",
        "indicator_values_constant_boundary", "indicator_vintages", "indicator_vintages_constant_boundary",
        "indicators", "integrity_signal_vintages", "integrity_signals",
        "measure_revision_vintages", "measure_revisions", "measure_vintages",
        "measures", "publication", "publications", "registers",
        "reported_figure_vintages", "reported_figures_compared", "sign_offs", "windows"]  # fmt: skip
    assert duckdb.sql(f"select count(*) from '{parquet / 'measures.parquet'}'").fetchall() == [(3,)]
    assert hidden(settings) == []


def test_the_same_content_is_not_published_twice(settings: Settings) -> None:
    publish(settings)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in settings.published.iterdir())
    again = publish(settings)
    assert (again.number, again.unchanged, again.rows) == (1, True, 13)
    assert sorted((p.name, p.stat().st_mtime_ns) for p in settings.published.iterdir()) == before


def test_row_order_is_no_change_and_a_value_is(settings: Settings) -> None:
    publish(settings)
    change(
        settings,
        "create or replace table published.measures as select * from published.measures order by area_code desc",
    )
    assert publish(settings).unchanged
    change(settings, "update published.measures set value = 30 where value = 25")
    assert (publish(settings).number, publish(settings).unchanged) == (2, True)


def test_only_the_last_publications_are_kept(settings: Settings) -> None:
    for value in range(30, 34):
        change(settings, f"update published.measures set value = {value} where area_level = 'county'")
        publish(settings)
    assert sorted(path.name for path in settings.published.iterdir()) == [
        "current", "marts.duckdb", "parquet", "publication-3", "publication-4"]  # fmt: skip
    assert (settings.published / "parquet").resolve() == settings.published / "publication-4" / "parquet"


def test_a_reader_keeps_what_it_has_opened(settings: Settings) -> None:
    publish(settings)
    with open_marts(settings) as reader:
        change(settings, "update published.measures set value = 30 where value = 25")
        publish(settings)
        assert reader.execute("select count(*) from measures where value = 25").fetchall() == [(1,)]
    assert query(settings, "select count(*) from measures where value = 30").rows == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "alter table published.measures add column mother_id_pseudonym varchar",
        "alter table published.measures add column pseudonymous varchar",
        "create table published.births as select 'B1' as birth_no",
        "create table published.persons as select '某' as name",
        "create table published.persons as select '某' as address",
        "create table published.persons as select '1' as id",
        "update published.measures set value = 7 where area_level = 'county'",
        "update published.measures set value = 1 where area_level = 'county'",
        "update published.measures set value = 4, area_level = null where area_level = 'county'",
        "update published.indicator_values set numerator = 3 where area_level = 'county' and indicator = 'births'",
        "update published.indicator_values set denominator = 6 where area_level = 'county'",
        "insert into published.clock_bridge by name select 'county' as area_level, 10 as event_value, 3 as found_late",
        "drop table published.assessments",
        "drop table published.clock_bridge",
        "insert into published.measure_revisions (area_level, records_added, records_taken) values ('county', 3, 0)",
        "insert into published.indicator_values_constant_boundary (area_level, indicator, numerator) "
        "values ('county', 'births', 3)",
        "drop table published.area_boundaries",
        "update published.indicator_values set numerator = 3 where indicator = 'cases'",
        "update published.indicator_values set value = 3 where indicator = 'cases'",
        "update published.birth_estimates set births_listed = 3",
        "update published.birth_estimates set births_in_both = 7",
        "drop table published.measures",
        "drop table published.birth_estimates",
        "drop table published.indicator_values",
        "drop table published.indicators",
    ],
)
def test_what_is_not_fit_is_blocked_and_leaves_no_trace(sql: str, settings: Settings) -> None:
    publish(settings)
    before = sorted(path.name for path in settings.published.iterdir())
    change(settings, sql)
    with pytest.raises(PublicationBlocked) as caught:
        publish(settings)
    assert caught.value.exit_code == 1
    assert sorted(path.name for path in settings.published.iterdir()) == before
    assert query(settings, "select count(*) from measures where value = 25").rows == [(1,)]


@pytest.mark.parametrize("value", ["0", "8", "null", "10"])
def test_zero_and_protected_values_pass(value: str, settings: Settings) -> None:
    change(settings, f"update published.measures set value = {value} where area_level = 'county'")
    assert publish(settings).number == 1


def test_nothing_to_publish_is_said(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=1)
    with pytest.raises(PublicationBlocked, match="renkou run"):
        publish(settings)
    assert list(settings.published.iterdir()) == []


def test_columns_of_persons_are_known_from_the_contracts() -> None:
    assert {
        "id",
        "name",
        "address",
        "child_name",
        "mother_id",
        "id_pseudonym",
        "mother_id_pseudonym",
        "birth_no",
        "death_no",
        "certificate_no",
        "id_a",
        "id_b",
        "id_a_pseudonym",
        "id_b_pseudonym",
        "procedure_no",
        "pregnancy_no",
        "exchange_no",
        "check_no",
        "benefit_no",
        "dose_no",
        "entry_no",
        "registration_no",
    } == person_columns(REGISTERS)


def test_a_failed_audit_leaves_the_old_publication(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(settings)
    change(settings, "update published.measures set value = 30 where value = 25")

    def fail(*arguments: object, **named: object) -> None:
        raise Pinned("a small count could be worked out")

    monkeypatch.setattr(withhold, "protect", fail)
    with pytest.raises(PublicationBlocked, match=r"worked out; the old publication stands") as caught:
        publish(settings)
    assert caught.value.exit_code == 1
    assert query(settings, "select count(*) from measures where value = 25").rows == [(1,)]
    assert hidden(settings) == []


STEPS = [
    "_copy_tables",
    "check_copy",
    "_protect",
    "_content_hash",
    "_export_parquet",
    "_swap",
    "_point",
    "sync",
    "_forget",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_publication_that_stops_anywhere_leaves_the_old_one_or_the_new(
    step: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings)
    change(settings, "update published.measures set value = 30 where value = 25")

    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publication, step, stop)
    with pytest.raises(KeyboardInterrupt):
        publish(settings)
    monkeypatch.undo()
    expected = 30 if step == "_forget" else 25
    assert query(settings, f"select count(*) from measures where value = {expected}").rows == [(1,)]
    done = publish(settings)
    assert (done.number, done.unchanged) == (2, step == "_forget")
    assert query(settings, "select count(*) from measures where value = 30").rows == [(1,)]
    assert hidden(settings) == []


def test_leftovers_of_a_killed_publication_are_swept(settings: Settings) -> None:
    settings.published.mkdir()
    (settings.published / ".building-9" / "parquet").mkdir(parents=True)
    for name in ("marts.duckdb", "marts.duckdb.wal", "parquet/x.parquet"):
        (settings.published / ".building-9" / name).write_bytes(b"half")
    (settings.published / "publication-1").mkdir()
    (settings.published / ".building-pointer-current").symlink_to("publication-1")
    publish(settings)
    assert hidden(settings) == []


# --- the analysts' door


@pytest.fixture(name="secret")
def _secret(settings: Settings) -> Iterator[Path]:
    publish(settings)
    path = settings.root / "secret.csv"
    path.write_text("a,b\n1,SECRET\n", encoding="utf-8")
    yield path
    assert path.read_text(encoding="utf-8") == "a,b\n1,SECRET\n"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "select * from read_text('{secret}')",
        "select * from read_blob('{secret}')",
        "select * from glob('{home}/*')",
        "attach '{home}/warehouse.duckdb' as w",
        "attach '{home}/new.duckdb' as w",
        "copy measures to '{home}/out.csv'",
        "copy measures from '{secret}'",
        "export database '{home}/out'",
        "create table x as select 1",
        "insert into measures select * from measures",
        "update measures set value = 1",
        "delete from measures",
        "drop table measures",
        "alter table measures add column x int",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "set threads = 64",
        "reset lock_configuration",
        "set lock_configuration = false",
        "install httpfs",
        "load '{secret}'",
        "pragma enable_profiling = 'json'",
        "select getenv('HOME')",
        "select 1; copy (select 1) to '{home}/out.csv'",
        "not sql at all",
    ],
)
def test_the_door_leads_nowhere_else(sql: str, secret: Path, settings: Settings) -> None:
    before = sorted(path.name for path in settings.root.iterdir())
    with pytest.raises(QueryError) as caught:
        query(settings, sql.format(secret=secret, home=settings.root))
    assert "SECRET" not in str(caught.value)
    assert sorted(path.name for path in settings.root.iterdir()) == before


def test_the_door_answers_and_says_what_the_columns_are(secret: Path, settings: Settings) -> None:
    answer = query(settings, "select area_code, value from measures where area_level = 'city'")
    assert (answer.columns, answer.rows) == (["area_code", "value"], [("990100000000", 3.0)])


def test_before_the_first_publication_the_door_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(QueryError, match="make demo"):
        query(settings, "select 1")
