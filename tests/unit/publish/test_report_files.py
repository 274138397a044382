"""Reports as files: what the two editions say, who may read them, where the office's must not be, and their tables."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import RenkouError
from orchestration.publish.analyst import QueryError
from orchestration.publish.office import NOTICE_EN, NOTICE_ZH
from orchestration.publish.page import NothingPublished
from orchestration.publish.reports import WrongReport, write_reports
from orchestration.settings import Settings
from orchestration.site.build import build_site
from orchestration.site.marts import MartsError
from orchestration.site.pdf import NoBrowser, print_pdf
from orchestration.site.reports import kinds
from tests.pdf_kit import page_texts
from tests.requirements import require
from tests.unit.site.fabricated import HOSTILE, fabricate

GENERATED = datetime(2015, 4, 8, 1, 30, tzinfo=UTC)
ONLY_PUBLISHED = (
    "measure_vintages",
    "publications",
    "indicator_vintages",
    "assessment_vintages",
    "assessment_runs",
    "sign_offs",
)
CELL = "area_code = '990102000000' and indicator = 'policy_compliant_birth_rate'"
EXACT, SHOWN = "3 / 431", "1-7 / 430"


def make_home(home: Path, *, hostile: bool = False) -> Settings:
    """A publication in which one county's figure is protected, its pages, and the office's file with the exact one."""
    settings = Settings(home=home, threads=1)
    marts = settings.published / "publication-1" / "marts.duckdb"
    marts.parent.mkdir(parents=True)
    settings.office.mkdir(mode=0o700)
    fabricate(marts, hostile=hostile)
    shutil.copy(marts, settings.office_marts)
    settings.office_marts.chmod(0o600)
    with duckdb.connect(str(marts)) as connection:
        connection.execute(
            "create table publication as select 1 as publication, timestamp '2015-04-08 09:30:00' as published_at"
        )
        connection.execute(f"""update indicator_values set numerator_shown = '1-7', denominator_shown = '430', numerator = null,
            denominator = null, value = null, low = null, high = null, status = 'suppressed' where {CELL}""")
        connection.execute(f"""update assessments set value = null, low = null, high = null, verdict = 'not_assessed',
            reason = 'suppressed' where {CELL} and reason = ''""")
    with duckdb.connect(str(settings.office_marts)) as connection:
        connection.execute(f"""update indicator_values set numerator = 3, denominator = 431 where {CELL}""")
        connection.execute("alter table indicator_values drop numerator_shown")
        connection.execute("alter table indicator_values drop denominator_shown")
        for table in ONLY_PUBLISHED:
            connection.execute(f"drop table {table}")
        connection.execute(
            "create table office as select timestamp '2015-04-08 09:31:00' as written_at, ? as notice_zh, ? as notice_en",
            [NOTICE_ZH, NOTICE_EN],
        )
    (settings.published / "current").symlink_to("publication-1")
    (settings.published / "marts.duckdb").symlink_to("current/marts.duckdb")
    build_site(marts, settings.published / "site", generated_at=GENERATED, publication="1")
    return settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_home(tmp_path_factory.mktemp("reports") / "home")


@pytest.fixture(scope="module")
def office(settings: Settings) -> Path:
    """A folder with every report of the office."""
    require("chromium")
    write_reports(settings, settings.root / "secret", "all", office=True)
    return settings.root / "secret"


@pytest.fixture(scope="module")
def public(settings: Settings) -> Path:
    """A folder with the public quarterly report."""
    require("chromium")
    write_reports(settings, settings.root / "reports", "quarterly")
    return settings.root / "reports"


def content(path: Path, sheet: str) -> list[list]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def test_the_office_has_every_report_in_both_languages_with_its_tables(office: Path) -> None:
    names = {
        f"report-{kind}-office{end}" for kind in kinds() for end in (".html", "-en.html", ".pdf", "-en.pdf", ".xlsx")
    }
    assert {path.name for path in office.iterdir()} == names


def test_its_files_and_its_folder_are_closed_to_others(office: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in office.iterdir()} == {0o600}
    assert stat.S_IMODE(office.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(settings: Settings, tmp_path: Path) -> None:
    require("chromium")
    for end in (".html", "-en.html", ".pdf", "-en.pdf", ".xlsx"):
        (tmp_path / f"report-annual-office{end}").write_text("old")
        (tmp_path / f"report-annual-office{end}").chmod(0o644)
    write_reports(settings, tmp_path, "annual", office=True)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert not any(path.read_bytes() == b"old" for path in tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["monthly", "annual"])
@pytest.mark.parametrize("edition", ["", "-en"])
def test_every_page_of_the_office_is_marked_and_no_public_one_is(
    settings: Settings, office: Path, kind: str, edition: str
) -> None:
    pages = page_texts(office / f"report-{kind}-office{edition}.pdf")
    assert len(pages) >= 2
    for page in pages:
        assert "内部资料" in page and "CONFIDENTIAL" in page
    print_pdf(settings.published / "site" / f"report-{kind}{edition}.html", office.parent / "public.pdf")
    assert not any("CONFIDENTIAL" in page or "机密" in page for page in page_texts(office.parent / "public.pdf"))


def test_the_html_of_the_office_is_marked_whole_by_itself_and_leads_nowhere(office: Path) -> None:
    for path in office.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert NOTICE_ZH in text and NOTICE_EN in text and "noindex" in text
        assert not re.findall(r'(?:href|src)="(?!#|data:)', text)
        assert "<script" not in text


def test_exact_figures_stand_where_the_public_edition_has_protected_ones(settings: Settings, office: Path) -> None:
    exact = (office / "report-quarterly-office.html").read_text(encoding="utf-8")
    shown = (settings.published / "site" / "report-quarterly.html").read_text(encoding="utf-8")
    assert EXACT in exact and SHOWN not in exact
    assert SHOWN in shown and EXACT not in shown
    assert EXACT in (office / "report-monthly-office.html").read_text(encoding="utf-8"), (
        "the counties follow in the office's month"
    )
    exact_rows = content(office / "report-quarterly-office.xlsx", "区县 counties")
    assert any(EXACT in row for row in exact_rows) and not any(SHOWN in row for row in exact_rows)


def test_the_public_site_has_no_link_to_the_office_and_no_trace_of_it(settings: Settings, office: Path) -> None:
    for path in settings.published.rglob("*"):
        assert "office" not in path.name
        if path.suffix in (".html", ".js") and "echarts" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert EXACT not in text and NOTICE_ZH not in text and NOTICE_EN not in text
            assert "-office" not in text


@pytest.mark.parametrize("folder", ["", "site", "publication-1/reports", "../published/x"])
def test_the_office_is_not_written_into_what_is_published(settings: Settings, folder: str) -> None:
    before = sorted(settings.published.rglob("*"))
    with pytest.raises(WrongReport, match="not for publication"):
        write_reports(settings, settings.published / folder, office=True)
    assert sorted(settings.published.rglob("*")) == before


def test_without_the_offices_file_it_is_refused_and_says_who_writes_it(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home")
    settings.office_marts.unlink()
    with pytest.raises(QueryError, match="no file of the office"):
        write_reports(settings, tmp_path / "out", office=True)
    assert not (tmp_path / "out").exists()
    settings.office_marts.write_bytes(b"rotten")
    with pytest.raises(MartsError, match="no file of marts"):
        write_reports(settings, tmp_path / "out", office=True)


def test_the_command_says_that_it_is_confidential_and_keeps_month_as_its_default(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("chromium")
    monkeypatch.setenv("RENKOU_HOME", str(settings.root))
    said = CliRunner().invoke(app, ["report", "--office", "--out", str(tmp_path)])
    assert said.exit_code == 0
    assert "Confidential" in said.stderr
    assert {path.stem for path in tmp_path.iterdir()} == {"report-monthly-office", "report-monthly-office-en"}
    said = CliRunner().invoke(app, ["report", "--out", str(tmp_path / "public")])
    assert "Confidential" not in said.stderr
    assert {path.name for path in (tmp_path / "public").iterdir()} == {
        "report-monthly.pdf", "report-monthly-en.pdf", "report-monthly.xlsx"}  # fmt: skip


def test_an_unknown_report_and_a_home_without_pages_are_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(WrongReport, match="monthly, quarterly, half-year, annual, or all"):
        write_reports(settings, tmp_path, "weekly")
    with pytest.raises(NothingPublished, match="there are no pages yet"):
        write_reports(Settings(home=tmp_path), tmp_path)


def test_the_tables_are_typed_headed_in_both_languages_and_say_what_the_marts_say(
    settings: Settings, public: Path
) -> None:
    path = public / "report-quarterly.xlsx"
    names = CalamineWorkbook.from_path(str(path)).sheet_names
    assert " ".join(names) == (
        "说明 about 全市 city 区县 counties 指标 indicators 方案 schemes 变化 changes 质量 quality 修订 revisions"
    )
    head, *rows = content(path, "区县 counties")
    for name in head:
        assert re.search("[\u4e00-\u9fff]", name) or name in ("area", "indicator"), name
    places = [
        head.index(name)
        for name in ("地区代码 area code", "指标代码 indicator code", "数值 value", "区间下限 low", "目标 target")
    ]
    with duckdb.connect(str(settings.published / "marts.duckdb"), read_only=True) as connection:
        held = connection.execute("""select area_code, indicator, value, low, target from assessments
            where scheme = 'jingdong' and period_end = '2015-03-31' and reason <> 'not_due'
            order by all""").fetchall()  # fmt: skip
    found = sorted(tuple(row[place] if row[place] != "" else None for place in places) for row in rows)
    assert [row[:2] for row in found] == [row[:2] for row in held]
    for row, expected in zip(found, held, strict=True):
        assert row[2:] == pytest.approx(expected[2:])
    assert any(SHOWN in row for row in rows)


def test_the_tables_are_of_the_same_report_and_those_of_the_office_say_that_they_are_confidential(
    public: Path, office: Path
) -> None:
    about = dict(content(public / "report-quarterly.xlsx", "说明 about")[1:])
    assert about["期间 period"] == "2015-01 – 2015-03"
    assert "机密 confidential" not in about
    assert NOTICE_ZH in dict(content(office / "report-annual-office.xlsx", "说明 about")[1:])["机密 confidential"]


def test_hostile_labels_stay_text_in_tables_and_prints(tmp_path: Path) -> None:
    require("chromium")
    settings = make_home(tmp_path / "home", hostile=True)
    with duckdb.connect(str(settings.published / "publication-1" / "marts.duckdb")) as connection:
        connection.execute("update dim_area set name_en = '=1+1' where area_code = '990103000000'")
    write_reports(settings, tmp_path / "out", "annual")
    rows = content(tmp_path / "out" / "report-annual.xlsx", "区县 counties")
    assert any(HOSTILE in row for row in rows) and any("=1+1" in row for row in rows), "text, and no formula's result"
    write_reports(settings, tmp_path / "out", "annual", office=True)
    for name in ("report-annual.pdf", "report-annual-office.pdf"):
        assert any("<script>alert(1)</script>" in page for page in page_texts(tmp_path / "out" / name)), name


def test_another_spreadsheet_program_reads_the_tables(public: Path, tmp_path: Path) -> None:
    soffice = require("soffice")
    subprocess.run(
        [soffice, "--headless", f"-env:UserInstallation={tmp_path.as_uri()}/profile", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3", "--outdir", str(tmp_path),
         str(public / "report-quarterly.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    [read] = list(tmp_path.glob("report-quarterly-*.csv"))
    text = read.read_text(encoding="utf-8")
    assert text.startswith("方案 scheme,地区代码 area code")
    assert text.count("\n") == len(content(public / "report-quarterly.xlsx", "区县 counties"))
    assert "Err:" not in text and "#N" not in text


def browser_that(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `chromium` that does what the script says."""
    folder.mkdir()
    (folder / "chromium").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_browser_that_hangs_is_ended_with_all_that_it_started(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser_that(tmp_path / "bin", f"sleep 600 & echo $! > {tmp_path}/child; wait", monkeypatch)
    page = settings.published / "site" / "report-monthly.html"
    with pytest.raises(NoBrowser, match="within 1 seconds"):
        print_pdf(page, tmp_path / "report.pdf", seconds=1)
    child = Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    until = time.monotonic() + 10
    while child.exists() and child.read_text().split()[2] != "Z":
        assert time.monotonic() < until, "a process of the browser still runs"
        time.sleep(0.05)
    assert not list(tmp_path.glob("*.pdf")) and not list(tmp_path.glob(".*.part"))


def session_of(text: str) -> list[int]:
    """The processes, zombies aside, of the session of one whose command line holds the text."""
    found: dict[int, str] = {}
    sessions = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, session = (process / "stat").read_text().rpartition(") ")[2].split()[:4]
            if state != "Z":
                found[int(process.name)] = session
            if text.encode() in (process / "cmdline").read_bytes():
                sessions.add(session)
    return [number for number, session in found.items() if session in sessions]


def _state(process: int) -> str:
    """The kernel's letter for it; empty when it is gone."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return ""


def test_a_killed_process_takes_its_browser_along(tmp_path: Path) -> None:
    require("chromium")
    page = tmp_path / "endless.html"
    page.write_text("<script>while (true) {}</script>")
    code = "import sys; from pathlib import Path; from orchestration.site import pdf; pdf.print_pdf(*map(Path, sys.argv[1:]))"
    printing = subprocess.Popen([sys.executable, "-c", code, str(page), str(tmp_path / "report.pdf")])
    until = time.monotonic() + 60
    while len(browser := session_of(page.as_uri())) < 3:
        assert time.monotonic() < until and printing.poll() is None, "no browser was started"
        time.sleep(0.05)
    printing.kill()
    printing.wait()
    until = time.monotonic() + 10
    while alive := [number for number in browser if _state(number) not in ("", "Z")]:
        if time.monotonic() > until:
            os.killpg(os.getpgid(alive[0]), signal.SIGKILL)
            pytest.fail(f"{len(alive)} processes of the browser still run")
        time.sleep(0.05)


def test_a_browser_that_fails_leaves_the_old_print_and_the_tables(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser_that(tmp_path / "bin", "exit 3", monkeypatch)
    (tmp_path / "report-annual.pdf").write_bytes(b"%PDF-old")
    with pytest.raises(RenkouError, match="exit code 3"):
        write_reports(settings, tmp_path, "annual")
    assert (tmp_path / "report-annual.pdf").read_bytes() == b"%PDF-old"
    assert (tmp_path / "report-annual.xlsx").is_file()
