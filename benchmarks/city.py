"""A warehouse of a whole city, some months long, without landing its files: `python -m benchmarks.city --home DIR`.

A city of 155,556 persons in 10 counties is generated with its usual faults and lands the normal way, month by month; it is kept
in `--source`. What stands in its `raw` tables is then multiplied by SQL into the warehouse of `--home`:

- registers of persons (and fee cases, payments and visits, which hang on them) stand once per clone. Pseudonyms and numbers of
  records are made distinct by the clone, the same way in every register, so links hold within a clone. Each clone lives in the
  same county, in one of the areas that its own area became
- the area register gets the townships and villages of a city of so many persons (161 townships for 2.8 million); each takes after
  one area of the source. Registers of areas (budgets, card reads, supplies, staff, ...) have a row for each, their sums scaled
- samples (surveys, spot checks) keep their size, spread over the new areas
- deliveries, quarantine and check results stay as they landed: the same counties and months, the row counts of the small city

Run again with one month more, it replaces what landed and leaves the models as they are: the start of an incremental build.
What it does not stand for: persons are alike 18 times over, so no distribution of it is a city's; figures that townships report
do not agree with the registers; nothing can be landed into it, and `retired` and `lines` are empty.
"""

import argparse
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions
from orchestration.demo.places import PERSONS_PER_TOWNSHIP, village_count
from orchestration.landing.contracts import Column, Register, load_contracts
from orchestration.landing.deliver import landing
from orchestration.landing.inbox import inbox_files
from orchestration.settings import Settings
from orchestration.warehouse import META_COLUMNS, open_warehouse

SOURCE_PERSONS, MONTHS = 155_556, 36  # the smallest city of ten counties is 150,000; 18 of this one are 2.8 million
HANG_ON_PERSONS = ("fee_cases", "fee_payments", "pregnancy_visits")
SAMPLES = ("surveys", "spot_checks")
SUMS = {
    "budgets": ("amount",),
    "card_reads": ("service_contacts", "valid_reads"),
    "official_population": ("mid_year_population", "year_end_population"),
    "reported_figures": ("numerator", "denominator"),
    "supplies": ("due_recipients", "recipients", "followed_up"),
}
NUMBERS = (
    "birth_no",
    "case_no",
    "pregnancy_no",
    "treasury_receipt",
    "name",
    "name_en",
)  # distinct by copy, as keys are
NEW_VILLAGES = 100  # serial numbers of villages that the source does not have begin above
LEDGER = ("landing.deliveries", "landing.quarantine", "quality.results", "quality.checks", "quality.alerts")
KEPT_SETTINGS = ("built", "models", "published", "layout")  # of the home, not of the source


class Part(NamedTuple):
    """One of the areas that an area of the source became; copy 0 is itself."""

    source: str
    copy: int
    area: str


def parts_of(codes: Sequence[str], persons: int) -> Iterator[Part]:
    """What each township and village in force becomes in a city of so many persons, which has the same counties."""
    townships, villages = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for code in sorted(codes):
        if code[9:] != "000":
            villages[code[:9]].append(code)
        elif code[6:9] != "000":
            townships[code[:6]].append(code[:9])
    total = max(round(persons / PERSONS_PER_TOWNSHIP), sum(map(len, townships.values())))
    for number, (county, known) in enumerate(sorted(townships.items())):
        size = total // len(townships) + (number < total % len(townships))
        for place, source in enumerate(known):
            names = [source, *(f"{county}{at + 1:03d}" for at in range(place + len(known), size, len(known)))]
            yield from (Part(f"{source}000", at, f"{name}000") for at, name in enumerate(names))
            yield from _villages(villages[source], names, max(village_count(persons, total, place), 1))


def _villages(sources: list[str], townships: list[str], count: int) -> Iterator[Part]:
    """The villages of a township of the source in all the townships that it became, round by round."""
    for place, source in enumerate(sources):
        serials = range(place, max(count, len(sources)), len(sources))
        found = [f"{township}{NEW_VILLAGES + serial:03d}" for serial in serials for township in townships]
        yield from (Part(source, at, code) for at, code in enumerate([source, *found[1:]]))


def prepare(source: Path, months: int) -> Path:
    """The small city's warehouse after so many months, landed the normal way; kept for the next time."""
    settings = Settings(home=source, settle_seconds=0)
    kept = {month: source / f"after-{month}.duckdb" for month in {months, MONTHS - 1, MONTHS}}
    if kept[months].exists():
        return kept[months]
    if not settings.inbox.exists():
        generate(CityOptions(persons=SOURCE_PERSONS, months=MONTHS), source)
    inbox = _by_month(settings)
    begun = _landed_until(settings, list(inbox))
    if begun > months:
        raise SystemExit(f"{source} holds {begun} months, not {months}; name another --source")
    for number, files in enumerate(inbox.values(), start=1):
        if max(begun, 1) <= number <= months:  # the month that was begun may have been cut short
            start = time.perf_counter()
            with landing(settings) as lander:
                lander.land_all(files)
            print(f"month {number} of the small city: {time.perf_counter() - start:.0f} s", file=sys.stderr)
            if number in kept:
                shutil.copy(settings.warehouse, kept[number])
    return kept[months]


def _by_month(settings: Settings) -> dict[str, list[Path]]:
    """The inbox by snapshot month (yyyymm), in order; in a batch of several months all area registers would land first."""
    found = defaultdict[str, list[Path]](list)
    for path in inbox_files(settings):
        found[next(part for part in path.name.split(".")[0].split("_")[::-1] if len(part) == 6)].append(path)
    return dict(sorted(found.items()))


