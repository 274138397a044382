"""The office's file: exact figures of areas, closed to others, opened by nothing but `--office`."""

import stat
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.landing.deliver import landing
from orchestration.publish.analyst import QueryError
from orchestration.publish.office import NOTICE_EN, write_office
from orchestration.publish.publication import PublicationBlocked, publish
from orchestration.settings import Settings
from tests.publication_kit import query

MARTS = """
create schema marts; create schema published;
create table marts.measures as select '990101001000' as area_code, 'township' as area_level, 3.0::double as value;
create view published.measures as select area_code, area_level, null::double as value, '1-7' as shown from marts.measures;
create table published.indicators as select 'births' as indicator;
create table marts.fct_births_raw as select 'B1' as birth_no;
insert or replace into landing.settings values ('built', '2015-04-12 08:00:00'), ('models', 'one');
"""


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, settle_seconds=0)
    with landing(settings) as lander:
        lander.connection.execute(MARTS)
    return settings


def change(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(sql)


def test_the_file_has_the_tables_of_the_publication_with_exact_figures_and_no_others(settings: Settings) -> None:
    path = write_office(settings)
    assert path == settings.office_marts
    assert query(settings, "select value from measures", office=True).rows == [(3.0,)]
    assert query(settings, "select * from indicators", office=True).rows == [("births",)]
    tables = query(settings, "select table_name from duckdb_tables() order by all", office=True).rows
    assert tables == [("indicators",), ("measures",), ("office",)]
    assert query(settings, "select notice_en from office", office=True).rows == [(NOTICE_EN,)]


def test_it_is_closed_to_others_and_lies_outside_of_what_is_published(settings: Settings) -> None:
    write_office(settings)
    assert stat.S_IMODE(settings.office_marts.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.office.stat().st_mode) == 0o700
    assert settings.published not in settings.office_marts.parents
    assert [path.name for path in settings.office.iterdir()] == ["marts.duckdb"]


def test_it_is_written_anew_when_the_marts_were_built_since(settings: Settings) -> None:
    write_office(settings)
    change(settings, "update marts.measures set value = 4")
    assert write_office(settings) is None
    for number, since in enumerate(
        (
            "update landing.settings set value = '2015-05-12 08:00:00' where name = 'built'",
            "update landing.settings set value = 'two' where name = 'models'",
            "delete from landing.settings where name = 'models'",  # a build of a part
        )
    ):
        change(settings, f"update marts.measures set value = {5 + number}; {since}")
        assert write_office(settings) == settings.office_marts
        assert query(settings, "select value from measures", office=True).rows == [(5.0 + number,)]


def test_a_file_that_cannot_be_read_is_written_anew(settings: Settings) -> None:
    write_office(settings)
    settings.office_marts.write_bytes(b"rotten")
    assert write_office(settings) == settings.office_marts
    assert query(settings, "select value from measures", office=True).rows == [(3.0,)]


def test_a_column_of_persons_blocks_it_and_the_old_file_stays(settings: Settings) -> None:
    write_office(settings)
    change(
        settings,
        "alter table marts.measures add column mother_id_pseudonym varchar; delete from landing.settings where name = 'built'",
    )
    with pytest.raises(PublicationBlocked, match=r"measures\.mother_id_pseudonym"):
        write_office(settings)
    assert [path.name for path in settings.office.iterdir()] == ["marts.duckdb"]
    assert query(settings, "select value from measures", office=True).rows == [(3.0,)]


@pytest.mark.parametrize("sql", [
    "attach '{office}' as o", "select * from '{office}'", "from read_blob('{office}')", "set enable_external_access = true",
])  # fmt: skip
def test_the_analysts_door_does_not_lead_there(sql: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_office(settings)
    marts = settings.published / "publication-1"
    marts.mkdir(parents=True)
    with duckdb.connect(str(marts / "marts.duckdb")) as connection:
        connection.execute("create table measures as select null::double as value")
    (settings.published / "marts.duckdb").symlink_to("publication-1/marts.duckdb")
    assert query(settings, "select value from measures").rows == [(None,)]
    with pytest.raises(QueryError):
        query(settings, sql.format(office=settings.office_marts))


def test_a_file_that_is_missing_is_said(settings: Settings) -> None:
    with pytest.raises(QueryError, match="no file of the office"):
        query(settings, "select 1", office=True)


def test_the_command_says_that_it_is_confidential(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_office(settings)
    monkeypatch.setenv("RENKOU_HOME", str(settings.root))
    said = CliRunner().invoke(app, ["sql", "--office", "--json", "select value from measures"])
    assert said.exit_code == 0
    assert "Confidential" in said.stderr
    assert "Confidential" not in said.stdout
    assert '"value": 3.0' in said.stdout


def test_nothing_to_write_is_said(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=1)
    with pytest.raises(PublicationBlocked, match="nothing to publish"):
        write_office(settings)
    with pytest.raises(PublicationBlocked, match="nothing to publish"):
        publish(settings)
