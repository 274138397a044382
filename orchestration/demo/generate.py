"""The synthetic city: from options to an inbox and the truth beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.demo import fees, layout, offices, polls, pregnancies, procedures, services
from orchestration.demo.arrivals import Hits
from orchestration.demo.bureau import ship_statistics
from orchestration.demo.definitions import FILES, SEEDS
from orchestration.demo.deliver import Desk
from orchestration.demo.duplicates import Duplicates
from orchestration.demo.faults import FaultEngine
from orchestration.demo.fileplan import FilePlan, plan_files
from orchestration.demo.files import write_bytes
from orchestration.demo.ground import Ground
from orchestration.demo.life import Life
from orchestration.demo.linked import Linked
from orchestration.demo.months import Int, first_day, month_label, month_of_year, parse_month, policy_year_start
from orchestration.demo.options import CityOptions
from orchestration.demo.outlook import foresee
from orchestration.demo.people import initial_people
from orchestration.demo.places import build_city
from orchestration.demo.registry import OfficialPopulation
from orchestration.demo.standing import Standing
from orchestration.demo.truth import Counts, CsvLog, Landed, Run
from orchestration.demo.truth_table import write_table

BURN_IN_MONTHS = 6  # lived before the first policy year, so that late registrations of older events exist
FAULTS_HEADER = ("file", "line", "column", "kind", "outcome", "rule")
FILES_HEADER = ("file", "register", "area_code", "month", "redelivery", "rows")
REPORTED_HEADER = ("area_code", "period_from", "period_to", "indicator", "true_numerator", "reported_numerator")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class GenerationSummary:
    """What a generation did: files, their data rows, faults recorded, and whether nothing was written."""

    files: int
    rows: int
    faults: int
    unchanged: bool


@cache
def generator_version() -> str:
    """Fingerprint of the generator's code and data files, and of the definitions that the truth is reckoned by."""
    digest = hashlib.sha256()
    root = files("orchestration.demo")
    parts = [*root.iterdir(), *root.joinpath("data").iterdir()]
    for part in sorted(parts, key=lambda entry: entry.name):
        if part.name.endswith((".py", ".yaml", ".csv")):
            digest.update(part.name.encode() + part.read_bytes())
    for name in FILES:
        digest.update((SEEDS / f"{name}.csv").read_bytes())
    return digest.hexdigest()[:16]


def folders(out: Path) -> tuple[Path, Path]:
    """Inbox and truth of a home; a folder named ``inbox`` is the inbox itself, with truth beside it."""
    return (out, out.parent / "truth") if out.name == "inbox" else (out / "inbox", out / "truth")


