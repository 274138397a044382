"""The analysts' door: what is published can be read through it, and nothing else read, written or changed."""

import json
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import renkou as renkou_package
from orchestration.publish.analyst import QueryError, connect, open_marts, streamed
from orchestration.settings import Settings
from tests.publication_kit import query

python_variable = pa.table({"a": ["outside"]})  # DuckDB looks for tables among Python's variables, too
WAYS_OUT = [
    "from read_csv('/etc/passwd')",
    "from read_text('{home}/secret.txt')",
    "from read_blob('{marts}')",
    "from '{home}/other.parquet'",
    "from glob('{home}/*')",
    "copy (select 1) to '{home}/out.csv'",
    "copy (select 1) to '{published}/out.csv'",
    "copy (select 1) to '{marts}' (format csv, use_tmp_file false)",
    "copy (select 1) to '{marts}.wal' (format csv)",
    "copy (select 1) to '/dev/stdout' (format csv)",
    "export database '{home}/all'",
    "import database '{home}/all'",
    "attach '{home}/other.duckdb'",
    "attach '{marts}' as again",
    "attach 'https://example.org/x.duckdb'",
    "install httpfs",
    "load httpfs",
    "create secret s (type s3)",
    "create table t as select 1",
    "delete from measures",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset disabled_filesystems",
    "set memory_limit = '100GB'",
    "set log_query_path = '{home}/log'",
    "pragma enable_profiling = 'json'",
    "set temp_directory = '{home}'",
    "from python_variable",
]


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, memory_limit="300MB")
    settings.published.mkdir(parents=True)
    with duckdb.connect(str(settings.published / "marts-1.duckdb")) as marts:
        marts.execute("create table measures as select '990101000000' as area_code, i as value from range(10) as t(i)")
    (settings.published / "marts.duckdb").symlink_to("marts-1.duckdb")
    (settings.root / "secret.txt").write_text("secret")
    duckdb.sql("select 1 as a").write_parquet(str(settings.root / "other.parquet"))
    duckdb.connect(str(settings.root / "other.duckdb")).close()
    return settings


def contents(settings: Settings) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(settings.root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_there_is_no_way_out(settings: Settings, way: str) -> None:
    before = contents(settings)
    sql = way.format(home=settings.root, published=settings.published, marts=settings.published / "marts-1.duckdb")
    for ask in (lambda c: list(streamed(c, sql).batches), lambda c: c.execute(sql).fetchall()):
        with open_marts(settings) as connection, pytest.raises((QueryError, duckdb.Error)):
            ask(connection)
    assert contents(settings) == before


@pytest.mark.parametrize("way", WAYS_OUT)
def test_nor_is_there_one_through_a_second_connection(settings: Settings, way: str) -> None:
    """A notebook opens the door twice; what is set when it opens first must hold for both."""
    before = contents(settings)
    sql = way.format(home=settings.root, published=settings.published, marts=settings.published / "marts-1.duckdb")
    with open_marts(settings) as first, open_marts(settings) as second:
        assert first.execute("select count(*) from measures").fetchall() == [(10,)]
        for connection in (second, first):
            with pytest.raises(duckdb.Error):
                connection.execute(sql).fetchall()
    assert contents(settings) == before


def test_the_door_opens_on_the_publication(settings: Settings) -> None:
    assert query(settings, "select sum(value) from measures").rows == [(45,)]
    connection = connect(settings)
    assert connection.execute("select count(*) from measures").fetchall() == [(10,)]
    connection.execute("create temp table mine as from measures where value < 3")  # in memory
    assert connection.execute("select count(*) from mine").fetchall() == [(3,)]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select nonsense from measures", "nonsense"),
        ("select case when i = 90000 then 'x' else '1' end::int from range(100000) as t(i)", "Could not convert"),
        ("select list(i) from range(1000000000) as t(i)", "RENKOU_MEMORY_LIMIT"),
        ("select i from range(100000000) as t(i) order by hash(i)", "RENKOU_MEMORY_LIMIT"),
    ],
    ids=["binding", "while rows are read", "too large", "nowhere to spill"],
)
def test_what_fails_is_said_in_one_message(settings: Settings, sql: str, said: str) -> None:
    with open_marts(settings) as connection, pytest.raises(QueryError, match=said) as error:
        list(streamed(connection, sql).batches)
    assert error.value.__cause__ is None


def environment(settings: Settings) -> dict[str, str]:
    return {"RENKOU_HOME": str(settings.root), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[3])}


