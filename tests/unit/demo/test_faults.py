"""Every kind of fault occurs, and the recorded line really holds it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from demo_city import Generated, check_ok, iso, plain, register_of

from orchestration.demo import layout
from orchestration.demo.bureau import AREA_KINDS, OFFICIAL_KINDS
from orchestration.demo.faults import EVENT, IDENTIFIER, KEY, KINDS, REGISTERED, STRAY, rule_of
from orchestration.demo.months import parse_month, policy_year_start
from orchestration.demo.options import FILE_KINDS, ROW_KINDS, FaultRates
from orchestration.demo.registers import COLUMNS, PERSON_REGISTERS

CODES = set(
    [
        "男",
        "女",
        "农业",
        "非农业",
        "未婚",
        "初婚",
        "再婚",
        "复婚",
        "离婚",
        "丧偶",
        "在册",
        "死亡",
        "迁出",
        "政策内",
        "政策外",
    ]
)


# the right file comes as _1
CORRECTED = {"late_share", "other_code_book", "empty_file", *OFFICIAL_KINDS, *AREA_KINDS} - {"unknown_villages"}


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(iso(text))
    except ValueError:
        return False
    return True


@pytest.fixture(scope="session")
def recorded(faulty: Generated) -> list[dict[str, str]]:
    return faulty.truth("faults")


@pytest.fixture(scope="session")
def deliveries(faulty: Generated, recorded: list[dict[str, str]]) -> dict[str, list[str]]:
    return {
        file: faulty.lines(file)
        for file in {row["file"] for row in recorded if row["line"] and not row["file"].endswith("xlsx")}
    }


def cells_of(fault: dict[str, str], deliveries: dict[str, list[str]]) -> dict[str, str]:
    line = deliveries[fault["file"]][int(fault["line"]) - 1]
    names = COLUMNS[register_of(fault["file"])]
    return {name: plain(cell) for name, cell in zip(names, line.split(","), strict=False)}


def of_kind(recorded: list[dict[str, str]], kind: str) -> list[dict[str, str]]:
    rows = [row for row in recorded if row["kind"] == kind and row["line"]]
    assert rows, f"{kind} never occurred"
    return rows


def test_every_kind_occurs(recorded: list[dict[str, str]]) -> None:
    assert set(ROW_KINDS) | set(FILE_KINDS) == {row["kind"] for row in recorded}
    known = [row for row in recorded if row["kind"] in KINDS]
    assert all(row["rule"] == rule_of(row["kind"], register_of(row["file"])) for row in known)
    assert all(row["rule"] for row in recorded)
    assert {row["outcome"] for row in recorded} == {
        "quarantined", "lands", "held", "missing", "refused", "duplicate"}  # fmt: skip


def test_every_kind_occurs_in_each_of_its_registers(recorded: list[dict[str, str]]) -> None:
    seen = {(row["kind"], register_of(row["file"])) for row in recorded if row["line"]}
    wanted = {(kind.name, register) for kind in KINDS.values() for register in kind.registers}
    struck = {register for _, register in seen}
    assert set(layout.COLUMNS) - struck <= set(layout.FULL)  # whose rates are those of the population register
    wanted = {(kind, register) for kind, register in wanted if register in PERSON_REGISTERS}
    assert wanted - seen <= {("redelivery", register) for register in IDENTIFIER}


HOLDS = {
    "bad_check_digit": lambda fault, cells: not check_ok(cells[fault["column"]]),
    "missing_identifier": lambda fault, cells: cells[IDENTIFIER[register_of(fault["file"])]] == "",
    "impossible_date": lambda fault, cells: not is_date(cells[fault["column"]]),
    "unknown_code": lambda fault, cells: cells[fault["column"]] not in CODES,
    "area_outside_county": lambda fault, cells: cells["area"][:6] != "99" + fault["file"].split("_99")[1][:4],
    "area_malformed": lambda fault, cells: not (len(cells["area"]) == 12 and cells["area"].isdigit()),
    "missing_required": lambda fault, cells: cells[fault["column"]] == "",
    "parity_out_of_range": lambda fault, cells: not 1 <= int(cells["parity"]) <= 15,
    "unknown_village": lambda fault, cells: cells["area"][9:] >= "900",
    "missing_household_type": lambda fault, cells: cells["household_type"] == "",
    "missing_residence": lambda fault, cells: cells["residence_area"] == "",
    "marriage_contradiction": lambda fault, cells: (
        cells["marital_status"] == "未婚" and is_date(cells["first_marriage_date"])
    ),
    "ended_without_date": lambda fault, cells: cells["status"] in ("死亡", "迁出") and cells["status_date"] == "",
    "missing_mother_birth_date": lambda fault, cells: cells["mother_birth_date"] == "",
    "age_implausible": lambda fault, cells: (
        (date.fromisoformat(iso(cells["death_date"])) - date.fromisoformat(iso(cells["birth_date"]))).days > 115 * 365
        and check_ok(cells["id"])
    ),
    "malformed_number": lambda fault, cells: len(cells["institution"]) == 11 and cells["institution"].isdigit(),
    "undecodable": lambda fault, cells: (
        [name for name, cell in cells.items() if "\udcff" in cell] == [STRAY[register_of(fault["file"])]]
    ),
}


@pytest.mark.parametrize("kind", sorted(HOLDS))
def test_the_line_holds_the_cell_fault(
    kind: str, recorded: list[dict[str, str]], deliveries: dict[str, list[str]]
) -> None:
    for fault in of_kind(recorded, kind):
        assert HOLDS[kind](fault, cells_of(fault, deliveries)), fault


def test_dates_out_of_order(recorded: list[dict[str, str]], deliveries: dict[str, list[str]]) -> None:
    for fault in of_kind(recorded, "registered_before_event"):
        register, cells = register_of(fault["file"]), cells_of(fault, deliveries)
        assert iso(cells[REGISTERED[register]]) < iso(cells[EVENT[register]])
    for fault in of_kind(recorded, "after_month_end"):
        cells = cells_of(fault, deliveries)
        assert parse_month(iso(cells[fault["column"]])) > month_of(fault["file"])
    for fault in of_kind(recorded, "outside_window"):
        cells = cells_of(fault, deliveries)
        assert parse_month(iso(cells[fault["column"]])) < policy_year_start(month_of(fault["file"]))
    for fault in of_kind(recorded, "mother_age_implausible"):
        cells = cells_of(fault, deliveries)
        age = int(iso(cells["birth_date"])[:4]) - int(iso(cells["mother_birth_date"])[:4])
        assert not 12 <= age <= 55


def month_of(file: str) -> int:
    digits = file.split("_99", 1)[1].split("_")[1][:6]
    return parse_month(f"{digits[:4]}-{digits[4:]}")


@pytest.mark.parametrize(("kind", "more"), [("extra_separator", 1), ("missing_separator", -1)])
def test_line_width(kind: str, more: int, recorded: list[dict[str, str]], deliveries: dict[str, list[str]]) -> None:
    for fault in of_kind(recorded, kind):
        lines = deliveries[fault["file"]]
        assert lines[int(fault["line"]) - 1].count(",") == lines[0].count(",") + more


def test_copies(recorded: list[dict[str, str]], deliveries: dict[str, list[str]]) -> None:
    for fault in of_kind(recorded, "duplicate_row"):
        lines = deliveries[fault["file"]]
        assert lines.count(lines[int(fault["line"]) - 1]) == 2
    for fault in of_kind(recorded, "duplicate_key"):
        key = KEY[register_of(fault["file"])]
        cells = cells_of(fault, deliveries)
        lines = deliveries[fault["file"]]
        twins = [cells_of(fault | {"line": str(n)}, deliveries) for n in range(2, len(lines) + 1)]
        twins = [twin for twin in twins if twin.get(key) == cells[key]]
        assert len(twins) == 2
        assert twins[0] != twins[1]


def test_persons_registered_twice(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    month, names = "201402", {row["file"] for row in faulty.truth("files")}
    persons: Counter[str] = Counter()
    extra = []
    for row in faulty.truth("files"):
        if again(row["file"]) in names:
            continue  # the file that counts is the later one
        if row["register"] == "population" and row["month"].replace("-", "") == month:
            lines = faulty.lines(row["file"])
            persons.update(plain(line.split(",")[0]) for line in lines[1:])
            extra += [
                plain(lines[int(fault["line"]) - 1].split(",")[0])
                for fault in recorded
                if fault["file"] == row["file"] and fault["kind"] == "duplicate_person"
            ]
    assert extra
    assert sum(persons[person] == 2 for person in extra) > 0.9 * len(extra)


def test_second_entries_are_told_apart_by_what_can_see_them(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    """The file's own check where both entries are good rows of it; the rest only the whole city shows."""
    whole = {fault["file"] for fault in recorded if fault["kind"] == "many_duplicates"}
    bad = {(f["file"], f["line"]) for f in recorded if f["kind"] in KINDS and KINDS[f["kind"]].outcome == "quarantined"}
    twice = [fault for fault in recorded if fault["kind"] == "duplicate_person" and fault["file"] not in whole]
    persons = {
        file: [plain(line.split(",")[0]) for line in faulty.lines(file)] for file in {fault["file"] for fault in twice}
    }
    good = {
        file: Counter(person for n, person in enumerate(of_file, start=1) if (file, str(n)) not in bad)
        for file, of_file in persons.items()
    }
    for fault in twice:
        person = persons[fault["file"]][int(fault["line"]) - 1]
        in_file = (fault["file"], fault["line"]) not in bad and good[fault["file"]][person] == 2
        assert fault["rule"] == ("duplicates" if in_file else "register_duplicates"), fault
    rules = Counter(fault["rule"] for fault in twice)
    assert min(rules["duplicates"], rules["register_duplicates"]) > 10


