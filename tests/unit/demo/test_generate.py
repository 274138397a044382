"""The generator as a whole: the same bytes again, nothing written twice, truth equal to the files."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from demo_city import Generated, iso
from pydantic import ValidationError

from orchestration.demo import layout
from orchestration.demo.generate import folders, generate
from orchestration.demo.months import month_of_year, parse_month, policy_year_start
from orchestration.demo.options import FILE_KINDS, ROW_KINDS, CityOptions, FaultRates

SMALL = CityOptions(persons=2_000, months=3, seed=9)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(SMALL, tmp_path / name)
    for folder in ("inbox", "truth"):
        assert digests(tmp_path / "one" / folder) == digests(tmp_path / "two" / folder)


def test_another_seed_gives_another_city(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "one")
    generate(SMALL.model_copy(update={"seed": 10}), tmp_path / "two")
    assert digests(tmp_path / "one" / "inbox") != digests(tmp_path / "two" / "inbox")


def test_second_run_writes_nothing(tmp_path: Path) -> None:
    first = generate(SMALL, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    second = generate(SMALL, tmp_path)
    assert second.unchanged
    assert (second.files, second.rows, second.faults) == (first.files, first.rows, first.faults)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


def test_a_lost_file_comes_back(tmp_path: Path) -> None:
    generate(SMALL, tmp_path)
    before = digests(tmp_path / "inbox")
    next((tmp_path / "inbox").glob("births_*")).unlink()
    assert not generate(SMALL, tmp_path).unchanged
    assert digests(tmp_path / "inbox") == before


def test_other_options_leave_no_file_of_the_old_city(tmp_path: Path) -> None:
    generate(SMALL, tmp_path)
    generate(SMALL.model_copy(update={"months": 2}), tmp_path)
    assert not list((tmp_path / "inbox").glob("*_201312*"))
    assert not list(tmp_path.rglob(".*"))


def test_an_inbox_has_its_truth_beside_it(tmp_path: Path) -> None:
    assert folders(tmp_path / "inbox") == (tmp_path / "inbox", tmp_path / "truth")
    assert folders(tmp_path) == (tmp_path / "inbox", tmp_path / "truth")


@pytest.mark.parametrize("bad", ["2013-13", "201310", "202年9月"])
def test_a_month_that_does_not_exist_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError, match="start must be a month"):
        CityOptions(start=bad)


def test_scaling_changes_only_faults() -> None:
    doubled = FaultRates().scaled(2)
    assert all(getattr(doubled, kind) == 2 * getattr(FaultRates(), kind) for kind in (*ROW_KINDS, *FILE_KINDS))
    assert doubled.legal_dirt == FaultRates().legal_dirt
    assert FaultRates().scaled(0) == FaultRates.none()


def test_progress_reaches_its_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    generate(SMALL, tmp_path, lambda _what, done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_a_clean_city_has_no_fault_and_every_delivery(clean: Generated) -> None:
    assert clean.truth("faults") == []
    files = clean.truth("files")
    first = parse_month(clean.options.start)
    months = [month_of_year(month) for month in range(first, first + clean.options.months)]
    linked = sum(layout.due(register, month) for month in months for register in layout.COLUMNS)
    assert len(files) == clean.options.months * (2 * 5 + 1) + 2 * linked
    assert {row["file"] for row in files} == {path.name for path in (clean.home / "inbox").iterdir()}
    assert clean.summary.rows == sum(int(row["rows"]) for row in files)


def window_births(city: Generated) -> dict[str, tuple[str, dict[str, str]]]:
    """Every birth that the deliveries hold, with the month of the first file that has it."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for row in city.truth("files"):
        if row["register"] == "births":
            for birth in city.rows(row["file"]):
                found.setdefault(birth["birth_no"], (row["month"], birth))
    return found


def test_truth_equals_the_files_of_a_clean_city(clean: Generated) -> None:
    by_event: Counter[tuple[str, str, str]] = Counter()
    by_report: Counter[tuple[str, str, str]] = Counter()
    for month, birth in window_births(clean).values():
        happened, area = iso(birth["birth_date"])[:7], birth["area"]
        sex = "births_male" if birth["sex"] == "男" else "births_female"
        measures = ["births", sex] + (["births_in_policy"] if birth["policy_status"] == "政策内" else [])
        for measure in measures:
            by_event[happened, area, measure] += 1
            by_report[month, area, measure] += 1
    wanted = {"births", "births_male", "births_female", "births_in_policy"}
    for basis in ("registered", "landed"):
        for clock, counted in (("event", by_event), ("report", by_report)):
            truth = {
                (row["month"], row["area_code"], row["measure"]): int(row["value"])
                for row in clean.truth("counts")
                if row["basis"] == basis and row["clock"] == clock and row["measure"] in wanted
            }
            assert truth == dict(counted)


def test_population_truth_equals_the_files_of_a_clean_city(clean: Generated) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for row in clean.truth("files"):
        if row["register"] == "population":
            counted.update((row["month"], p["area"]) for p in clean.rows(row["file"]) if p["status"] == "在册")
    truth = {
        (row["month"], row["area_code"]): int(row["value"])
        for row in clean.truth("counts")
        if row["measure"] == "population"
    }
    assert truth == dict(counted)


def test_window_files_hold_their_policy_year(clean: Generated) -> None:
    for row in clean.truth("files"):
        if row["register"] == "births":
            first = policy_year_start(parse_month(row["month"]))
            months = [parse_month(iso(birth["registered_at"])) for birth in clean.rows(row["file"])]
            assert all(first <= month <= parse_month(row["month"]) for month in months)


def test_true_births_exceed_registered_ones(clean: Generated) -> None:
    totals: Counter[str] = Counter()
    for row in clean.truth("counts"):
        if row["measure"] == "births" and row["clock"] == "event" and row["month"] >= "2014-01":
            totals[row["basis"]] += int(row["value"])
    assert totals["true"] > totals["registered"] > 0.8 * totals["true"]