def generate(
    options: CityOptions, out: Path, progress: Progress | None = None, taken: Mapping[str, int] | None = None
) -> GenerationSummary:
    """Write the city's deliveries to the inbox and the truth beside it.

    The same options and code give the same bytes; when they are all there already, or have been ``taken`` out of the inbox
    (name and size in bytes), nothing is written.
    ``progress`` is called with (what, done, total). Raises OSError when the folder cannot be written.
    """
    inbox, truth = folders(out)
    identity = {"options": options.model_dump(mode="json"), "generator": generator_version()}
    old = _manifest(truth)
    if old is not None and _stands(old, identity, inbox, taken or {}):
        return GenerationSummary(len(old["files"]), old["rows"], old["faults"], unchanged=True)
    inbox.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    (truth / "manifest.json").unlink(missing_ok=True)
    sizes, rows, faults = _write_city(options, inbox, truth, progress or (lambda what, done, total: None))
    for name in sorted(set(old["files"] if old else ()) - sizes.keys()):
        (inbox / name).unlink(missing_ok=True)
    manifest = {**identity, "rows": rows, "faults": faults, "files": dict(sorted(sizes.items()))}
    write_bytes(truth / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return GenerationSummary(len(sizes), rows, faults, unchanged=False)


def _manifest(truth: Path) -> dict[str, Any] | None:
    path = truth / "manifest.json"
    if not path.is_file():
        return None
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def _stands(old: dict[str, Any], identity: dict[str, Any], inbox: Path, taken: Mapping[str, int]) -> bool:
    """The manifest is of this identity and all its files are there, or have been taken, in their size."""
    if {name: old.get(name) for name in identity} != identity:
        return False
    paths = ((inbox / name, size) for name, size in old["files"].items() if taken.get(name) != size)
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def _write_city(options: CityOptions, inbox: Path, truth: Path, progress: Progress) -> tuple[dict[str, int], int, int]:
    first = parse_month(options.start)
    last, window_first = first + options.months - 1, policy_year_start(first)
    first_year = 1970 + first // 12 - 1  # of the official figures
    city, plan = _prepare(options, first, window_first)
    life = city.life
    official = OfficialPopulation(life, 1970 + first // 12, options.seed)
    faults, listed = CsvLog(truth / "faults.csv", FAULTS_HEADER), CsvLog(truth / "files.csv", FILES_HEADER)
    reported = CsvLog(truth / "reported_figures.csv", REPORTED_HEADER)
    counts = Counts(truth / "counts.csv", life.city.villages)
    run, hits = Run(first, last, window_first), Hits()
    standing = Standing(Ground(life.city), run, hits)
    desk = Desk(
        options, life, plan, inbox, faults, listed,
        FaultEngine(options.faults, life.city, options.seed),
        Duplicates(options.faults, life.city, options.seed),
        {"births": Landed(), "deaths": Landed()},
        city.linked,
        hits,
        standing,
    )  # fmt: skip
    for month in range(life.first_month, first):
        city.step(month)
    total = sum(_files_of(month, len(life.city.counties)) for month in range(first, last + 1))
    done = 0
    for month in range(first, last + 1):
        city.step(month)
        for what in chain(desk.ship(month), ship_statistics(desk, official, month, first_year)):
            done += 1
            progress(f"{month_label(month)} {what}", done, total)
        counts.stocks(life, month)
        standing.month(city.linked, month)
        _note_reported(city.linked, month, reported)
    counts.flows(life, run, desk.landed)
    write_table(truth, city.linked, standing, hits, official, first_year)
    for log in (faults, listed, counts, reported):
        log.close()
    return desk.shipped.sizes, desk.shipped.rows, faults.rows


def _note_reported(linked: Linked, month: int, log: CsvLog) -> None:
    """What the records say beside each figure that was reported in the month."""
    if layout.due("reported_figures", month_of_year(month)):
        for county in range(len(linked.life.city.counties)):
            for figure in polls.figures(linked, offices.Bureau(linked.life.city, county, linked.seed), month):
                log.add(*figure.truth)


def _files_of(month: int, counties: int) -> int:
    """Deliveries of a month when none is missing or comes twice."""
    linked = sum(layout.due(register, month_of_year(month)) for register in layout.COLUMNS)
    return counties * (5 + linked) + 1


@dataclass
class _Whole:
    """The life course and all that follows from it."""

    life: Life
    linked: Linked
    last_periods: Int
    arrived: Int

    def step(self, month: int) -> None:
        """A month of everything."""
        before = len(self.life.births)
        self.life.step(month)
        new = np.arange(before, len(self.life.births), dtype=np.int32)
        pregnancies.step(self.linked, self.last_periods, self.arrived, month)
        procedures.step(self.linked, month)
        pregnancies.stop_contraception(self.linked, month, procedures.NONE)
        fees.step(self.linked, month, new)
        services.step(self.linked, month, new)
        offices.step(self.linked, month)


def _prepare(options: CityOptions, first: int, window_first: int) -> tuple[_Whole, FilePlan]:
    """The city before its first month, and where the file-level faults will be."""
    city = build_city(options.persons, options.seed)
    begin = window_first - BURN_IN_MONTHS
    plan = plan_files(options.faults, len(city.counties), first, options.months, options.seed)

    def newly() -> Life:
        people = initial_people(options.persons, city, first_day(begin), options.seed)
        return Life(city, people, options.seed, begin, plan.bursts)

    births, arrived = foresee(newly, first + options.months - 1)
    life = newly()
    linked = Linked(life, options.seed, births)
    return _Whole(life, linked, pregnancies.last_periods(births, options.seed), arrived["entered"]), plan
