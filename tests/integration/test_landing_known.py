"""Known lines are a shortcut and nothing else: with and without it the same rows stand, are quarantined and refused."""

import csv
import gzip
import io
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import deliver, known
from orchestration.landing import rows as rows_of_files
from orchestration.landing.contracts import Register, RowRule
from tests.landing_kit import COUNTY, REGISTERS, Home, Row, csv_text, good_rows, quick_landing, workbook

MONTHS = ("201408", "201409", "201410", "201411", "201412")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    quick_landing(monkeypatch)
    yield


def home_at(path: Path) -> Home:
    home = Home(path / "home")
    home.land(home.areas("201407"))
    return home


def put(home: Home, month: str, text: str, ending: str = "csv", register: str = "population") -> Path:
    """A delivery with the rows of a CSV text, in any form; `quoted` is CSV with a quote in its last line."""
    data = text.encode(REGISTERS[register].encoding)
    match ending:
        case "csv.gz":
            data = gzip.compress(data, mtime=0)
        case "quoted":
            head, last = data.rstrip(b"\n").rsplit(b",", 1)
            ending, data = "csv", head + b',"' + last + b'"\n'
        case "xlsx":
            data = workbook(list(csv.reader(io.StringIO(text))))
        case "parquet":
            header, *rows = csv.reader(io.StringIO(text))
            sink = io.BytesIO()
            pq.write_table(pa.table([pa.array(cells) for cells in zip(*rows, strict=True)], header), sink)
            data = sink.getvalue()
    return home.put(f"{register}_{COUNTY}_{month}.{ending}", data)


def people(*numbers: int) -> list[Row]:
    rows = good_rows("population", max(numbers) + 1)
    return [rows[number] for number in numbers]


def read_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each later chunk of the reader brings to the checks (and so to the pseudonyms)."""
    counts: list[int] = []
    real = deliver.Lander._stage_chunk

    def counted(lander: Any, register: Any, name: Any, chunk: Any) -> Any:
        counts.append(chunk.rows.num_rows)
        return real(lander, register, name, chunk)

    monkeypatch.setattr(deliver.Lander, "_stage_chunk", counted)
    return counts


@pytest.mark.parametrize("ending", ["quoted", "xlsx", "parquet"])
def test_only_changed_rows_of_other_files_are_checked_and_hashed(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their rows are known by their cells, and by those only that land; one form of file does not know another's lines."""
    monkeypatch.setattr(rows_of_files, "ROWS_PER_CHUNK", 40)
    home = home_at(tmp_path)
    home.land(put(home, "201408", csv_text("population", people(*range(100))), ending))
    counts = read_rows(monkeypatch)
    rows = people(*range(1, 102))
    rows[50] |= {"address": "别处"}
    rows[60] |= {"sex": "?"}
    (outcome,) = home.land(put(home, "201409", csv_text("population", rows), ending))
    assert sum(counts) == 3, "two new, one faulty"
    assert (outcome.rows_in, outcome.rows_unchanged, outcome.rows_landed) == (101, 98, 2)
    line = 61 if ending == "parquet" else 62
    assert home.ask("select line, column_name, rule from landing.quarantine") == [(line, "sex", "unknown_code")]
    counts.clear()
    home.land(put(home, "201410", csv_text("population", people(*range(1, 102)))))
    assert sum(counts) == 101


