"""`renkou check` says what `renkou land` would do and keeps nothing; `renkou template` writes what both accept."""

import json
from datetime import date
from pathlib import Path

import pytest
from home_process import run
from python_calamine import CalamineWorkbook

from orchestration.errors import Refusal
from orchestration.landing.deliver import landing
from orchestration.landing.template import write_template
from tests.landing_kit import COUNTY, REGISTERS, Home, csv_text, good_rows, quick_landing

MARCH = date(2015, 3, 1)


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    quick_landing(monkeypatch)
    home = Home(tmp_path / "home")
    home.land(home.areas())
    for name, value in (("HOME", str(home.settings.root)), ("SETTLE_SECONDS", "0"), ("THREADS", "1")):
        monkeypatch.setenv(f"RENKOU_{name}", value)
    return home


def dirty(count: int, bad: int) -> str:
    rows = good_rows("births", count)
    for row in rows[:bad]:
        row["parity"] = "甲子乙丑"
    return csv_text("births", rows)


FILES: dict[str, bytes | str] = {
    f"births_{COUNTY}_201503.csv": dirty(40, 0),
    f"births_{COUNTY}_201504.csv": dirty(40, 1),
    f"births_{COUNTY}_201505.csv": dirty(40, 20),
    f"births_{COUNTY}_201506.csv": b"",
    f"births_{COUNTY}_201507.csv": dirty(3, 0).encode("utf-8"),
    f"birth_{COUNTY}_201503.csv": b"x",
    "births_990177_201503.csv": dirty(3, 0),
    f"births_{COUNTY}_201503_1.csv": dirty(40, 0),
}


@pytest.mark.parametrize("name", FILES)
def test_check_and_land_give_the_same_verdict(home: Home, name: str) -> None:
    first = home.put(f"births_{COUNTY}_201503.csv", FILES[f"births_{COUNTY}_201503.csv"])
    if name.endswith("_1.csv"):
        home.land(first)
    path = home.settings.inbox / name
    content = FILES[name]
    path.write_bytes(content if isinstance(content, bytes) else content.encode("gb18030"))
    before = home.ask("select * from landing.deliveries"), archived(home)
    with landing(home.settings) as lander:
        checked, bad = lander.check(path)
    assert (home.ask("select * from landing.deliveries"), archived(home)) == before
    (landed,) = home.land(path)
    for figure in ("status", "reason", "gate", "rows_in", "rows_landed", "rows_unchanged", "rows_quarantined"):
        assert getattr(checked, figure) == getattr(landed, figure), figure
    assert [(b.line, b.column, b.rule) for b in bad] == home.ask(
        f"select line, column_name, rule from landing.quarantine where delivery = {landed.delivery or 0} order by all"
    )


def archived(home: Home) -> set[str]:
    return {path.name for path in home.settings.archive.rglob("*")}


def test_check_tells_the_sender_line_column_and_cure_but_not_the_content(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home.put(f"births_{COUNTY}_201504.csv", dirty(40, 1))
    assert run(monkeypatch, "check", path) == 0
    said = capsys.readouterr().out
    assert "not_a_number" in said and "parity" in said and "应为数字" in said
    assert "甲子乙丑" not in said
    assert run(monkeypatch, "check", path, "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["bad_rows"] == [{"line": 2, "column": "parity", "rule": "not_a_number"}]
    assert run(monkeypatch, "check", home.put(f"births_{COUNTY}_201505.csv", dirty(40, 20))) == 1
    assert run(monkeypatch, "check", home.put(f"births_{COUNTY}_201506.csv", b"")) == 2


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_an_empty_template_of_every_register_is_accepted(home: Home, register: str, form: str) -> None:
    if form not in REGISTERS[register].formats:
        with pytest.raises(Refusal, match="format"):
            write_template(REGISTERS, register, COUNTY, MARCH, form, home.settings.inbox)
        return
    area = COUNTY if REGISTERS[register].delivered_by == "county" else COUNTY[:4] + "00"
    path = write_template(REGISTERS, register, area, MARCH, form, home.settings.inbox)
    with landing(home.settings) as lander:
        outcome, bad = lander.check(path)
    held_for_rows = "row_count_fell" in (outcome.reason or "")  # an empty area register lost all areas
    assert outcome.status == "landed" or (register == "areas" and held_for_rows)
    assert (outcome.rows_in, bad) == (0, [])


def test_a_filled_template_lands(home: Home) -> None:
    path = write_template(REGISTERS, "births", COUNTY, MARCH, "csv", home.settings.inbox)
    body = csv_text("births", good_rows("births", 5)).split("\n", 1)[1]
    with path.open("ab") as handle:
        handle.write(body.encode("gb18030"))
    (outcome,) = home.land(path)
    assert (outcome.status, outcome.rows_landed) == ("landed", 5)


def test_a_workbook_template_explains_its_columns_on_a_second_sheet(tmp_path: Path) -> None:
    path = write_template(REGISTERS, "births", COUNTY, MARCH, "xlsx", tmp_path)
    book = CalamineWorkbook.from_path(str(path))
    notes = book.get_sheet_by_index(1).to_python()
    assert [row[0].split(" / ")[0] for row in notes[1:]] == [column.zh[0] for column in REGISTERS["births"].columns]
    assert any("男 / 女" in str(cell) for row in notes for cell in row)


def test_a_template_is_never_written_over_a_file(tmp_path: Path) -> None:
    write_template(REGISTERS, "births", COUNTY, MARCH, "csv", tmp_path)
    with pytest.raises(Refusal, match="file_exists"):
        write_template(REGISTERS, "births", COUNTY, MARCH, "csv", tmp_path)
    with pytest.raises(Refusal, match="did you mean 'births'"):
        write_template(REGISTERS, "birth", COUNTY, MARCH, "csv", tmp_path)
