"""Out of bounds: above staging nothing exposes a name, an address or an identifier, persons are told apart only where counting
needs it, and no model, macro or command gives the persons behind a cell.

What is searched for is what the city holds: every pseudonym and record number of its registers, the marked persons, and
anything of an identifier's form.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pytest
import typer
from city_run import CANARY_ADDRESS, CANARY_BAD, CANARY_GOOD, CANARY_NAME, CityRun

import renkou
from orchestration.cli import app
from orchestration.landing.contracts import Register, load_contracts

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT

CONTRACTS: dict[str, Register] = load_contracts(PROJECT)
ABOVE_STAGING = ("intermediate", "increment", "marts", "published")
# Patterned like a record's number, and not of a person or a case: institutions, surveys, their strata.
NOT_OF_PERSONS = {"institution", "survey", "stratum"}
RECORD_NUMBER = "[A-Z]{1,3}[A-Z0-9-]{1,20}"  # as contracts write it
NUMBERS = {
    (register.name, column.name)
    for register in CONTRACTS.values()
    for column in register.columns
    if column.pattern == RECORD_NUMBER and column.name not in NOT_OF_PERSONS
}
PSEUDONYMS = {
    (register.name, column.landed_name)
    for register in CONTRACTS.values()
    for column in register.columns
    if column.role == "identifier"
}
# Columns as departments send them: identifiers in clear, and what contracts drop.
RAW_PERSONS = {column.name for register in CONTRACTS.values() for column in register.columns if column.role != "plain"}
STANDING = "the rows of a register that stand now, one per record, before they are counted or linked"
LINKING = "links records of one case or person to each other, before they are counted"
TELLS_PERSONS_APART = {
    "int_benefits__current": STANDING,
    "int_birth_certificates__current": STANDING,
    "int_births__current": STANDING,
    "int_deaths__current": STANDING,
    "int_fee_cases__current": STANDING,
    "int_fee_payments__current": STANDING,
    "int_floating_population__current": STANDING,
    "int_health_checks__current": STANDING,
    "int_household_entries__current": STANDING,
    "int_inspections__current": STANDING,
    "int_institution_inspections__current": STANDING,
    "int_marriages__current": STANDING,
    "int_pregnancies__current": STANDING,
    "int_pregnancy_visits__current": STANDING,
    "int_procedures__current": STANDING,
    "int_spot_checks__current": STANDING,
    "int_supplies__current": STANDING,
    "int_surveys__current": STANDING,
    "int_two_acts_cases__current": STANDING,
    "int_vaccinations__current": STANDING,
    "int_population__overlapping": "one identifier in two rows or counties is counted once",
    "int_population__months": "one identifier in two rows or counties is counted once",
    "int_population__spells": "one identifier in two rows or counties is counted once",
    "int_contraception_use__spells": "an increment finds the spells of persons whose register row changed, to make them anew",
    "int_fee_cases__of_births": LINKING,
    "int_fee_cases__paid": LINKING,
    "int_pregnancies__evidence": LINKING,
    "int_pregnancies__outcomes": LINKING,
    "int_pregnancy_visits__by_pregnancy": LINKING,
}
IDENTIFIER = re.compile(r"(?<![0-9A-Za-z.])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
WORD = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
Table = tuple[str, str]


@pytest.fixture(scope="module")
def warehouse(city: CityRun) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(city.home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def columns_of(connection: duckdb.DuckDBPyConnection, schemas: Iterable[str]) -> dict[Table, list[tuple[str, str]]]:
    """(schema, table) -> its columns and their types."""
    found: dict[Table, list[tuple[str, str]]] = {}
    for schema, table, column, kind in connection.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns where table_schema in ?",
        [list(schemas)],
    ).fetchall():
        found.setdefault((schema, table), []).append((column, kind))
    return found


def tells_apart(column: str) -> bool:
    """Whether a column's name says that it holds pseudonyms or numbers of records."""
    return "pseudonym" in column or column in {name for _, name in NUMBERS}