def test_known_lines_of_a_file_of_mostly_new_ones_are_not_hashed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_at(tmp_path)
    home.land(put(home, "201408", csv_text("population", people(*range(30)))))
    counts = read_rows(monkeypatch)
    (outcome,) = home.land(put(home, "201409", csv_text("population", people(*range(100)))))
    assert sum(counts) == 70
    assert (outcome.rows_in, outcome.rows_unchanged, outcome.rows_landed) == (100, 30, 70)


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_only_changed_lines_are_read_and_hashed(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_at(tmp_path)
    home.land(put(home, "201408", csv_text("population", people(*range(100))), ending))
    counts = read_rows(monkeypatch)
    rows = people(*range(1, 102))
    rows[50] |= {"address": "别处"}  # never lands, and yet the line is another
    rows[60] |= {"sex": "?"}
    (outcome,) = home.land(put(home, "201409", csv_text("population", rows), ending))
    assert sum(counts) == 4, "two new, one with another address, one faulty"
    assert (outcome.rows_in, outcome.rows_unchanged, outcome.rows_landed) == (101, 98, 2)
    assert home.ask("select line, column_name, rule from landing.quarantine") == [(62, "sex", "unknown_code")]


def test_a_line_is_unknown_to_another_area_another_header_another_key(tmp_path: Path) -> None:
    register = REGISTERS["population"]
    home = home_at(tmp_path)
    home.land(put(home, "201408", csv_text("population", people(1, 2))))
    with deliver.landing(home.settings) as lander:
        lines = lander._known
        keys = {
            lines._key(known.LINE, register, COUNTY, b"a,b\n"),
            lines._key(known.ROW, register, COUNTY, b"a,b\n"),
            lines._key(known.LINE, register, COUNTY, b"b,a\n"),
            lines._key(known.LINE, register, "990102", b"a,b\n"),
            lines._key(known.LINE, register.model_copy(update={"encoding": "utf-8"}), COUNTY, b"a,b\n"),
        }
    assert len(keys) == 5
    stored = home.ask("select high, low from lines.population")
    assert len(stored) == 2


def test_a_month_before_the_first_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was good at the end of a later month may lie in an earlier one's future."""
    home = home_at(tmp_path)
    home.land(put(home, "201409", csv_text("population", people(*range(30)))))
    counts = read_rows(monkeypatch)
    home.land(put(home, "201408", csv_text("population", people(*range(29)))))
    assert sum(counts) == 29


def test_stale_lines_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "FORGIVEN", 4)
    home = home_at(tmp_path)
    rows = people(*range(60))
    home.land(put(home, "201408", csv_text("population", rows)))
    moved = [row | {"address": "别处"} if number < 50 else row for number, row in enumerate(rows)]
    (outcome,) = home.land(put(home, "201409", csv_text("population", moved)))
    assert outcome.rows_unchanged == 60
    assert home.ask("select count(*) from lines.population") == [(60,)]


def test_a_window_knows_the_lines_of_its_policy_year_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_at(tmp_path)
    counts = read_rows(monkeypatch)
    rows = good_rows("births", 40, month="2014-08")
    read = []
    for month, text in (
        ("201408", csv_text("births", rows)),
        ("201409", csv_text("births", rows + good_rows("births", 3, month="2014-09", start=40))),
        ("201410", csv_text("births", rows[:2] + good_rows("births", 98, month="2014-10", start=50))),
    ):
        (outcome,) = home.land(put(home, month, text, register="births"))
        read.append(sum(counts))
        counts.clear()
    assert read == [40, 3, 100], "the new policy year's first delivery is read whole"
    assert home.ask("select count(*), min(rule) from landing.quarantine") == [(2, "outside_window")]
    assert (outcome.rows_in, outcome.rows_landed, outcome.rows_closed) == (100, 98, 0)


def test_only_registers_with_monotone_rules_are_remembered() -> None:
    assert {name for name, register in REGISTERS.items() if not known.remembers(register)} == set()
    rule = RowRule.model_construct(rule="r", column="area", sql="area <> '' or month_end < date '2015-01-01'")
    odd: Register = REGISTERS["population"].model_copy(update={"rules": [rule]})
    assert not known.remembers(odd)


