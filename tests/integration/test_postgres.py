"""The publication in a real PostgreSQL: every row, comments, roles, one step from old to new, and no password anywhere."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from city_run import CityRun

import renkou
from orchestration.publish import postgres
from orchestration.publish.analyst import connect
from orchestration.publish.exports import published_tables
from orchestration.publish.postgres import ANALYST, NotLoaded, load
from orchestration.settings import Settings
from tests.requirements import require

os.environ["PATH"] += os.pathsep + os.pathsep.join(sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin"))))
PASSWORD = f"kanarienvogel-{secrets.token_hex(8)}"


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[str]:
    """A scratch server on a Unix socket, its owner `renkou` with a password; the address without it."""
    initdb, pg_ctl = require("initdb"), require("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path is short
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(folder, "postgres", "postgres")
    admin = "postgres" if owner else pwd.getpwuid(os.geteuid()).pw_name

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120, **owner)

    try:
        run(initdb, "-D", f"{folder}/data", "-U", admin, "-E", "UTF8", "--locale", "C.UTF-8", "--auth", "trust")
        (folder / "data" / "pg_hba.conf").write_text(f"local all {admin} trust\nlocal all all scram-sha-256\n")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c log_statement=all"
        run(pg_ctl, "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o", options, "start")
        with psycopg.connect(f"host={folder} user={admin} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"create role renkou login createrole password '{PASSWORD}'")
            connection.execute("create database statistics owner renkou")
        yield f"postgresql://renkou@/statistics?host={folder}"
    finally:
        subprocess.run(
            [pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "stop"], check=False, capture_output=True, **owner
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.fixture(name="settings", scope="module")
def _settings(city: CityRun) -> Settings:
    return Settings(home=city.home)


def ask(server: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(server) as connection:
        return connection.execute(sql).fetchall()


def test_every_table_arrives_whole_with_types_and_comments(city: CityRun, server: str) -> None:
    done = city.renkou("publish", "--to", server)
    assert "载入 loaded: PostgreSQL" in done.stdout
    assert "未变 unchanged: PostgreSQL" in city.renkou("publish", "--to", server).stdout
    with renkou.connect(city.home) as marts:
        tables = published_tables(marts)
        for table in tables:
            names = [row[0] for row in marts.execute(f"describe {table}").fetchall()]
            listed = ", ".join(f'"{name}"' for name in names)
            ours = marts.execute(f"select {listed} from {table}").fetchall()
            theirs = ask(server, f"select {listed} from marts.{table}")
            assert sorted(map(repr, theirs)) == sorted(map(repr, ours)), table
        comments = marts.execute(
            "select table_name, column_name, comment from duckdb_columns() where not internal order by 1, 2"
        ).fetchall()
        provenance = marts.execute(
            "select count(*), count(sha256), min(part), max(delivery_month) from provenance"
        ).fetchall()
    described = """select c.relname::text, a.attname::text, col_description(c.oid, a.attnum)
        from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid
        where c.relnamespace = 'marts'::regnamespace and a.attnum > 0 and c.relkind in ('r', 'v')"""
    assert sorted(ask(server, described)) == sorted(comments)
    assert (
        ask(server, "select count(*), count(sha256), min(part), max(delivery_month) from marts.provenance")
        == provenance
    )
    assert ask(server, "select obj_description('marts.measures'::regclass)")[0][0].startswith("计量（已保护） · ")


def test_an_analyst_reads_marts_and_nothing_else(settings: Settings, server: str) -> None:
    load(settings, server)
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"create role reader login in role {ANALYST} password '{PASSWORD}'")
        owner.execute("create schema office; create table office.exact as select 1 as persons")
    with psycopg.connect(server.replace("renkou@", "reader@"), autocommit=True) as reader:
        assert reader.execute("select count(*) from marts.indicator_values").fetchall()[0][0] > 10_000
        assert (
            reader.execute("select count(*) from marts.provenance where indicator = 'crude_birth_rate'").fetchall()[0][
                0
            ]
            > 0
        )
        for forbidden in ("select * from office.exact", "delete from marts.measures", "create table marts.mine (a int)",
                          "drop schema marts cascade", "create schema mine"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(forbidden)
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"create role stranger login password '{PASSWORD}'")
    with (
        psycopg.connect(server.replace("renkou@", "stranger@")) as stranger,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        stranger.execute("select * from marts.measures")


def altered(settings: Settings, home: Path, number: int, change: str) -> Settings:
    """Another publication of the city, changed by some statements."""
    other = Settings(home=home)
    other.published.mkdir(parents=True)
    path = other.published / f"marts-{number}.duckdb"
    shutil.copy((settings.published / "marts.duckdb").resolve(), path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as marts:
        marts.execute(f"update publication set publication = {number}, content_hash = 'other'; {change}")
    (other.published / "marts.duckdb").symlink_to(path.name)
    return other


@pytest.fixture(name="other", scope="module")
def _other(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """Every value is one more."""
    return altered(settings, tmp_path_factory.mktemp("other"), 9, "update measures set value = value + 1")


@pytest.fixture(name="released", scope="module")
def _released(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """A later release: one column more."""
    return altered(
        settings, tmp_path_factory.mktemp("released"), 10, "alter table measures add column reviewed_by varchar"
    )


def total(settings: Settings) -> tuple[int, float]:
    """The number of a publication, and the sum of another of its tables."""
    with connect(settings) as marts:
        return marts.execute(
            "select (select publication from publication), (select sum(value) from measures)"
        ).fetchall()[0]


BOTH = "select (select publication from marts.publication), (select sum(value) from marts.measures)"
SCHEMAS = "select nspname::text from pg_namespace where nspname like 'marts%'"


def test_a_statement_sees_the_old_or_the_new_publication_and_nobody_waits(
    settings: Settings, other: Settings, server: str
) -> None:
    """A reader asks all the time, another holds a transaction open on the old rows, while publications alternate."""
    load(settings, server)
    totals = dict(map(total, (settings, other)))
    seen: list[tuple[int, float]] = []
    stop, failed = threading.Event(), []

    def read() -> None:
        try:
            with psycopg.connect(server) as reader:
                reader.execute("set statement_timeout = '10s'")
                while not stop.is_set():
                    seen.extend(reader.execute(BOTH).fetchall())
                    reader.commit()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        with psycopg.connect(server) as holder:
            holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            held = holder.execute(BOTH).fetchall()
            assert not load(other, server).kept
            assert held == holder.execute(BOTH).fetchall()
        for each in (settings, other, settings, other):
            assert not load(each, server).unchanged
    finally:
        stop.set()
        thread.join()
    assert failed == []
    assert {number for number, _ in seen} == set(totals)
    assert all(value == pytest.approx(totals[number]) for number, value in seen)
    assert ask(server, SCHEMAS) == [("marts",)]


def test_room_of_replaced_rows_is_free_again(settings: Settings, other: Settings, server: str) -> None:
    size = "select pg_total_relation_size('marts.measures')"
    for each in (settings, other, settings):
        load(each, server)
    before = ask(server, size)
    for each in (other, settings):
        load(each, server)
    assert ask(server, size)[0][0] <= before[0][0] * 1.1


def test_a_release_with_other_columns_exchanges_the_schema_and_waits_for_no_reader(
    settings: Settings, released: Settings, server: str
) -> None:
    load(settings, server)
    with psycopg.connect(server) as holder:
        held = holder.execute("select publication from marts.publication").fetchall()
        assert load(released, server).kept  # the holder's tables cannot be dropped
        assert held == holder.execute("select publication from marts_old_1.publication").fetchall()
        assert ask(server, "select count(*) from marts.measures where reviewed_by is null")[0][0] > 0
    load(settings, server)
    assert ask(server, SCHEMAS) == [("marts",)]


def test_a_load_that_fails_leaves_what_was_there(
    settings: Settings, other: Settings, released: Settings, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings, server)
    before = ask(server, BOTH)

    def fail(*_: object) -> None:
        raise psycopg.errors.DiskFull("no space")

    for each, step in ((other, "_fill"), (released, "_grant")):
        monkeypatch.setattr(postgres, step, fail)
        with pytest.raises(NotLoaded, match="no space"):
            load(each, server)
        monkeypatch.undo()
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        assert ask(server, BOTH) == before
        assert ask(server, SCHEMAS) == [("marts",)]


def test_views_of_others_show_the_new_rows_and_are_not_dropped_with_an_old_schema(
    settings: Settings, other: Settings, released: Settings, server: str
) -> None:
    load(settings, server)
    with psycopg.connect(server) as owner:
        owner.execute("create view public.mine as select publication as n from marts.publication")
    load(other, server)
    assert ask(server, "select n from public.mine") == [(9,)]
    assert load(released, server).kept
    assert ask(server, "select n from public.mine") == [(9,)]
    with psycopg.connect(server) as owner:
        owner.execute("drop view public.mine")
    assert not load(settings, server).kept


@pytest.mark.parametrize("schema", ["marts", "marts_next"])
def test_a_schema_of_somebody_else_is_left_alone(settings: Settings, server: str, schema: str) -> None:
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute("drop schema if exists marts cascade")
        owner.execute(f"create schema {schema}; create table {schema}.theirs as select 1 as mine")
        try:
            with pytest.raises(NotLoaded, match=f"a schema {schema} that Renkou did not load"):
                load(settings, server)
            assert ask(server, f"select mine from {schema}.theirs") == [(1,)]
            assert ask(server, SCHEMAS) == [(schema,)]
        finally:
            owner.execute(f"drop schema {schema} cascade")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://renkou:{password}@/statistics?host={folder}", "~/.pgpass"),
        ("postgresql://renkou@/statistics?host={folder}&password={password}", "~/.pgpass"),
        ("mysql://renkou:{password}@localhost/x", "postgresql://user@host"),
        ("postgresql://renkou:{password}@[::1/x", "cannot be read"),
        ("postgresql://renkou@/nowhere?host={folder}", "nowhere"),
        ("postgresql://renkou@/statistics?host=/nowhere", "PostgreSQL"),
    ],
)
def test_no_password_is_taken_or_told(city: CityRun, server: str, url: str, said: str) -> None:
    folder = server.split("host=")[1]
    done = city.renkou("publish", "--to", url.format(password=PASSWORD, folder=folder), check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_the_password_is_in_nothing_that_was_written(
    city: CityRun, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.renkou("publish", "--to", server)
    monkeypatch.setenv("PGPASSWORD", "wrong")
    done = city.renkou("publish", "--to", server, check=False)
    assert done.returncode == 2
    assert "password authentication failed" in done.stderr
    log = Path(server.split("host=")[1], "log").read_text(encoding="utf-8")
    assert "create schema" in log
    written = [
        line for line in log.splitlines() if PASSWORD in line and "create role" not in line
    ]  # the tests' own statements
    assert written == []
    for path in city.home.rglob("*"):
        if path.is_file() and path.stat().st_size < 5_000_000:
            assert PASSWORD.encode() not in path.read_bytes(), path
