"""Receive: names, files that are no files, files that still grow, and the archive."""

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import Refusal
from orchestration.landing import receive
from orchestration.landing.receive import parse_name, printable, source_of, wait_until_settled
from tests.landing_kit import REGISTERS


def rule(name: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse_name(name, REGISTERS)
    return caught.value


def test_a_name_says_everything() -> None:
    name = parse_name("population_990101_201503_2.csv.gz", REGISTERS)
    assert (name.register, name.area, name.month, name.redelivery, name.format) == (
        "population", "990101", date(2015, 3, 1), 2, "csv.gz")  # fmt: skip
    assert parse_name("births_990101_201503.csv", REGISTERS).redelivery == 0


@pytest.mark.parametrize(
    "name",
    [
        "births.csv", "births_990101.csv", "births_99010_201503.csv", "births_9901011_201503.csv", "Births_990101_201503.csv",
        "births_990101_201503.txt", "births_990101_201503.csv.zip", "births_990101_201503_x.csv", "births-990101-201503.csv",
        "births_９９０１０１_201503.csv", "births_990101_201503.csv\n", "births_990101_201503\n.csv",
        "births_990101_ 201503.csv", "births_990101_201503_1234.csv", "", ".csv", "出生_990101_201503.csv",
    ],
)  # fmt: skip
def test_names_of_another_form_are_refused(name: str) -> None:
    refusal = rule(name)
    assert refusal.rule == "file_name"
    assert "<register>_<area6>_<yyyymm>" in refusal.detail


@pytest.mark.parametrize("month", ["202年9月", "201513", "201500", "189912", "220001", "2015", "20150301", "二〇一五"])
def test_a_month_that_does_not_exist_is_named_as_such(month: str) -> None:
    refusal = rule(f"births_990101_{month}.csv")
    assert refusal.rule == "impossible_month"
    assert "201503" in refusal.detail


@pytest.mark.parametrize(("written", "near"), [("birth", "births"), ("popluation", "population"), ("death", "deaths")])
def test_an_unknown_register_is_told_its_nearest(written: str, near: str) -> None:
    refusal = rule(f"{written}_990101_201503.csv")
    assert refusal.rule == "unknown_register"
    assert f"did you mean '{near}'?" in refusal.detail
    assert "known: " + ", ".join(sorted(REGISTERS)) in refusal.detail


def test_an_unknown_register_without_a_neighbour_still_learns_what_is_known() -> None:
    refusal = rule("zzzzqqq_990101_201503.csv")
    assert "did you mean" not in refusal.detail
    assert "births" in refusal.detail


def test_a_format_that_the_register_does_not_use_is_refused() -> None:
    refusal = rule("areas_990100_201503.csv.gz")
    assert refusal.rule == "format"
    assert "csv, xlsx, parquet" in refusal.detail


def test_every_register_takes_parquet() -> None:
    for register in REGISTERS:
        assert parse_name(f"{register}_990101_201503.parquet", REGISTERS).format == "parquet"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.csv", "a&b\"c'd.csv", "bell\x07\x1b[31m.csv", "line\nbreak.csv"]
)
def test_markup_and_control_characters_are_not_printed(name: str) -> None:
    refusal = rule(name)
    assert not set("<>&\"'\x07\x1b\n") & set(refusal.file)
    assert refusal.file == printable(name)


def test_a_long_name_is_cut() -> None:
    assert len(printable("x" * 4000)) == 120


def test_areas_land_first_and_then_month_by_month() -> None:
    names = ["births_990101_201504.csv", "areas_990100_201504.csv", "population_990101_201503.csv", "births_990101_201503_1.csv",
             "births_990101_201503.csv"]  # fmt: skip
    ordered = sorted((parse_name(name, REGISTERS) for name in names), key=lambda n: n.order)
    assert [n.name for n in ordered] == [
        "areas_990100_201504.csv", "births_990101_201503.csv", "births_990101_201503_1.csv", "population_990101_201503.csv",
        "births_990101_201504.csv"]  # fmt: skip


@pytest.mark.parametrize("kind", ["symlink", "fifo", "folder", "missing", "dangling"])
def test_what_is_no_regular_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "births_990101_201503.csv"
    (tmp_path / "other").write_bytes(b"secret")
    match kind:
        case "symlink":
            path.symlink_to(tmp_path / "other")
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    assert wait_until_settled([path], 0) == {}
    with pytest.raises(Refusal) as caught, source_of(path):
        pass
    assert caught.value.rule == ("no_such_file" if kind == "missing" else "not_a_file")


def test_a_file_that_changed_between_two_looks_is_still_growing(tmp_path: Path) -> None:
    path = tmp_path / "births_990101_201503.csv"
    path.write_bytes(b"half")
    seen = wait_until_settled([path], 0)
    path.write_bytes(b"half and half")
    with pytest.raises(Refusal) as caught, source_of(path, seen[path]):
        pass
    assert caught.value.rule == "still_growing"


def test_a_file_written_to_just_now_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, old = tmp_path / "new.csv", tmp_path / "old.csv"
    path.write_bytes(b"x")
    old.write_bytes(b"x")
    os.utime(old, (1_400_000_000, 1_400_000_000))
    waits: list[float] = []
    monkeypatch.setattr(receive.time, "sleep", waits.append)
    assert list(wait_until_settled([old], 5)) == [old]
    assert waits == []
    assert list(wait_until_settled([old, path], 5)) == [old, path]
    assert waits == [5]


def test_a_file_that_grows_while_it_is_read_is_still_growing(tmp_path: Path) -> None:
    path = tmp_path / "births_990101_201503.csv"
    path.write_bytes(b"half")
    with source_of(path) as source:
        assert source.digest() == hashlib.sha256(b"half").hexdigest()
        with path.open("ab") as more:
            more.write(b" and half")
        with pytest.raises(Refusal) as caught:
            source.digest()
    assert caught.value.rule == "still_growing"


def test_a_file_that_another_took_the_place_of_is_still_growing(tmp_path: Path) -> None:
    path = tmp_path / "births_990101_201503.csv"
    path.write_bytes(b"one")
    with source_of(path) as source:
        (tmp_path / "new").write_bytes(b"two, longer")
        (tmp_path / "new").replace(path)
        with pytest.raises(Refusal) as caught:
            source.require_unchanged()
    assert caught.value.rule == "still_growing"