def test_no_other_line_is_malformed(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    known = {(row["file"], row["line"]) for row in recorded}
    # what is refused is not read, and what comes twice is recorded once
    known_whole = {row["file"] for row in recorded if row["kind"] in ("wrong_encoding", "same_bytes")}
    for row in faulty.truth("files"):
        if not row["file"].endswith(".xlsx") and row["register"] != "areas" and row["file"] not in known_whole:
            lines = faulty.lines(row["file"])
            assert len(lines) == int(row["rows"]) + 1
            width = lines[0].count(",")
            odd = [str(n) for n, line in enumerate(lines, start=1) if line.count(",") != width]
            assert all((row["file"], line) in known for line in odd)


def is_whole(fault: dict[str, str]) -> bool:
    """About a file, or about one of the few rows of the statistics office's files; not a row that is mended by _1."""
    return not fault["line"] or fault["kind"] != "redelivery"


def test_file_level_faults(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    names = {row["file"]: int(row["rows"]) for row in faulty.truth("files")}
    whole = [row for row in recorded if row["kind"] in FILE_KINDS and is_whole(row)]
    kinds = Counter(row["kind"] for row in whole)
    assert kinds == {kind: getattr(faulty.options.faults, kind) for kind in FILE_KINDS}
    assert all(again(row["file"]) in names for row in whole if row["kind"] in CORRECTED)
    partial = [row["file"] for row in whole if row["kind"] == "partial_extract"]
    replaced = [file for file in partial if again(file) in names]
    assert len(replaced) == len(partial) - 1
    assert all(names[file] < 0.5 * names[again(file)] for file in replaced)
    for row in whole:
        assert (row["kind"] == "missing_delivery") == (row["file"] not in names)
        if row["kind"] == "redelivery":
            assert names[again(row["file"])] >= names[row["file"]] - 5


def test_a_file_in_the_wrong_encoding_comes_again(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    for fault in [row for row in recorded if row["kind"] == "wrong_encoding"]:
        wrong = (faulty.home / "inbox" / fault["file"]).read_bytes()
        assert wrong.startswith("死亡编号".encode())
        right = faulty.lines(again(fault["file"]))
        assert right[0].startswith("死亡编号")
        assert len(right) == wrong.count(b"\n")


def test_the_same_bytes_under_the_next_number(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    for fault in [row for row in recorded if row["kind"] == "same_bytes"]:
        twin = faulty.home / "inbox" / fault["file"]
        assert twin.read_bytes() == twin.with_name(twin.name.replace("_1.", ".")).read_bytes()


def again(file: str) -> str:
    stem, ending = file.split(".", 1)
    return f"{stem}_1.{ending}"


@pytest.mark.parametrize(
    ("check", "register", "kind", "column"),
    [
        ("rows", "births", "empty_file", ""),
        ("rows", "deaths", "empty_file", ""),
        ("rows", "birth_certificates", "empty_file", ""),
        ("rows", "population", "empty_file", ""),
        ("rows", "official_population", "empty_file", ""),
        ("birth_date_plausible", "population", "implausible_share", "birth_date"),
        ("household_type_complete", "population", "high_missing_share", "household_type"),
        ("residence_area_complete", "population", "high_missing_share", "residence_area"),
        ("ended_with_date", "population", "high_missing_share", "status_date"),
        ("marriage_consistent", "population", "contradiction_share", "marital_status"),
        ("duplicates", "population", "many_duplicates", "id"),
        ("parity_plausible", "births", "implausible_share", "parity"),
        ("mother_age_plausible", "births", "implausible_share", "mother_birth_date"),
        ("mother_birth_date_complete", "births", "high_missing_share", "mother_birth_date"),
        ("institution_complete", "births", "high_missing_share", "institution"),
        ("timely", "births", "late_registration_burst", "registered_at"),
        ("age_plausible", "deaths", "implausible_share", "birth_date"),
        ("timely", "deaths", "late_share", "death_date"),
        ("institution_complete", "birth_certificates", "high_missing_share", "institution"),
        ("timely", "birth_certificates", "late_share", "birth_date"),
        ("steady", "official_population", "official_jump", "year_end_population"),
        ("unique", "official_population", "official_twice", "area"),
        ("parent_known", "areas", "area_parent_missing", "area"),
        ("one_city", "areas", "second_city", "level"),
        ("ends_before_start", "areas", "area_ends_early", "valid_to"),
        *[
            (check, register, kind, column)
            for check, kind, column in (
                ("area_known", "unknown_villages", "area"),
                ("area_mostly_known", "other_code_book", "area"),
                ("few_quarantined", "bad_batch", ""),
            )
            for register in ("population", "births", "deaths", "birth_certificates", "official_population")
            if (register, kind) != ("official_population", "bad_batch")
        ],
    ],
)
def test_every_check_of_the_suites_has_a_file_that_trips_it(
    default_faults: list[dict[str, str]], check: str, register: str, kind: str, column: str
) -> None:
    """At default rates, 18 months."""
    found = [row for row in default_faults if (row["kind"], row["column"]) == (kind, column)]
    assert any(row["file"].startswith(f"{register}_99") for row in found), check


def test_every_kind_of_file_fault_occurs_at_default_rates(default_faults: list[dict[str, str]]) -> None:
    counted = Counter(row["kind"] for row in default_faults if is_whole(row))
    assert {kind: counted[kind] for kind in FILE_KINDS} == {kind: getattr(FaultRates(), kind) for kind in FILE_KINDS}
    assert set(ROW_KINDS) - set(counted) == set()


def test_shares_are_what_they_say(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    for fault in of_file_kind(recorded, "high_missing_share"):
        if fault["column"] != "status_date":  # also empty for those who are neither dead nor gone
            rows = list(faulty.rows(fault["file"]))
            assert 0.15 <= sum(not row[fault["column"]] for row in rows) / len(rows) <= 0.5
    for fault in of_file_kind(recorded, "empty_file"):
        if not fault["file"].endswith(".xlsx"):
            assert len(faulty.lines(fault["file"])) == 1
    for fault in of_file_kind(recorded, "many_duplicates"):
        persons = Counter(row["id"] for row in faulty.rows(fault["file"]))
        assert sum(count == 2 for count in persons.values()) > 0.015 * len(persons)


def of_file_kind(recorded: list[dict[str, str]], kind: str) -> list[dict[str, str]]:
    rows = [row for row in recorded if row["kind"] == kind]
    assert rows, f"{kind} never occurred"
    return rows


def test_an_area_register_without_a_township(faulty: Generated, recorded: list[dict[str, str]]) -> None:
    file = of_file_kind(recorded, "area_parent_missing")[0]["file"]
    codes = {row["area"] for row in faulty.rows(file)}
    parents = {f"{code[:9]}000" for code in codes if not code.endswith("000")}
    assert parents - codes
    right = {row["area"] for row in faulty.rows(again(file))}
    assert not {f"{code[:9]}000" for code in right if not code.endswith("000")} - right
