"""The contenders of the benchmark of suites judge a small month alike, and one that finds otherwise is found out."""

import json
import os
import re
from pathlib import Path

import pytest

from benchmarks import gates
from benchmarks.delivered import desk, prepare
from benchmarks.gates import CONTENDERS
from benchmarks.landing import child
from benchmarks.measured import Measured
from benchmarks.suites import NAMES, RESULTS, compare, report
from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions
from orchestration.landing.deliver import landing
from orchestration.landing.inbox import inbox_files
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings

PERSONS, MONTHS = 3_000, 2


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliveries of the last of some months, and what Renkou's gate and the query by hand find in them."""
    folder = tmp_path_factory.mktemp("suites")
    settings = Settings(home=folder / "small", settle_seconds=0)
    generate(CityOptions(persons=PERSONS, months=MONTHS), settings.root)
    with landing(settings) as lander:
        lander.land_all(inbox_files(settings))
    assert prepare(settings.root, folder) > PERSONS
    gates.renkou(folder)
    return folder


def test_the_last_month_is_out_of_the_registers_and_on_the_desk(folder: Path) -> None:
    with desk(folder) as connection:
        (month,) = connection.execute("select distinct month from delivered.files").fetchone() or (None,)
        landed = connection.execute("select count(*) from landing.deliveries where month >= ?", [month]).fetchone()
        later = connection.execute(
            "select count(*) from raw.population where _valid_from >= $1 or _valid_to >= $1", [month]
        ).fetchone()
    assert (f"{month:%Y-%m}", landed, later) == ("2013-11", (0,), (0,))


def test_every_kind_of_rule_is_judged(folder: Path) -> None:
    judged = {key.split(" ")[1] for key in gates.judged_by_renkou(folder)}
    suites = load_suites(Settings().expectations)
    types = {t.type for suite in suites.values() for t in suite if t.id in judged}
    assert types == {t.type for suite in suites.values() for t in suite}
    assert {"population_not_swollen", "births_few_quarantined", "population_area_known"} <= judged


@pytest.mark.parametrize("name", [name for name in CONTENDERS if name not in ("renkou", "dbt_command")])
def test_a_contender_finds_what_renkou_finds(name: str, folder: Path) -> None:
    measured = Measured(**json.loads(child("benchmarks.gates", name, str(folder)).splitlines()[-1]))
    assert measured.rows > PERSONS
    assert measured.seconds > 0
    assert compare(folder, name) > 100
    taken = {"one_query": [measured], "renkou": [Measured(2.0, 1.0, 100, measured.rows)]}
    assert "| **Renkou's gate** | 2.0 |" in report(folder, measured.rows, 1, taken, [0.5])


def test_the_report_in_the_repository_is_what_the_benchmark_writes_and_tells_the_load(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the figures and the machine: no word of it is by hand."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    one = Measured(1.0, 1.0, 100, 1)
    taken = {name: [one] for name in NAMES}

    def bare(text: str) -> str:
        return re.sub(r"\d[\d.,]*", "", re.sub(r"\n.* cores, .*\n", "\n", text))

    busy, idle = (report(folder, 1, 3, taken, loads) for loads in ([3.6, 9.2], [0.4, 1.1]))
    assert "The machine's load was 4 to 9 while this ran: wall seconds say little" in busy
    assert "The machine's load was 0 to 1 while this ran.\n" in idle
    written = bare(RESULTS.read_text("utf-8"))
    pandas = " Great Expectations on pandas answers of them."  # where that took part
    assert written.replace("  ", " ").replace(pandas, "") == bare(busy).replace("  ", " ").replace(pandas, "")


def test_a_contender_that_counts_otherwise_is_found_out(folder: Path, tmp_path: Path) -> None:
    found = {key: counts for key, (*counts, _) in json.loads((folder / "renkou.json").read_text()).items()}
    (tmp_path / "renkou.json").write_text((folder / "renkou.json").read_text())
    (tmp_path / "one_query.json").write_text(json.dumps(found))
    compare(tmp_path, "one_query")
    found[min(found)][1] += 1
    (tmp_path / "one_query.json").write_text(json.dumps(found))
    with pytest.raises(SystemExit, match="one_query finds otherwise than Renkou"):
        compare(tmp_path, "one_query")
