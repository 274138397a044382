"""What a publication says of itself: names in two languages, versions of its tables, and where its values come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publish import provenance, table_contracts
from orchestration.publish.publication import empty_publication, publish
from orchestration.publish.table_contracts import BrokenContract, Line, columns_of, read, renewed
from orchestration.publish.vintages import LOGS, UNKEPT
from orchestration.publish.words import Words, published_models
from orchestration.settings import Settings
from tests.publication_kit import CATALOGUES

PROJECT = Settings().dbt_project
OLD = [
    Line("t", "1.2.0", "a", "VARCHAR", "1.0.0"),
    Line("t", "1.2.0", "b", "INTEGER", "1.2.0"),
    Line("u", "3.0.0", "x", "DATE", "3.0.0"),
]
NOW = {"t": {"a": "VARCHAR", "b": "INTEGER"}, "u": {"x": "DATE"}}


@pytest.fixture(name="empty", scope="module")
def _empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        empty_publication(Settings(), connection)
        yield connection


def test_every_table_and_column_has_a_comment_in_both_languages(empty: duckdb.DuckDBPyConnection) -> None:
    relations = empty.execute(
        "select table_name, comment from duckdb_tables() where database_name = 'target' union all "
        "select view_name, comment from duckdb_views() where database_name = 'target' and not internal"
    ).fetchall()
    columns = empty.execute(
        "select table_name || '.' || column_name, comment from duckdb_columns() where database_name = 'target' and not internal"
    ).fetchall()
    assert len(relations) > 40 and len(columns) > 400
    for name, comment in relations + columns:
        zh, _, en = (comment or "").partition(" · ")
        assert any("\u4e00" <= character <= "\u9fff" for character in zh), name
        assert en.isascii() and len(en) > 3, name
    assert all("one row" in comment.lower() for _, comment in relations)


def test_no_label_is_left_of_what_is_gone(empty: duckdb.DuckDBPyConnection) -> None:
    labels = Words(PROJECT).labels
    tables = columns_of(empty, "target")
    columns = {column for names in tables.values() for column in names}
    assert set(labels["tables"]) == set(tables)
    assert set(labels["columns"]) <= columns
    assert set(labels["described"]["columns"]) <= columns
    for part in (labels["in_table"], labels["described"]["in_table"]):
        assert {f"{t}.{c}" for t, names in part.items() for c in names} <= {
            f"{t}.{c}" for t, names in tables.items() for c in names
        }
    assert set(labels["described"]["tables"]) <= set(tables)


def change(**tables: dict[str, str]) -> dict[str, dict[str, str]]:
    return NOW | tables


@pytest.mark.parametrize(
    ("now", "version"),
    [
        (NOW, "1.2.0"),
        (change(t={"b": "INTEGER", "a": "VARCHAR"}), "1.2.0"),
        (change(t={"a": "VARCHAR", "b": "INTEGER", "c": "DATE"}), "1.3.0"),
        (change(t={"a": "VARCHAR"}), "2.0.0"),
        (change(t={"a": "VARCHAR", "b": "BIGINT"}), "2.0.0"),
        (change(t={"a": "VARCHAR", "renamed": "INTEGER"}), "2.0.0"),
    ],
    ids=["nothing", "order", "added", "removed", "retyped", "renamed"],
)
def test_a_version_rises_with_what_was_broken_or_added(now: dict[str, dict[str, str]], version: str) -> None:
    lines = renewed(OLD, now, {})
    assert {line.version for line in lines if line.table_name == "t"} == {version}
    assert {line.version for line in lines if line.table_name == "u"} == {"3.0.0"}
    new = {line.column_name: line.since_version for line in lines if line.table_name == "t"}
    assert new["a"] == "1.0.0"
    assert all(new.get(column) in (None, version) for column in ("c", "renamed"))


def test_a_new_table_begins_at_one_and_a_table_that_is_gone_goes() -> None:
    assert [line.version for line in renewed(OLD, {"v": {"a": "DATE"}}, {})] == ["1.0.0"]


def test_deprecation_is_announced_once_and_lasts_until_the_column_goes() -> None:
    announced = renewed(OLD, NOW, {("t", "b"): "a"})
    assert [(x.version, x.deprecated_since, x.use_instead) for x in announced if x.table_name == "t"] == [
        ("1.3.0", "", ""), ("1.3.0", "1.3.0", "a")]  # fmt: skip
    assert renewed(announced, NOW, {("t", "b"): "a"}) == announced
    gone = renewed(announced, change(t={"a": "VARCHAR"}), {})
    assert [x.version for x in gone if x.table_name == "t"] == ["2.0.0"]


def test_deprecations_stand_in_the_models(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "published"
    folder.mkdir(parents=True)
    (folder / "_published__models.yml").write_text(
        "models: [{name: published__t, columns: [{name: a}, {name: b, config: {meta: {deprecated: a}}}]}]"
    )
    assert table_contracts.deprecations(tmp_path) == {("t", "b"): "a"}


def test_a_file_that_is_no_contract_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models" / "published").mkdir(parents=True)
    (tmp_path / "models" / "published" / "contracts.csv").write_text("table,column\n")
    with pytest.raises(BrokenContract, match="does not begin"):
        read(tmp_path)


def test_the_contracts_are_in_the_publication(empty: duckdb.DuckDBPyConnection) -> None:
    told = empty.execute("select table_name, column_name, column_type from target.main.contracts").fetchall()
    assert told == [(t, c, kind) for t, names in columns_of(empty, "target").items() for c, kind in names.items()]


CITY, COUNTY, OTHER, TOWNSHIP = "990100000000", "990101000000", "990102000000", "990101001000"
TABLES = f"""
create table indicators as select * from (values ('rate', 'births|population', 'Rate.', '率'), ('dead', 'deaths', 'Dead.', '死'))
    as t(indicator, registers, definition, definition_zh);
