"""The page comes from a published marts file alone, tells its states apart, keeps hostile labels text."""

import hashlib
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from markupsafe import escape

from orchestration.site.build import MartsError, SiteSummary, build_site, safe_json
from orchestration.site.charts import bullet
from orchestration.site.figures import target_text, year_before
from orchestration.site.labels import labels
from tests.unit.site.fabricated import CITY, HOSTILE, fabricate

GENERATED = datetime(2015, 4, 8, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fabricate(tmp_path_factory.mktemp("marts") / "marts-1.duckdb")


@pytest.fixture(scope="module")
def site(marts: Path) -> Path:
    out = marts.parent / "site"
    build_site(marts, out, generated_at=GENERATED, publication="1")
    return out


@pytest.fixture(scope="module")
def html(site: Path) -> str:
    return (site / "index.html").read_text(encoding="utf-8")


def data_of(site: Path) -> dict:
    text = (site / "assets" / "data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.RENKOU=").removesuffix(";\n"))


def hashes(site: Path) -> dict[str, str]:
    files = sorted(path for path in site.rglob("*") if path.is_file())
    return {str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_page_names_city_month_vintage_and_publication(html: str) -> None:
    for text in ("云泽市", "Yunze City", "2015-03", "2015-03.0240", "2015-04-08 09:30"):
        assert text in html


def test_summary_counts_what_is_there_and_the_page_is_small(marts: Path, tmp_path: Path) -> None:
    summary = build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    sizes = [path.stat().st_size for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert summary == SiteSummary(pages=2, bytes=sum(sizes))
    assert summary.bytes < 3_000_000


def test_same_input_gives_same_bytes_and_rebuilding_replaces(marts: Path, site: Path, tmp_path: Path) -> None:
    again = tmp_path / "site"
    for _ in range(2):
        build_site(marts, again, generated_at=GENERATED, publication="1")
    (again / "left-over.html").write_text("old")
    build_site(marts, again, generated_at=GENERATED, publication="1")
    assert hashes(again) == hashes(site)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_scorecard_shows_every_verdict_that_the_marts_hold(marts: Path, html: str) -> None:
    with duckdb.connect(str(marts), read_only=True) as connection:
        held = connection.execute(
            "select distinct verdict from assessments where reason <> 'not_due' and period_end = '2015-03-31'"
        ).fetchall()
    assert len(held) >= 3
    for (verdict,) in held:
        assert f'<span class="verdict v-{verdict}">' in html
        assert f'href="#i-{verdict}"' in html
        assert labels()["verdicts"][verdict]["name"][0] in html


def rows_of(part: str) -> list[str]:
    return re.findall(r"<tr.*?</tr>", part, re.S)


def test_a_verdict_on_flagged_figures_is_shown_as_provisional_with_the_checks(marts: Path, tmp_path: Path) -> None:
    """The city meets one item and misses another on flagged figures: not a plain verdict in card, sentence or tally."""
    flagged = tmp_path / "marts.duckdb"
    shutil.copy(marts, flagged)
    with duckdb.connect(str(flagged)) as connection:
        connection.execute("delete from provisional_reasons")
        connection.execute("""insert into provisional_reasons values
            ('990101000000', '2014-09-01', '2014-09-01', 'births', 'births_timely', 'sex_ratio_at_birth', 'timeliness',
                0.9, 0.97),
            ('990101000000', '2014-12-01', '2014-12-01', 'births', 'births_sex_complete', 'sex_ratio_at_birth', 'completeness',
                0.9, 0.97)""")
        for indicator, verdict in (("policy_compliant_birth_rate", "met"), ("sex_ratio_at_birth", "missed")):
            connection.execute(
                "update assessments set reason = 'provisional', verdict = ? where indicator = ? and area_code = ?",
                [verdict, indicator, CITY],
            )
    build_site(flagged, tmp_path / "site", generated_at=GENERATED, publication="1")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    glance, card = page[page.index('id="overview"') : page.index('id="explore"')].split('<table class="scorecard">', 1)
    mark = '<span class="status s-provisional"><svg class="ic ic-provisional"'
    lines = {
        verdict: [row for row in rows_of(card) if f'class="row-{verdict}"' in row] for verdict in ("met", "missed")
    }
    assert [len(rows) for rows in lines.values()] == [1, 1]
    for (row,) in lines.values():
        assert mark in row
        assert row.index("数据暂定") < row.index("the figures are provisional")
    assert card.split('<p class="key"')[0].count(mark) == 2, "the item that rests on no flagged figure is not marked"
    assert "births_sex_complete" in lines["missed"][0]
    assert "births_timely" not in lines["missed"][0], "it warned before the window began"
    assert glance.count("（数据暂定）") == glance.count(" (provisional)") == 2
    assert glance.count("其中暂定 1") == 2


def test_areas_side_by_side_show_what_is_provisional(marts: Path, html: str) -> None:
    """The third county's figures of the last month are provisional; the others' are not."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        flagged = connection.execute(
            """select count(*) from assessments where reason = 'provisional' and period_end = '2015-03-31'
                and area_code like '990103%' and verdict in ('met', 'missed', 'not_distinguishable')"""
        ).fetchone()
    assert flagged is not None and flagged[0] > 0
    matrix = html[html.index('<table class="verdicts">') : html.index('id="explore"')]
    marked = {
        re.search(r"#trend/a=(\d{6})", row)[1]: row.count("s-provisional")
        for row in rows_of(matrix)
        if "#trend/a" in row
    }
    assert marked["990103"] > 0
    assert {code for code, marks in marked.items() if marks} == {"990103"}


def test_headline_is_made_of_the_figures(marts: Path, html: str) -> None:
    with duckdb.connect(str(marts), read_only=True) as connection:
        value, low, high = connection.execute(
            "select value, low, high from assessments where scheme = 'ezhou' "
            "and indicator = 'sex_ratio_at_birth' and period_end = '2015-03-31'"
        ).fetchone()
    assert f"The sex ratio at birth of {value:.1f} ({low:.1f} to {high:.1f})" in html
    assert f"出生人口性别比 {value:.1f}（{low:.1f} 至 {high:.1f}）" in html


def test_items_that_nothing_feeds_are_shown_with_the_reason(html: str) -> None:
    assert "二孩及以上孕情监测到位率未评定：现有登记尚不能计算。" in html
    assert "长效节育率" in html


def test_annual_items_show_their_last_due_period_not_the_last_month(html: str) -> None:
    matrix = html[html.index('<table class="verdicts">') :]
    assert "2014-09" in matrix[: matrix.index("</thead>")]


def test_states_differ_in_shape_and_name(html: str) -> None:
    legend = html[html.index('id="legend"') : html.index('id="about"')]
    codes = [code for code in labels()["statuses"] if code != "none"]
    marks = {code: re.search(rf'<span class="status s-{code}">(.*?)</span>', legend, re.S) for code in codes}
    assert all(marks.values())
    assert len({mark.group(1) for mark in marks.values() if mark}) == len(codes)
    shapes = re.findall(r'<symbol id="i-(\w+)"[^>]*>(.*?)</symbol>', html)
    states = {"met", "missed", "not_distinguishable", "not_assessed", *codes} - {"zero"}
    drawn = [shape for name, shape in shapes if name in states]
    assert len(set(drawn)) == len(states)


def test_data_holds_every_state_and_no_village(site: Path) -> None:
    data = data_of(site)
    letters = {letter for lists in data["trends"].values() for area in lists for letter in area[5]}
    letters |= {letter for columns in data["towns"].values() for letter in columns[5]}
    assert letters >= set("opnas")
    assert all(area[0].endswith("000") for area in data["townships"])
    assert any("1-7" in columns[3] for columns in data["towns"].values())


def test_data_equals_the_marts(marts: Path, site: Path) -> None:
    data = data_of(site)
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            "select area_code, value from indicator_values where indicator = 'crude_birth_rate' "
            "and \"window\" = 'trailing_12_months' and clock = 'event' and period_end = '2015-03-31' "
            "and area_level = 'township' order by area_code"
        ).fetchall()
    shown = data["towns"]["crude_birth_rate|trailing_12_months|event"][0]
    assert [area[0] for area in data["townships"]] == [code for code, _ in rows]
    assert shown == [None if value is None else pytest.approx(value, abs=0.0006) for _, value in rows]


def test_what_is_missing_is_said(site: Path) -> None:
    data = data_of(site)
    assert data["delivery"]["cells"]["deaths|2015-03|990104"] == ["m", 0]
    assert data["delivery"]["cells"]["births|2015-03|990103"][0] == "h"
    assert "deaths|2015-03|990104" not in data["quality"]["cells"]


def test_open_alerts_are_listed_and_resolved_ones_are_not(html: str) -> None:
    alerts = html[html.index('id="alerts"') : html.index('id="legend"')]
    assert "registered_in_time" in alerts and "id_present" in alerts
    assert "key_unique" not in alerts


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    out = tmp_path / "site"
    marts = fabricate(tmp_path / "marts.duckdb", hostile=True)
    build_site(marts, out, generated_at=GENERATED, publication=HOSTILE)
    html, data = (out / "index.html").read_text(), (out / "assets" / "data.js").read_text()
    assert "<script>alert" not in html and "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<" not in data
    assert any(area[1] == HOSTILE for area in data_of(out)["areas"])


def test_no_reference_leaves_the_folder(site: Path) -> None:
    for name in ("index.html", "assets/site.css", "assets/site.js", "assets/data.js"):
        text = (site / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.[a-z]|@import|url\(", text), name
    for source in re.findall(r'(?:src|href)="([^"#][^"]*)"', (site / "index.html").read_text()):
        page, _, anchor = source.partition("#")
        assert source == "data:," or (site / page).is_file(), source
        assert not anchor or f'id="{anchor}"' in (site / page).read_text(), source


def test_chart_library_travels_with_its_licence(site: Path) -> None:
    folder = site / "assets" / "echarts"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "Apache ECharts" in (folder / "NOTICE").read_text()
    digest = hashlib.sha256((folder / "echarts.common.min.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text()


def test_a_publication_without_figures_still_gives_a_page(tmp_path: Path) -> None:
    marts = fabricate(tmp_path / "marts.duckdb", empty=True)
    assert build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1").pages == 2
    assert "本次发布没有市级考核" in (tmp_path / "site" / "index.html").read_text()


def test_a_failed_build_leaves_the_old_page(site: Path, tmp_path: Path) -> None:
    before = hashes(site)
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(MartsError, match=r"other\.duckdb lacks the published tables dim_area"):
        build_site(other, site, generated_at=GENERATED, publication="2")
    with pytest.raises(MartsError, match="no published marts file"):
        build_site(tmp_path / "none.duckdb", site, generated_at=GENERATED, publication="2")
    assert hashes(site) == before


def test_marts_file_is_not_changed(marts: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(marts.read_bytes()).hexdigest()
    build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    assert hashlib.sha256(marts.read_bytes()).hexdigest() == before


@pytest.fixture(scope="module")
def quality_html(site: Path) -> str:
    return (site / "quality.html").read_text(encoding="utf-8")


def test_the_quality_page_says_what_is_provisional_and_why(quality_html: str, marts: Path) -> None:
    with duckdb.connect(str(marts), read_only=True) as connection:
        flags = connection.execute(
            """select count(distinct (area_code, register, check_id)) from provisional_reasons
                where month = (select max(month) from quality_scores)"""
        ).fetchone()
    assert flags is not None and flags[0] > 0
    section = quality_html.split('id="provisional"')[1].split("</section>", maxsplit=1)[0]
    assert section.count("<tr>") == flags[0] + 1
    assert "<summary>2</summary>" in section
    assert "人口出生率" in section


def test_the_quality_page_names_the_items_of_assessments_that_a_flag_makes_provisional(
    quality_html: str, marts: Path
) -> None:
    with duckdb.connect(str(marts), read_only=True) as connection:
        items = connection.execute(
            """select s.name_zh, s.name_en, count(*), sum(count(*)) over () from targets as t
                inner join schemes as s on t.scheme = s.scheme where t.indicator in ('crude_birth_rate', 'sex_ratio_at_birth')
                and t.valid_from <= '2015-03-01' and (t.valid_to is null or t.valid_to > '2015-03-01') group by all"""
        ).fetchall()
    section = quality_html.split('id="provisional"')[1].split("</section>", maxsplit=1)[0]
    assert len(items) > 1
    for zh, en, _, total in items:
        assert f'<p><span lang="zh">{zh}</span><span class="en" lang="en">{en}</span>' in section
        assert f"<summary>{total}</summary>" in section


def test_the_quality_page_names_areas_and_methods_of_signals_and_every_check(quality_html: str, marts: Path) -> None:
    section = quality_html.split('id="integrity"')[1].split("</section>", maxsplit=1)[0]
    for text in ("登记集中在月末三天", "南浦县", "60.0 %", "25.0 %", "Kleven 2016"):
        assert text in section, text
    assert section.count("Whipple") >= 1
    assert "尾数为0或5的年龄偏多" not in section, "what is quiet is no signal"
    with duckdb.connect(str(marts), read_only=True) as connection:
        checks = connection.execute("select check_id from quality_checks").fetchall()
        methods = connection.execute("select name_en, false_alarm_rate, simulated_on from integrity_methods").fetchall()
    rows = {
        name: row for row in rows_of(section) for name, *_ in methods if str(escape(name)) in row and "th scope" in row
    }
    assert len(methods) == len(rows) > 5
    for name, rate, day in methods:
        assert f"{rate:.4%}".replace("%", " %") in rows[name]
        assert f"1,000,000 simulations per size</span>, {day}" in rows[name]
    assert all(f'title="{check}"' in quality_html for (check,) in checks if "<" not in check)


def test_pages_lead_to_each_other(html: str, quality_html: str) -> None:
    assert 'href="quality.html"' in html
    assert 'href="index.html"' in quality_html


def test_safe_json_cannot_end_its_script() -> None:
    value = {"a": "</script><!--\u2028&"}
    assert not set("<>&\u2028") & set(safe_json(value))
    assert json.loads(safe_json(value)) == value


@pytest.mark.parametrize(
    ("operator", "target", "upper", "text"),
    [(">=", 78.74, None, "≥ 78.74"), ("<=", 3.0, None, "≤ 3"), ("between", 103, 107, "103 – 107")],
)
def test_targets_are_written_as_they_were_set(operator: str, target: float, upper: float, text: str) -> None:
    assert target_text(operator, target, upper) == text


def test_bullet_places_every_point_inside_and_in_order() -> None:
    drawn = bullet(112.4, low=106.8, high=118.3, target=110.0, target_upper=None, prior=121.0)
    assert drawn is not None
    assert 0 < drawn["low"] < drawn["target"] < drawn["value"] < drawn["high"] < drawn["prior"] < 100
    assert bullet(None, low=None, high=None, target=1.0, target_upper=None, prior=None) is None
    assert bullet(0.0, low=None, high=None, target=None, target_upper=None, prior=None) is not None


def test_year_before_a_leap_february() -> None:
    assert year_before("2016-02") == "2015-02"
