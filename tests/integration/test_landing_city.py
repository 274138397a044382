"""A generated city, faults and all, through the door: nothing is lost, nothing lands twice, every fault is named."""

import csv
import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions, FaultRates
from orchestration.landing.inbox import inbox_files
from orchestration.landing.ledger import Outcome
from orchestration.landing.receive import parse_name
from tests.landing_kit import REGISTERS, Home, quick_landing

LANDING = {
    "unknown_village",
    "duplicate_person",
    "mother_age_implausible",
    "redelivery",
    "missing_household_type",
    "missing_residence",
    "marriage_contradiction",
    "ended_without_date",
    "missing_mother_birth_date",
    "age_implausible",
}  # faults that no row is refused for
RULES = {"area_outside_county": "area_outside_delivery", "parity_out_of_range": "out_of_range",
         "extra_separator": "width", "missing_separator": "width"}  # fmt: skip


class LandedCity:
    """A city that has landed, and what was said about each file."""

    def __init__(self, home: Home) -> None:
        self.home = home
        rates = FaultRates().scaled(25).model_copy(update={"population_factor": 0.02, "missing_delivery": 2, "bad_batch": 2,
                                                           "redelivery": 6, "partial_extract": 2, "max_row_share": 0.5,
                                                           "parity_out_of_range": 0.2})  # fmt: skip
        generate(CityOptions(persons=6000, months=3, seed=11, start="2014-08", faults=rates), home.settings.root)
        self.outcomes: dict[str, Outcome] = {o.file: o for o in home.land(*inbox_files(home.settings))}

    def truth(self) -> list[dict[str, str]]:
        """Every injected fault."""
        with (self.home.settings.root / "truth" / "faults.csv").open(encoding="utf-8", newline="") as source:
            return list(csv.DictReader(source))

    def bad_rows(self) -> list[dict[str, str]]:
        """The injected faults for which a row must be quarantined, also in files that are held."""
        return [f for f in self.truth() if f["line"] and f["outcome"] != "lands" and f["kind"] not in LANDING]


@pytest.fixture(scope="module", name="city")
def _city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandedCity]:
    root = tmp_path_factory.mktemp("city")
    with pytest.MonkeyPatch.context() as patch:
        quick_landing(patch)
        yield LandedCity(Home(root))


def test_every_file_of_the_city_has_an_outcome(city: LandedCity) -> None:
    assert set(city.outcomes) == {path.name for path in inbox_files(city.home.settings)}
    assert {o.status for o in city.outcomes.values()} == {"landed", "held", "refused", "duplicate"}
    ledger = city.home.ask("select file_name, sha256 from landing.deliveries")
    assert len(ledger) == len(city.outcomes)
    for _, digest in ledger:
        assert (city.home.settings.archive / digest[:2] / f"{digest}.age").is_file()


def test_rows_in_are_landed_unchanged_or_quarantined_for_every_delivery(city: LandedCity) -> None:
    landed = city.home.ask(
        "select file_name, rows_in, rows_landed, rows_unchanged, rows_quarantined from landing.deliveries "
        "where landed_at is not null"
    )
    assert len(landed) > 20
    for name, rows_in, new, same, quarantined in landed:
        assert rows_in == new + same + quarantined, name
    assert city.home.ask("select count(*) from landing.deliveries where status = 'landed' and landed_at is null") == [
        (0,)
    ]


def test_rows_in_is_what_the_files_hold(city: LandedCity) -> None:
    """Counted from the files themselves, by lines that hold more than separators."""
    for name, outcome in city.outcomes.items():
        if not name.endswith(".xlsx") and outcome.status in ("landed", "held"):
            data = (city.home.settings.inbox / name).read_bytes()
            lines = (gzip.decompress(data) if name.endswith(".gz") else data).split(b"\n")[1:]
            assert outcome.rows_in == sum(bool(line.strip(b",\r ")) for line in lines), name


def test_the_quarantine_is_what_was_injected(city: LandedCity) -> None:
    """File, line, column and rule; a row may break a second rule by the same fault, which is then on the same line."""
    truth = city.bad_rows()
    expected = {(f["file"], int(f["line"]), RULES.get(f["rule"], f["rule"])) for f in truth}
    found = set(
        city.home.ask("select file_name, line, rule from landing.quarantine join landing.deliveries using (delivery)")
    )
    assert {fault["kind"] for fault in truth} >= {
        "bad_check_digit", "missing_identifier", "impossible_date", "unknown_code", "area_outside_county", "area_malformed",
        "missing_required", "registered_before_event", "after_month_end", "outside_window", "parity_out_of_range",
        "extra_separator", "missing_separator", "duplicate_key", "duplicate_row"}  # fmt: skip
    assert expected - found == set()
    assert {(file, line) for file, line, _ in found} == {(file, line) for file, line, _ in expected}
    assert len(found) <= len(expected) * 1.1


def test_quarantined_columns_are_those_of_the_contract(city: LandedCity) -> None:
    truth = {(f["file"], int(f["line"])): f for f in city.bad_rows()}
    rows = city.home.ask(
        "select file_name, line, column_name, rule from landing.quarantine join landing.deliveries using (delivery)"
    )
    for file, line, column, rule in rows:
        fault = truth[file, line]
        assert column == "" or column in {c.name for c in REGISTERS[parse_name(file, REGISTERS).register].columns}
        if rule == RULES.get(fault["rule"], fault["rule"]) and fault["column"]:
            assert column == fault["column"], (file, line, rule)


def test_partial_extracts_and_bad_batches_are_held_and_nothing_else(city: LandedCity) -> None:
    """Files that the generator shrank, emptied, soiled or wrote with another code book: just those may be held."""
    kinds = {"partial_extract", "bad_batch", "other_code_book", "empty_file", "area_parent_missing", "second_city",
             "villages_missing", "month_missing"}  # fmt: skip
    suspicious = {f["file"] for f in city.truth() if f["kind"] in kinds}
    held = {name: o.reason or "" for name, o in city.outcomes.items() if o.status == "held"}
    per_file = Counter(f["file"] for f in city.bad_rows())
    many = {name for name, o in city.outcomes.items() if per_file[name] > 0.03 * (o.rows_in or 1)}
    assert held
    assert set(held) <= suspicious | many


def test_landing_everything_again_changes_nothing(city: LandedCity) -> None:
    before = (city.home.hashes(), city.home.ask("select * from landing.deliveries order by delivery"))
    again = city.home.land(*inbox_files(city.home.settings))
    assert all(outcome.known for outcome in again)
    assert {o.file: o.status for o in again} == {
        name: status for name, status in city.home.ask("select file_name, status from landing.deliveries")}  # fmt: skip
    assert (city.home.hashes(), city.home.ask("select * from landing.deliveries order by delivery")) == before


def test_the_original_files_are_untouched(city: LandedCity, tmp_path: Path) -> None:
    for name, digest in city.home.ask("select file_name, sha256 from landing.deliveries"):
        data = (city.home.settings.inbox / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