def spoiled(rng: random.Random, rows: list[Row], register: str = "population") -> str:
    """The text of a delivery with a few of everything that can be the matter with a line."""
    lines = csv_text(register, rows).splitlines()
    for _ in range(rng.randrange(6)):
        place = rng.randrange(1, len(lines))
        match rng.randrange(8):
            case 0:
                lines[place] += ","
            case 1:
                lines[place] = lines[place].replace(",", ", ", 1)
            case 2:
                lines.insert(place, lines[rng.randrange(1, len(lines))])
            case 3:
                lines[place] = ""
            case 4:
                lines[place] = lines[place].replace("男", "？").replace("女", "？")
            case 5:
                lines[place] += "\r"
            case 6:
                lines[place] = lines[place].translate({ord(str(d)): 0xFF10 + d for d in range(10)})
            case _:
                lines[place] = lines[place][: len(lines[place]) // 2]
    if rng.random() < 0.15:
        place = rng.randrange(1, len(lines))
        cells = lines[place].split(",")
        lines[place] = ",".join([*cells[:-1], f'"{cells[-1]}"'])
    return "\n".join(lines) + ("\n" if rng.random() < 0.8 else "")


def land_in_both(fast: Home, slow: Home, patch: pytest.MonkeyPatch, month: str, *delivery: str) -> None:
    """The same delivery (text, form, register) with what came before remembered, and without."""
    fast.land(put(fast, month, *delivery))
    with patch.context() as forgetful:
        forgetful.setattr(known, "remembers", lambda _: False)
        slow.land(put(slow, month, *delivery))


LEDGER = """select file_name, status, reason, rows_in, rows_landed, rows_unchanged, rows_quarantined, rows_closed
    from landing.deliveries order by delivery"""
QUARANTINE = "select delivery, line, column_name, rule from landing.quarantine order by all"


@pytest.mark.parametrize("seed", range(6))
def test_with_and_without_the_shortcut_the_same_stands(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    fast, slow = home_at(tmp_path / "fast"), Home(tmp_path / "slow" / "home")
    shutil.copy(fast.settings.key_path, slow.settings.key_path)
    slow.land(slow.areas("201407"))
    months = [*MONTHS]
    if seed % 2:
        rng.shuffle(months)
    standing = set(range(60))
    for month in months:
        standing = {n for n in standing | {rng.randrange(80) for _ in range(3)} if rng.random() > 0.03}
        numbers = sorted(standing)
        rng.shuffle(numbers)
        text = spoiled(rng, people(*numbers))
        form = rng.choice(["csv", "csv", "csv.gz", "quoted"])
        land_in_both(fast, slow, monkeypatch, month, text, form)
        assert fast.ask(LEDGER) == slow.ask(LEDGER)
        assert fast.ask(QUARANTINE) == slow.ask(QUARANTINE)
        assert fast.hashes() == slow.hashes()
    assert fast.ask("select count(*) from lines.population")[0][0] > 40
    assert slow.ask("select count(*) from lines.population") == [(0,)]


@pytest.mark.parametrize("seed", range(4))
def test_windows_stand_the_same_with_and_without_the_shortcut(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Births of two policy years, spoiled, in and out of order; a few lines of the old year come back in the new one."""
    rng = random.Random(seed)
    fast, slow = home_at(tmp_path / "fast"), Home(tmp_path / "slow" / "home")
    shutil.copy(fast.settings.key_path, slow.settings.key_path)
    slow.land(slow.areas("201407"))
    born = {month: good_rows("births", 60, month=f"{month[:4]}-{month[4:]}", start=100 * place)
            for place, month in enumerate(MONTHS)}  # fmt: skip
    for month in rng.sample(MONTHS, len(MONTHS)) if seed % 2 else MONTHS:
        rows = [row for earlier in MONTHS if earlier <= month for row in born[earlier]
                if rng.random() < (0.96 if (earlier >= "201410") == (month >= "201410") else 0.01)]  # fmt: skip
        text = spoiled(rng, rows, "births")
        form = rng.choice(["csv", "csv", "csv.gz", "quoted"])
        land_in_both(fast, slow, monkeypatch, month, text, form, "births")
        assert fast.ask(LEDGER) == slow.ask(LEDGER)
        assert fast.ask(QUARANTINE) == slow.ask(QUARANTINE)
        assert fast.hashes() == slow.hashes()
    assert fast.ask("select count(*) from lines.births")[0][0] > 40
    assert slow.ask("select count(*) from lines.births") == [(0,)]