def _landed_until(settings: Settings, months: list[str]) -> int:
    """The number of the newest month of which something has landed; 0 when nothing has."""
    if not settings.warehouse.exists():
        return 0
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        newest = connection.execute("select strftime(max(month), '%Y%m') from landing.deliveries").fetchone()
    return months.index(newest[0]) + 1 if newest and newest[0] else 0


def multiply(home: Settings, source: Path, persons: int, clones: int) -> dict[str, int]:
    """Replace what landed in the home's warehouse by the source's, multiplied. Rows by table of `raw`."""
    registers = load_contracts(home.dbt_project)
    with open_warehouse(home, registers) as connection:
        connection.execute(f"attach '{source}' as source (read_only)")
        _areas(connection, persons, clones)
        for register in registers.values():
            connection.execute(f"truncate raw.{register.name}")
            connection.execute("checkpoint")  # so that the file does not grow
            connection.execute(_rows(register, clones))
        for table in LEDGER:
            connection.execute(f"delete from {table}")
            connection.execute(f"insert into {table} by name select * from source.{table}")
        connection.execute(
            "insert or replace into landing.settings "
            f"select * from source.landing.settings where name not in {KEPT_SETTINGS}"
        )
        connection.execute("checkpoint")
        return {name: _count(connection, f"raw.{name}") for name in registers}


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = connection.execute(f"select count(*) from {rows}").fetchone()
    assert found is not None
    return int(found[0])


def _areas(connection: duckdb.DuckDBPyConnection, persons: int, clones: int) -> None:
    """Temporary tables: `parts`, what each area became; `homes`, in which of them each clone lives."""
    standing = "select distinct area from source.raw.areas where valid_to is null and _valid_to is null"
    found = parts_of([code for (code,) in connection.execute(standing).fetchall()], persons)
    connection.execute(
        "create temp table parts as select *, count(*) over (partition by source) as shares from "
        "(select unnest(?::varchar[]) as source, unnest(?::bigint[]) as copy, unnest(?::varchar[]) as area)",
        [list(column) for column in zip(*found, strict=True)],
    )
    connection.execute(
        "create temp table homes as select source, clones.copy, area, shares "
        f"from parts inner join range({clones}) as clones (copy) on clones.copy % shares = parts.copy"
    )


def _rows(register: Register, clones: int) -> str:
    """SQL: insert a register's history, multiplied as its kind wants it, in the order in which it landed."""
    areas = [column.name for column in register.kept if column.type == "area"]
    copies, where = _copies(register, clones)
    joins = [f"left join {where} as at_{a} on landed.{a} = at_{a}.source and landed.copy = at_{a}.copy" for a in areas]
    values = [f"{_value(register, column, clones)} as {column.landed_name}" for column in register.kept]
    values += [f"landed.{name}" for name in META_COLUMNS if name != "_row_hash"]
    values.append("xor(landed._row_hash, landed.copy::uhugeint) as _row_hash")
    return (
        f"insert into raw.{register.name} by name select {', '.join(values)} "
        f"from ({copies}) as landed {' '.join(joins)} order by landed.number, landed.copy"
    )


def _copies(register: Register, clones: int) -> tuple[str, str]:
    """SQL: the source's rows with the number of each copy; and which table says where a copy lies."""
    select = "select raw.*, raw.rowid as number"
    table = f"source.raw.{register.name} as raw"
    if register.name in SAMPLES:
        return f"{select}, (hash(raw.{register.key[0]}) % {clones})::bigint as copy from {table}", "homes"
    if register.name in HANG_ON_PERSONS or any(column.role == "identifier" for column in register.kept):
        return f"{select}, clones.copy from {table} cross join range({clones}) as clones (copy)", "homes"
    joined = f"{table} left join parts on raw.area = parts.source"
    return f"{select}, coalesce(parts.copy, 0) as copy from {joined}", "parts"


def _value(register: Register, column: Column, clones: int) -> str:
    """SQL: a cell of a copy."""
    value = f"landed.{column.landed_name}"
    if column.type == "area":
        return f"coalesce(at_{column.name}.area, {value})"  # a code that the area register lacks stays as it is
    if column.role == "identifier":
        return f"case when landed.copy = 0 then {value} else md5({value} || '-' || landed.copy) end"
    if column.type == "text" and (column.name in register.key or column.name in NUMBERS):
        return f"case when landed.copy = 0 then {value} else {value} || '-' || landed.copy end"
    if column.name in SUMS.get(register.name, ()):
        return f"round({value} * {clones} / coalesce(at_area.shares, 1))"
    return value


def main() -> None:
    """Make or renew the warehouse of a city, print how many rows of each register and how many areas it has."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.city", description=__doc__)
    parser.add_argument(
        "--home", type=Path, required=True, help="the home folder, to be named in RENKOU_HOME afterwards"
    )
    parser.add_argument("--persons", type=int, default=2_800_000, help="about so many (default %(default)s)")
    parser.add_argument("--months", type=int, default=MONTHS, help="months that have landed (default %(default)s)")
    parser.add_argument("--source", type=Path, help="where the small city is kept (default: `city-source` beside it)")
    options = parser.parse_args()
    if not 1 <= options.months <= MONTHS:
        raise SystemExit(f"the small city lives {MONTHS} months")
    source = options.source or options.home.parent / "city-source"
    landed, clones = prepare(source, options.months), max(round(options.persons / SOURCE_PERSONS), 1)
    home, start = Settings(home=options.home), time.perf_counter()
    home.root.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "key", home.key_path)  # the warehouse is tied to it
    rows = multiply(home, landed, clones * SOURCE_PERSONS, clones)
    for name, count in rows.items():
        print(f"{count:>12,} {name}")
    print(
        f"{sum(rows.values()):>12,} rows in {time.perf_counter() - start:.0f} s, {clones} clones, {options.months} months"
    )


if __name__ == "__main__":
    main()