def marks_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every pseudonym and record number that the registers hold."""
    return {
        mark
        for table, column in NUMBERS | PSEUDONYMS
        for (mark,) in connection.execute(f"select distinct {column} from raw.{table}").fetchall()
        if mark is not None
    }


def persons_in(text: str, marks: set[str]) -> set[str]:
    """What of persons stands in a text."""
    canaries = {mark for mark in (CANARY_NAME, CANARY_ADDRESS, CANARY_GOOD, CANARY_BAD) if mark in text}
    return canaries | set(IDENTIFIER.findall(text)) | (set(WORD.findall(text)) & marks)


def test_models_above_staging_name_no_identifier_and_nothing_that_contracts_drop(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert {"id", "mother_id", "name", "address", "child_name"} <= RAW_PERSONS
    tables = columns_of(warehouse, ABOVE_STAGING)
    assert len(tables) > 200
    assert [
        (table, column) for table, columns in tables.items() for column, _ in columns if column in RAW_PERSONS
    ] == []


def test_only_models_with_a_reason_tell_persons_or_cases_apart(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = {
        table: {column for column, _ in columns if tells_apart(column)}
        for (_, table), columns in columns_of(warehouse, ABOVE_STAGING).items()
    }
    assert {table for table, columns in found.items() if columns} == TELLS_PERSONS_APART.keys()


def columns_with_persons(
    connection: duckdb.DuckDBPyConnection, tables: dict[Table, list[tuple[str, str]]], marks: set[str]
) -> dict[tuple[str, str], int]:
    """(table, column) of texts that hold something of a person, with how much; but for columns that are listed to."""
    found = {}
    for (schema, table), columns in tables.items():
        for column, kind in columns:
            if kind == "VARCHAR" and not (table in TELLS_PERSONS_APART and tells_apart(column)):
                values = connection.execute(f'select distinct "{column}" from {schema}."{table}"').fetchall()
                if persons := persons_in("\n".join(value for (value,) in values if value), marks):
                    found[table, column] = len(persons)
    return found


def test_no_value_of_a_person_is_in_another_column_of_another_name(warehouse: duckdb.DuckDBPyConnection) -> None:
    """By what the columns hold, whatever they are called: in the listed models too, and in texts that contain it."""
    marks = marks_of(warehouse)
    assert len(marks) > 10_000
    assert columns_with_persons(warehouse, columns_of(warehouse, ABOVE_STAGING), marks) == {}
    staging = columns_with_persons(warehouse, columns_of(warehouse, ["staging"]), marks)
    assert staging.keys() >= {("stg_births", "birth_no"), ("stg_population", "id_pseudonym")}  # the control


def test_the_search_by_value_finds_what_staging_holds(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The control: pseudonyms and numbers alone, and within a longer text."""
    marks = marks_of(warehouse)
    for table, column in (("births", "birth_no"), ("births", "mother_id_pseudonym"), ("population", "id_pseudonym")):
        [(value,)] = warehouse.execute(f"select {column} from staging.stg_{table} limit 1").fetchall()
        assert persons_in(value, marks) == persons_in(f'{{"of": "{value}", "n": 1}}', marks) == {value}
    assert persons_in(f"x {CANARY_GOOD}, y", set()) == {CANARY_GOOD}
    assert persons_in(CANARY_NAME, set()) == {CANARY_NAME}


