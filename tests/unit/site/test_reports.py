"""The reports for print: their periods, what they say of city and counties, and what they do without a period."""

import html
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.site import reports
from orchestration.site.build import build_site
from orchestration.site.labels import labels
from orchestration.site.reports import compared, kinds
from tests.unit.site.fabricated import CITY, fabricate

GENERATED = datetime(2015, 4, 8, 1, 30, tzinfo=UTC)
PERIODS = {
    "monthly": ("2015-03", "2015-03"),
    "quarterly": ("2015-01", "2015-03"),
    "half-year": ("2014-10", "2015-03"),
    "annual": ("2013-10", "2014-09"),
}
QUARTERS = """
insert into indicator_values by name
    select * replace ('quarter' as "window") from indicator_values
    where area_level = 'city' and "window" = 'policy_year_to_date' and month(period_end) % 3 = 0
"""


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fabricated city, with quarters of the city and a year before the last one in which its births were rare."""
    path = fabricate(tmp_path_factory.mktemp("reports") / "marts.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(QUARTERS)
        connection.execute("""update indicator_values set value = 1, low = 0.5, high = 1.5
            where area_level = 'city' and indicator = 'crude_birth_rate' and period_end = '2014-03-31'""")
    return path


@pytest.fixture(scope="module")
def site(marts: Path) -> Path:
    build_site(marts, marts.parent / "site", generated_at=GENERATED, publication="1")
    return marts.parent / "site"


def ask(marts: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(marts), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def text_of(site: Path, name: str) -> str:
    return html.unescape((site / f"{name}.html").read_text(encoding="utf-8"))


def rows_of(text: str, section: str) -> list[str]:
    part = text[text.index(f'id="{section}"') :]
    return re.findall(r"<tr.*?</tr>", part[: part.index("</section>")], re.S)


@pytest.mark.parametrize("kind", PERIODS)
@pytest.mark.parametrize("edition", ["zh", "en"])
def test_each_report_names_its_last_period_in_its_language(site: Path, kind: str, edition: str) -> None:
    text = text_of(site, kinds()[kind].page(edition))
    assert f'<html lang="{edition}"' in text
    first, last = PERIODS[kind]
    assert kinds()[kind].first_month(date(int(last[:4]), int(last[5:]), 28)).isoformat()[:7] == first
    heading = text[text.index("<h1>") : text.index("</h1>")]
    assert last in heading and first in heading
    assert kinds()[kind].name[edition == "en"] in heading
    for section in ("headline", "data-quality", "method", "signatures"):
        assert f'id="{section}"' in text
    assert "代码 0.1.0 · 运行 r2" in text


def test_every_report_is_reached_from_the_first_page_and_from_the_assessments(site: Path) -> None:
    for page in ("index", "assessments"):
        text = text_of(site, page)
        for kind in kinds().values():
            assert f'href="{kind.page("zh")}.html"' in text and f'href="{kind.page("en")}.html"' in text


def test_counties_stand_beside_the_city_with_verdict_value_interval_and_counts_as_published(
    marts: Path, site: Path
) -> None:
    text = text_of(site, "report-quarterly")
    items = ask(marts, """
        select a.indicator, a.area_code, a.verdict, a.value, v.numerator_shown, v.denominator_shown
        from assessments as a left join indicator_values as v on a.area_code = v.area_code and a.indicator = v.indicator
            and a."window" = v."window" and a.period_end = v.period_end and v.clock = 'report'
        where a.scheme = 'jingdong' and a.period_end = '2015-03-31' and a.reason <> 'not_due' order by all""")  # fmt: skip
    [names] = [dict(ask(marts, "select indicator, name_zh from indicators"))]
    rows = rows_of(text, "counties")
    assert len(items) > 15
    for indicator in {item[0] for item in items}:
        [row] = [row for row in rows if f'<span lang="zh">{names[indicator]}</span>' in row]
        cells = re.findall(r'<td class="cell-(\w+)">(.*?)</td>', row, re.S)
        for (verdict, cell), item in zip(cells, [i for i in items if i[0] == indicator], strict=True):
            assert verdict == item[2]
            if item[3] is not None:
                assert f"{item[4]} / {item[5]}" in cell
                assert re.search(rf"<b>{item[3]:,.2f}|<b>{item[3]:,.1f}", cell)


def test_a_protected_count_stays_protected_in_the_report(marts: Path, tmp_path: Path) -> None:
    path = shutil.copy(marts, tmp_path / "marts.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("""update indicator_values set numerator_shown = '1-7', value = null, low = null, high = null,
            status = 'suppressed' where area_code = '990102000000' and indicator = 'policy_compliant_birth_rate'""")
        connection.execute("""update assessments set value = null, low = null, high = null, verdict = 'not_assessed',
            reason = 'suppressed' where area_code = '990102000000' and indicator = 'policy_compliant_birth_rate'""")
    build_site(Path(path), tmp_path / "site", generated_at=GENERATED, publication="1")
    [row] = [
        row for row in rows_of(text_of(tmp_path / "site", "report-annual"), "counties") if ">符合政策生育率<" in row
    ]
    cells = re.findall(r'<td class="cell-(\w+)">(.*?)</td>', row, re.S)
    assert cells[1][0] == "not_assessed"
    assert "<small>1-7 / " in cells[1][1] and "小数隐去" in cells[1][1]


def test_many_counties_are_split_so_that_the_table_fits_the_sheet(
    marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "ACROSS", 3)
    build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    heads = [
        row
        for row in rows_of(text_of(tmp_path / "site", "report-annual"), "counties")
        if "<thead" in row or "项目" in row
    ]
    assert [row.count("<th") for row in heads] == [3 + 3, 3 + 1]


def test_verdicts_that_changed_are_those_that_the_marts_say(marts: Path, site: Path) -> None:
    changed = ask(marts, """
        select b.period_end::varchar, count(*), count(*) filter (a.verdict <> b.verdict) from assessments as a
        inner join assessments as b using (scheme, area_code, indicator)
        where a.period_end = '2015-03-31' and b.period_end in ('2014-12-31', '2014-03-31')
            and a.verdict <> 'not_assessed' and b.verdict <> 'not_assessed' group by all order by 1 desc""")  # fmt: skip
    text = text_of(site, "report-quarterly-en")
    assert len(changed) == 2
    for day, of, n in changed:
        assert f"Against {day[:7]}: of {of} items assessed both times {n} changed." in text
    assert len([row for row in rows_of(text, "changes") if "<td" in row]) == sum(n for *_, n in changed)


def test_a_year_before_is_told_in_words_that_the_intervals_allow(marts: Path, site: Path) -> None:
    def figure(value: float | None, low: float | None, high: float | None) -> dict:
        return {"value": value, "low": low, "high": high}

    assert compared(figure(5, 4, 6), figure(2, 1, 3)) == "higher"
    assert compared(figure(2, 1, 3), figure(5, 4, 6)) == "lower"
    assert compared(figure(5, 4, 6), figure(7, 6, 8)) == "alike", "intervals that touch are no difference"
    assert compared(figure(5, None, None), figure(7, 6, 8)) == "plain"
    assert compared(figure(None, None, None), figure(7, 6, 8)) == compared(figure(1, 0, 2), None) == ""
    rows = {row[0]: row[1] for row in ask(marts, f"""
        select i.name_zh, b.value is null from assessments as a inner join indicators as i using (indicator)
        left join indicator_values as b on b.area_code = a.area_code and b.indicator = a.indicator
            and b."window" = a."window" and b.clock = 'report' and b.period_end = '2014-03-31'
        where a.scheme = 'ezhou' and a.area_code = '{CITY}' and a.period_end = '2015-03-31' and a.value is not null
        """)}  # fmt: skip
    headline = text_of(site, "report-half-year").split('id="headline"')[1].split("</section>")[0]
    for name, is_absent in rows.items():
        [line] = [line for line in re.findall(r"<li.*?</li>", headline, re.S) if f">{name} " in line]
        assert ("上年同期" in line) is not is_absent


def test_the_citys_figures_stand_in_the_window_of_the_report_with_the_year_before(marts: Path, site: Path) -> None:
    held = ask(marts, """select i.name_en, v.value, v.numerator_shown from indicator_values as v inner join indicators as i
        using (indicator) where area_level = 'city' and clock = 'report' and "window" = 'quarter'
        and period_end = '2015-03-31'""")  # fmt: skip
    rows = [row for row in rows_of(text_of(site, "report-quarterly-en"), "figures") if "<td" in row]
    assert len(rows) == len(held) == 14
    for name, value, numerator in held:
        [row] = [row for row in rows if f'<span class="en" lang="en">{name}</span>' in row]
        assert f"{value:,.2f}" in row or f"{value:,.1f}" in row
        assert f"{numerator} / " in row
    [births] = [row for row in rows if ">crude birth rate<" in row]
    assert ">1.00<" in births and ">above<" in births


def test_a_missed_veto_item_is_named_with_its_county(marts: Path, site: Path, tmp_path: Path) -> None:
    assert "No veto item is missed." in text_of(site, "report-annual-en")
    path = shutil.copy(marts, tmp_path / "marts.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("""update assessments set verdict = 'missed' where area_code = '990103000000' and veto
            and period_end = '2014-09-30' and scheme = 'jingdong' and value is not null""")
    build_site(Path(path), tmp_path / "site", generated_at=GENERATED, publication="1")
    headline = text_of(tmp_path / "site", "report-annual-en").split('id="headline"')[1].split("</section>")[0]
    assert "Nanpu: sex ratio at birth." in headline


def test_quality_revisions_and_runs_are_those_of_the_period(marts: Path, site: Path) -> None:
    text = text_of(site, "report-half-year-en")
    [(due, landed)] = ask(marts, """select sum(deliveries_due), sum(deliveries_landed) from reporting_scores
        where month between '2014-10-01' and '2015-03-31'""")  # fmt: skip
    assert f"Deliveries due in the period: {due:.0f}, landed: {landed:.0f}" in text
    [(flags,)] = ask(marts, """select count(distinct (area_code, register, check_id)) from provisional_reasons
        where month between '2014-10-01' and '2015-03-31'""")  # fmt: skip
    assert f"Reasons for which figures of the period are provisional: {flags}." in text
    assert "revised since they were first published: 1." in text
    assert ">9.99<" in text and ">11.11<" in text
    assert "No assessment of this period is frozen yet." in text
    assert "Frozen assessment run-1" in text_of(site, "report-annual-en")
    assert "signed off by the head" in text_of(site, "report-annual-en")


def test_a_report_without_a_period_says_why(tmp_path: Path) -> None:
    marts = fabricate(tmp_path / "marts.duckdb")
    with duckdb.connect(str(marts)) as connection:
        connection.execute("delete from assessments where period_end < '2015-01-01' or period_end > '2015-02-28'")
    build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    for kind, months in (("quarterly", "3, 6, 9, 12"), ("half-year", "3, 9"), ("annual", "9")):
        text = text_of(tmp_path / "site", f"report-{kind}-en")
        assert f"made at the end of month {months}" in text
        assert 'id="signatures"' in text
    assert "2015-03" in text_of(tmp_path / "site", "report-monthly")


def test_an_empty_publication_still_has_every_report(tmp_path: Path) -> None:
    build_site(fabricate(tmp_path / "m.duckdb", empty=True), tmp_path / "site", generated_at=GENERATED, publication="1")
    for kind in kinds():
        assert (tmp_path / "site" / f"report-{kind}.html").is_file()


def test_hostile_labels_stay_text_in_reports(tmp_path: Path) -> None:
    build_site(
        fabricate(tmp_path / "m.duckdb", hostile=True), tmp_path / "site", generated_at=GENERATED, publication="1"
    )
    for kind in kinds():
        raw = (tmp_path / "site" / f"report-{kind}.html").read_text(encoding="utf-8")
        assert "<script>alert" not in raw and "<img" not in raw
    assert "&lt;script&gt;alert(1)" in raw


def test_words_of_comparison_name_the_figure_before() -> None:
    for code, entry in labels()["compared"].items():
        for sentence in entry["sentence"]:
            assert "{before}" in sentence, code