create table registers as select unnest(['areas', 'births', 'population', 'deaths', 'still_births']) as register;
create table windows as select * from (values ('month', 1), ('quarter', 3), ('policy_year_to_date', null))
    as t("window", length_months);
create table dim_area_history as select * from (values ('{CITY}', 'city', null), ('{COUNTY}', 'county', '{COUNTY}'),
    ('{OTHER}', 'county', '{OTHER}'), ('{TOWNSHIP}', 'township', '{COUNTY}'), ('{TOWNSHIP}', 'township', '{OTHER}'))
    as t(area_code, area_level, county_code);
create table deliveries as select * from (values
    ('areas', '{CITY}', date '2013-09-01', 0, 1, 'A'), ('births', '{COUNTY}', date '2013-12-01', 0, 2, 'B'),
    ('births', '{COUNTY}', date '2014-01-01', 0, 3, 'C'), ('births', '{COUNTY}', date '2014-01-01', 1, 6, 'D'),
    ('births', '{COUNTY}', date '2014-02-01', 0, 5, 'E'), ('births', '{OTHER}', date '2014-01-01', 0, 4, 'F'),
    ('births', '{COUNTY}', date '2014-01-01', 2, null, 'held'), ('births', '{COUNTY}', date '2014-03-01', 0, 7, 'G'))
    as t(register, area_code, month, redelivery, landing, sha256);
create table publications as select * from (values (1, timestamp '2014-02-01', 'v1', 'code1', 'shell', 4),
    (2, timestamp '2014-03-01', 'v2', 'code2', 'run2', 6))
    as t(publication, published_at, vintage, code_version, run, last_landing);
create table indicator_vintages as
    select area_code, 'rate' as indicator, w as "window", date '2014-01-31' as period_end, clock, 1.5 as value, p as published_in,
        null::int as replaced_in
    from (values ('{CITY}'), ('{COUNTY}'), ('{TOWNSHIP}')) as a(area_code), (values ('event'), ('report')) as c(clock),
        (values ('month'), ('quarter'), ('policy_year_to_date')) as w(w), (values (1), (2)) as p(p);
"""


@pytest.fixture(name="traced", scope="module")
def _traced() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        provenance.create(connection)
        yield connection


def leads_to(
    connection: duckdb.DuckDBPyConnection, area: str, clock: str, published: int, window: str = "month"
) -> dict[str, Any]:
    """Digest -> part of the deliveries that a value leads to."""
    rows = connection.execute(
        """select sha256, part from provenance where area_code = ? and clock = ? and published_in = ? and "window" = ?
            and sha256 is not null""", [area, clock, published, window]
    ).fetchall()  # fmt: skip
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def test_a_value_leads_to_the_deliveries_in_force_when_it_was_published(traced: duckdb.DuckDBPyConnection) -> None:
    assert leads_to(traced, COUNTY, "report", 1) == {"A": "before", "B": "before", "C": "within"}
    assert leads_to(traced, COUNTY, "report", 2) == {"A": "before", "B": "before", "D": "within"}  # C was superseded
    assert leads_to(traced, COUNTY, "event", 2) == {"A": "before", "B": "before", "D": "within", "E": "after"}


def test_the_city_rests_on_all_and_a_moved_township_on_both_its_counties(traced: duckdb.DuckDBPyConnection) -> None:
    everything = {"A": "before", "B": "before", "C": "within", "F": "within"}
    assert leads_to(traced, CITY, "report", 1) == leads_to(traced, TOWNSHIP, "report", 1) == everything


@pytest.mark.parametrize(
    ("window", "b"), [("month", "before"), ("quarter", "within"), ("policy_year_to_date", "within")]
)
def test_a_window_begins_where_it_begins(traced: duckdb.DuckDBPyConnection, window: str, b: str) -> None:
    assert leads_to(traced, COUNTY, "report", 1, window) == {"A": "before", "B": b, "C": "within"}


def test_a_value_leads_to_definition_code_and_run_and_names_what_never_came(traced: duckdb.DuckDBPyConnection) -> None:
    rows = traced.execute(
        """select distinct register, definition_zh, vintage, code_version, run, sha256 is null from provenance
            where area_code = ? and clock = 'report' and published_in = 2 order by all""", [COUNTY]
    ).fetchall()  # fmt: skip
    assert rows == [
        ("areas", "率", "v2", "code2", "run2", False), ("births", "率", "v2", "code2", "run2", False),
        ("population", "率", "v2", "code2", "run2", True)]  # fmt: skip


def test_the_past_of_every_published_table_is_kept_or_told_otherwise() -> None:
    """A table that is published has a log, or a reason why none is needed; the reasons name no table that is gone."""
    published = set(published_models(Settings().dbt_project))
    assert published - {log.table for log in LOGS} == set(UNKEPT)
    assert all(UNKEPT.values())


def test_publications_remember_the_run_that_made_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=1)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        empty_publication(settings, warehouse)  # schema `published`, without rows
        warehouse.execute("detach target; drop schema vintages cascade")
        warehouse.execute(CATALOGUES)
        warehouse.execute("insert into published.registers (register) values ('births')")
    publish(settings)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("insert into published.registers (register) values ('deaths')")
    done = publish(settings, run="4f1c")
    with duckdb.connect(str(done.path), read_only=True) as marts:
        assert marts.execute("select publication, run from publications order by 1").fetchall() == [
            (1, "shell"),
            (2, "4f1c"),
        ]