@pytest.mark.parametrize("place", ["published", "office"])
def test_neither_publication_nor_office_lists_persons(
    city: CityRun, warehouse: duckdb.DuckDBPyConnection, place: str
) -> None:
    """Tables, views and macros, by the names of their columns and by what the columns hold."""
    marks = marks_of(warehouse)
    with duckdb.connect(str(city.home / place / "marts.duckdb"), read_only=True) as connection:
        tables = columns_of(connection, ["main"])
        columns = {(table, column) for (_, table), listed in tables.items() for column, _ in listed}
        assert columns_with_persons(connection, tables, marks) == {}
        macros = connection.execute(
            "select function_name, function_type from duckdb_functions() where not internal"
        ).fetchall()
        assert [macro for macro, kind in macros if kind != "table_macro"] in ([], ["publication_on"])
        for macro, kind in macros:
            if kind == "table_macro":
                described = connection.execute(f"describe select * from {macro}(1)").fetchall()
                columns |= {(macro, row[0]) for row in described}
    assert len(columns) > 200
    assert [
        (t, c) for t, c in columns if tells_apart(c) or c in RAW_PERSONS or c in ("birth_date", "mother_birth_date")
    ] == []


def test_the_python_package_opens_the_publication_and_nothing_else(city: CityRun) -> None:
    assert renkou.__all__ == ["connect"]
    assert [name for name in vars(renkou) if not name.startswith("_")] == ["Path", "duckdb", "Settings", "connect"]
    with renkou.connect(city.home) as connection:
        databases = connection.execute("select database_name from duckdb_databases() where not internal").fetchall()
        assert databases == [("marts",)]
        for way_out in (
            "select * from raw.births",
            "select * from warehouse.raw.births",
            f"attach '{city.home / 'warehouse.duckdb'}' as w (read_only)",
            f"select * from '{city.home / 'warehouse.duckdb'}'",
            f"select * from read_blob('{city.home / 'warehouse.duckdb'}')",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(way_out).fetchall()


# Macros that ask the warehouse, each with what it is told: a date, or codes of areas.
QUERYING = {
    "slices": "first and last area code of a slice, for the materialization that fills tables",
    "changed_from": "the month from which a register may hold something else, for an increment",
    "counts_from": "the first month of which a fact is another one, for an increment",
    "first_touched": "the first month or period end on a work list, for an increment",
    "last_settled": "the last day that the last whole build knew, for an increment",
    "is_refigured": "the first month of which a count or delivery is another one, for an increment",
    "refigured_from": "the first month that printed figures need, for an increment",
}


def test_no_macro_queries_by_itself_but_for_dates_and_ranges_of_areas() -> None:
    """A macro that runs queries could answer `dbt run-operation`; one that only writes SQL answers nobody."""
    asking = re.compile(r"\b(run_query|statement|log|print|fetch_result|execute_macro|load_result)\s*\(")
    found = {
        name: body
        for path in PROJECT.glob("macros/*.sql")
        for kind, name, body in re.findall(
            r"\{%-? *(macro|materialization) (\w+)(.*?)\{%-? *end\1", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        if kind == "macro" and asking.search(body)
    }
    assert found.keys() == QUERYING.keys()
    # What they are told is one date as text, however it is asked for.
    dates = re.compile(r"run_query\(\s*\"select cast\([^\n]* as string\) as (month|first|last) from \"")
    assert [name for name, body in found.items() if name != "slices" and not dates.search(body)] == []


# Commands that answer nothing from registers, with the reason.
NOT_ASKED = {
    "dev": "starts Dagster's webserver; what its store holds is searched in test_whole_way.py",
    "demo run": "generates a city and runs its months: `demo generate` and `run`, which are asked",
}
BY = ("--by", "office", "--reason", "a reason")


def calls(city: CityRun, out: Path) -> dict[str, list[tuple[str, ...]]]:
    """How each command is asked, by its path: everything it can tell, as a table and as JSON."""
    alert = str(city.json("alerts", "--all")[0]["alert"])
    frozen = city.json("freeze", "--scheme", "ezhou", "--period", "2014-09", *BY)["run"]
    held = str(city.json("deliveries", "--status", "held")[0]["delivery"])
    another = ("--persons", "1000", "--months", "1", "--seed", "3", "--start", "2014-10")
    city.renkou("demo", "generate", *another)
    files = [str(path) for path in sorted((city.home / "inbox").glob("*_990101_201410.*"))]
    return {
        "run": [("--month", "2014-09")],
        "demo generate": [another],
        "demo measure": [(), ("--json",)],
        "check": [tuple(files), (*files, "--json")],
        "land": [tuple(files[:-1]), (files[-1], "--json"), ("--archive",)],
        "template": [("births", "--area", "990101", "--month", "2015-03", "--out", str(out))],
        "status": [(), ("--json",)],
        "deliveries": [(), ("--json",)],
        "history": [(), ("--json",), ("--as-of", "3")],
        "accept": [(held, *BY)],
        "publish": [()],
        "audit": [("--json",)],
        "report": [("--out", str(out), "--kind", "all"), ("--out", str(out / "office"), "--office")],
        "quality": [(), ("--json",), ("--area", "990101")],
        "assess": [("--scheme", "ezhou", "--period", "2014-09"), ("--run", frozen, "--json")],
        "scorecard": [(), ("--area", "990101000000", "--json")],
        "freeze": [("--scheme", "ezhou", "--period", "2014-09", *BY)],
        "sign-off": [(frozen, *BY)],
        "revisions": [(), ("--json",), ("--indicator", "sex_ratio_at_birth"), ("--run", frozen)],
        "sql": [
            ("show all tables",),
            ("select * from provenance limit 2000",),
            ("select * from deliveries", "--office", "--json"),
        ],
        "export": [("--format", "csv", "--out", str(out / "csv")), ("--format", "sdmx", "--out", str(out / "sdmx"))],
        "alerts": [(), ("--all", "--json")],
        "alerts show": [(alert,)],
        "alerts ack": [(alert, "--by", "office", "--note", "seen")],
        "alerts mute": [(alert, "--until", "2030-01-01")],
        "alerts send": [()],
        "key show": [(), ("--json",)],
        "purge": [("--before", "2013-11", *BY, "--dry-run", "--json"), ("--before", "2013-11", *BY)],
        "key rotate": [BY, (*BY, "--archive")],
    }


def every_command() -> set[str]:
    """Every command of the program, by its path; a group that answers by itself is one as well."""

    def below(command: typer.core.TyperGroup, path: tuple[str, ...]) -> Iterator[str]:
        for name, child in command.commands.items():
            if isinstance(child, typer.core.TyperGroup):
                if child.invoke_without_command:
                    yield " ".join((*path, name))
                yield from below(child, (*path, name))
            else:
                yield " ".join((*path, name))

    return set(below(typer.main.get_command(app), ()))


def test_no_command_gives_the_persons_behind_a_cell(city: CityRun, tmp_path: Path) -> None:
    """What every command prints and writes, on a copy of the city; a new command has to be asked here, too."""
    asked = CityRun(tmp_path / "home")
    shutil.copytree(city.home, asked.home, symlinks=True)
    out = tmp_path / "out"
    out.mkdir()
    with duckdb.connect(str(asked.home / "warehouse.duckdb"), read_only=True) as connection:
        marks = marks_of(connection)
    said = {}
    for command, ways in calls(asked, out).items():
        for way in ways:
            done = asked.renkou(*command.split(), *way, check=False)
            assert done.returncode in (0, 1) or command in ("check", "land"), (command, way, done.stderr)  # 2: refused
            said[command, way] = done.stdout + done.stderr
    assert {command for command, _ in said} | NOT_ASKED.keys() == every_command()
    with duckdb.connect(str(asked.home / "warehouse.duckdb"), read_only=True) as connection:
        marks |= marks_of(connection)
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) > 30
    said |= {
        ("file", (path.name,)): path.read_text(encoding="utf-8") for path in written if path.suffix in (".csv", ".xml")
    }
    assert {call: found for call, text in said.items() if (found := persons_in(text, marks))} == {}
    landed = [row for row in json.loads(said["deliveries", ("--json",)]) if row["month"] == "2014-10-01"]
    assert sum(row["status"] == "landed" for row in landed) > 10