def renkou(settings: Settings, *arguments: str, **options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment(settings), capture_output=True, timeout=300, check=False, **options)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "csv", "--json"], "one of the two"),
        (["--format", "parquet"], "--out FILE"),
        (["--format", "xlsx"], "--out FILE"),
        (["--format", "yaml"], "--format is one of"),
        (["--out", "x.unknown"], "ending"),
    ],
)
def test_calls_that_cannot_be_are_refused_before_anything_is_asked(
    settings: Settings, arguments: list[str], said: str
) -> None:
    done = renkou(settings, "sql", "select 1", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b""


def test_rows_go_to_standard_output_and_nothing_else_does(settings: Settings) -> None:
    done = renkou(settings, "sql", "from measures limit 2", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)[1] == {"area_code": "990101000000", "value": 1}
    table = renkou(settings, "sql", "select i from range(1500) as t(i)")
    assert len(table.stdout.splitlines()) == 1001
    assert b"1,000" in table.stderr
    done = renkou(settings, "sql", "from measures", "--out", str(settings.root / "m.csv"))
    assert (done.returncode, done.stdout) == (0, b"")
    assert (settings.root / "m.csv").read_text(encoding="utf-8-sig").startswith("area_code,value\n")


def test_millions_of_rows_pass_without_filling_memory(settings: Settings) -> None:
    """4 million rows are 250 MB of text; whoever reads the first lines only ends it."""
    sql = "select i, 'a text that takes room ' || i as t, i * 1.5 as d from range(4000000) as r(i)"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (900 << 20, 900 << 20))

    out = settings.root / "big.csv"
    done = renkou(settings, "sql", sql, "--out", str(out), preexec_fn=limited)
    assert done.returncode == 0, done.stderr
    with out.open("rb") as handle:
        assert sum(1 for _ in handle) == 4_000_001
    pipe = '"$0" -c "from orchestration.cli import main; main()" sql "$1" --format csv | head -2'
    piped = subprocess.run(
        ["/bin/sh", "-c", pipe, sys.executable, sql],
        check=False,
        env=environment(settings),
        capture_output=True,
        timeout=300,
    )
    assert (piped.stdout.splitlines()[0], piped.stderr) == (b"i,t,d", b"")


def test_progress_is_for_terminals_and_on_standard_error_only(settings: Settings) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from orchestration.cli import main; main()"]
    env = environment(settings) | {"TERM": "xterm"}
    sql = "select count(distinct hash(i)) as n from range(9000000) as t(i)"
    process = subprocess.Popen([*command, "sql", sql, "--json"], env=env, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    told = b""
    while True:
        try:
            told += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    stdout, _ = process.communicate(timeout=60)
    assert json.loads(stdout) == [{"n": 9_000_000}]
    assert b"asking" in told and b"%" in told


def test_a_notebook_connects_as_hardened_and_gives_frames(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with renkou_package.connect(settings.root) as connection:
        found = connection.sql("select area_code, sum(value) as total from measures group by all")
        assert found.df().to_dict("records") == [{"area_code": "990101000000", "total": 45}]
        assert found.pl().rows() == [("990101000000", 45)]
        connection.register("mine", pd.DataFrame({"area_code": ["990101000000"], "people": [90]}))
        joined = "select total * 1.0 / people from found join mine using (area_code)".replace("found", "totals")
        connection.execute(
            "create temp table totals as select area_code, sum(value) as total from measures group by all"
        )
        assert connection.execute(joined).fetchall() == [(0.5,)]
        with pytest.raises(duckdb.PermissionException):
            connection.sql("from read_csv('/etc/passwd')")
    monkeypatch.setenv("RENKOU_HOME", str(settings.root))
    with renkou_package.connect() as connection:
        assert connection.sql("from measures").fetchall() != []
    with pytest.raises(QueryError, match="nothing has been published"):
        renkou_package.connect(settings.root / "elsewhere")


def test_exact_figures_go_into_files_that_only_their_owner_reads(settings: Settings) -> None:
    settings.office.mkdir()
    with duckdb.connect(str(settings.office_marts)) as office:
        office.execute("create table measures as select 3 as value")
    out = settings.root / "exact.csv"
    done = renkou(settings, "sql", "from measures", "--office", "--out", str(out))
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"Confidential" in done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_text(encoding="utf-8-sig") == "value\n3\n"
    assert (
        renkou(settings, "sql", "select count(*) as n from measures", "--json").stdout.split()
        == b'[ {"n": 10} ]'.split()
    )
