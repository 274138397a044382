"""The page comes from a published marts file alone, tells its states apart, keeps hostile labels text."""

import hashlib
import json
import re
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from markupsafe import escape

from orchestration.site.build import MartsError, SiteSummary, build_site, safe_json
from orchestration.site.charts.bullet import bullet
from orchestration.site.charts.map import GeometryError
from orchestration.site.figures import target_text, year_before
from orchestration.site.labels import labels
from tests.site_kit import LETTERS, data_of, is_published, is_shown, of_clock, unpacked
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


def hashes(site: Path) -> dict[str, str]:
    files = sorted(path for path in site.rglob("*") if path.is_file())
    return {str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_page_names_city_month_vintage_and_publication(html: str) -> None:
    for text in ("云泽市", "Yunze City", "2015-03", "2015-03.0240", "2015-04-08 09:30"):
        assert text in html


def test_summary_counts_what_is_there_and_the_page_is_small(marts: Path, tmp_path: Path) -> None:
    summary = build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    sizes = [path.stat().st_size for path in (tmp_path / "site").rglob("*") if path.is_file()]
    with duckdb.connect(str(marts), read_only=True) as connection:
        counted = connection.execute(
            """select (select count(distinct area_code) from dim_area where area_level in ('county', 'township'))
                + (select count(*) from indicators)
                + (select count(distinct (scheme, period_end)) from assessments)"""
        ).fetchone()
    assert counted is not None
    assert summary == SiteSummary(pages=15 + counted[0], bytes=sum(sizes))
    assert summary.bytes < 5_000_000


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


def test_states_differ_in_shape_and_name(html: str, site: Path) -> None:
    for page in (html, (site / "about.html").read_text(encoding="utf-8")):
        legend = page[page.index('id="legend"') : page.index("<footer")]
        codes = [code for code in labels()["statuses"] if code != "none"]
        marks = {code: re.search(rf'<span class="status s-{code}">(.*?)</span>', legend, re.S) for code in codes}
        assert all(marks.values())
        assert len({mark.group(1) for mark in marks.values() if mark}) == len(codes)
        shapes = re.findall(r'<symbol id="i-(\w+)"[^>]*>(.*?)</symbol>', data_of(site, "../icons"))
        states = {"met", "missed", "not_distinguishable", "not_assessed", *codes} - {"zero"}
        drawn = [shape for name, shape in shapes if name in states]
        assert len(set(drawn)) == len(states)


def test_data_holds_every_state(site: Path) -> None:
    data = data_of(site, "indicator-out_of_policy_3plus_rate")
    letters = "".join(
        packed if isinstance(packed, str) else packed[5]
        for areas in data["series"].values()
        for both in areas.values()
        for packed in (of_clock(both, "report"), of_clock(both, "event"))
    )
    assert set(letters) >= set("opnas")


def test_data_equals_the_marts(marts: Path, site: Path) -> None:
    """Every figure of the city, counties and townships of the windows that their level shows, on both clocks."""
    base = data_of(site, "base")
    places = {area[0]: str(number) for number, area in enumerate(base["areas"])}
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            """select area_code, area_level, indicator, "window", strftime(period_end, '%Y-%m'), clock, value, low, high,
                coalesce(numerator_shown, ''), coalesce(denominator_shown, ''), status
            from indicator_values where area_level <> 'village' order by indicator"""
        ).fetchall()
    compared, files = Counter(), {}
    for area, level, indicator, window, month, clock, value, low, high, n, d, status in rows:
        if not is_published(level, window, month):
            continue
        data = files.setdefault(indicator, data_of(site, f"indicator-{indicator}"))
        both = data["series"][window][places[area]]
        packed = of_clock(both, clock)
        at = base["ends"][window].index(month)
        shown = [column[at] for column in unpacked(packed, len(base["ends"][window]))]
        for text, number in zip(shown, (value, low, high), strict=False):
            assert is_shown(text, number, indicator), (area, indicator, window, month, text, number)
        assert shown[3:] == [n, d, LETTERS[status]], (area, indicator, window, month)
        compared[level] += 1
    assert set(compared) == {"city", "county", "township"}
    assert min(compared.values()) > 1_000


def test_windows_that_a_level_does_not_show_are_in_no_file(site: Path) -> None:
    base = data_of(site, "base")
    level = {str(number): area[4] for number, area in enumerate(base["areas"])}
    for indicator in base["indicators"]:
        if indicator["live"]:
            series = data_of(site, f"indicator-{indicator['id']}")["series"]
            assert {level[place] for place in series["month"]} == {"city"}
            assert {level[place] for place in series["trailing_12_months"]} == {"city", "county", "township"}


def test_files_of_areas_and_villages_equal_the_marts(marts: Path, site: Path) -> None:
    base, data, villages = data_of(site, "base"), data_of(site, "area-990102"), data_of(site, "villages-990102")
    with duckdb.connect(str(marts), read_only=True) as connection:
        area = connection.execute(
            """select value, numerator_shown from indicator_values where area_code = '990102002000' and clock = 'report'
                and indicator = 'crude_birth_rate' and "window" = 'policy_year' and period_end = '2014-09-30'"""
        ).fetchone()
        village = connection.execute(
            """select area_code, value, coalesce(numerator_shown, '') from indicator_values where area_level = 'village'
                and area_code like '990102%' and clock = 'event' and indicator = 'crude_birth_rate'
                and "window" = 'trailing_12_months' and period_end = '2014-12-31' order by area_code"""
        ).fetchall()
    place = next(str(n) for n, row in enumerate(base["areas"]) if row[0] == "990102002000")
    packed = data["values"]["crude_birth_rate"]["policy_year"][place][0]
    assert area is not None
    assert is_shown(packed[0], area[0]) and packed[3] == area[1]
    assert base["kept"]["policy_year_to_date"] == ["2014-03", "2015-03"], "the last end and those whole years before"
    assert [row[0] for row in villages["areas"]] == [code for code, _, _ in village]
    both = villages["values"]["trailing_12_months"]["crude_birth_rate"]
    columns = unpacked(of_clock(both, "event"), len(village))
    assert columns[3] == [shown for *_, shown in village]
    assert all(is_shown(text, value) for text, (_, value, _) in zip(columns[0], village, strict=True))
    assert any(value for value in columns[0])


def test_funnels_and_triangles_equal_the_marts(marts: Path, site: Path) -> None:
    base, data = data_of(site, "base"), data_of(site, "indicator-crude_birth_rate")
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            """select area_code, denominator, low_998, low_95, high_95, high_998, position from indicator_funnels
                where indicator = 'crude_birth_rate' and "window" = 'trailing_12_months' and period_end = '2015-03-31'"""
        ).fetchall()
        cells = connection.execute(
            """select strftime(v.month, '%Y-%m'), left(p.vintage, 7), v.shown from measure_vintages as v
                inner join publications as p on v.published_in = p.publication
                where v.measure = 'births_male' order by all"""
        ).fetchall()
    letters = {"inside": "i", "above_95": "a", "above_998": "A", "below_95": "b", "below_998": "B", "not_assessed": "-"}
    judged = set()
    for code, *numbers, position in rows:
        place = next(str(n) for n, row in enumerate(base["areas"]) if row[0] == code)
        stored = data["funnel"]["trailing_12_months"].get(place)
        if numbers[2] is None:
            assert stored is None or stored[2].split(",")[-1] == ""
            continue
        shown = data["series"]["trailing_12_months"][place][0][4] if stored[0] == 0 else stored[0]
        last = [column.split(",")[-1] for column in (shown, *stored[1:5])]
        assert is_shown(last[0], numbers[0], digits=3)
        assert all(is_shown(text, number) for text, number in zip(last[1:], numbers[1:], strict=True))
        assert stored[5][-1] == letters[position]
        judged.add(position)
    assert len(judged) > 1
    triangle = data_of(site, "measure-births_male")
    shown = [(triangle["events"][e], triangle["vintages"][v], text) for e, v, text in triangle["cells"]]
    assert sorted(shown) == cells


def test_scheme_files_equal_the_marts_with_the_year_before_and_the_parent(marts: Path, site: Path) -> None:
    data = data_of(site, "scheme-jingdong-2015-03")
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            """select a.area_code, a.indicator, a.verdict, a.reason, a.value, b.value, c.value
            from assessments as a
            left join indicator_values as b on a.area_code = b.area_code and a.indicator = b.indicator
                and a."window" = b."window" and b.clock = 'report' and b.period_end = '2014-03-31'
            left join indicator_values as c on c.area_code = '990100000000' and a.indicator = c.indicator
                and a."window" = c."window" and c.clock = 'report' and c.period_end = '2015-03-31'
            where a.scheme = 'jingdong' and a.period_end = '2015-03-31'"""
        ).fetchall()
    letters = {"met": "m", "missed": "x", "not_distinguishable": "u", "not_assessed": "-"}
    items, areas = {item["indicator"]: item for item in data["items"]}, [area[0] for area in data["areas"]]
    for code, indicator, verdict, reason, value, before, parent in rows:
        item, at = items[indicator], areas.index(code)
        assert item["verdict"][at] == letters[verdict]
        assert data["reasons"][int(item["reason"].split(",")[at])] == reason
        for name, number in (("v", value), ("before", before), ("parent", parent)):
            assert is_shown(item[name].split(",")[at], number, indicator), (code, indicator, name)
    assert any(before is not None for *_, before, _ in rows)
    assert {"x", "u"} <= set("".join(item["verdict_before"] for item in data["items"]))


def test_what_is_missing_is_said(site: Path) -> None:
    data = data_of(site, "registers")
    assert data["delivery"]["cells"]["deaths|2015-03|990104"] == ["m", 0]
    assert data["delivery"]["cells"]["births|2015-03|990103"][0] == "h"
    assert re.fullmatch(r"(\d+:[pwfn]:\d+:\d+:[\d.]+;?){5}", data["quality"]["cells"]["births|2015-03|990103"])
    assert "deaths|2015-03|990104" not in data["quality"]["cells"]


def test_open_alerts_are_listed_and_resolved_ones_are_not(site: Path) -> None:
    html = (site / "quality.html").read_text(encoding="utf-8")
    alerts = html[html.index('id="alerts"') : html.index('id="scores"')]
    assert "registered_in_time" in alerts and "id_present" in alerts
    assert "key_unique" not in alerts


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    out = tmp_path / "site"
    marts = fabricate(tmp_path / "marts.duckdb", hostile=True)
    build_site(marts, out, generated_at=GENERATED, publication=HOSTILE)
    for page in out.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html and "<img" not in html, page.name
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html, page.name
    for data in (out / "assets" / "data").glob("*.js"):
        assert "<" not in data.read_text(encoding="utf-8"), data.name
    assert any(area[1] == HOSTILE for area in data_of(out, "base")["areas"])
    assert any(area[1] == HOSTILE for area in data_of(out, "villages-990104")["areas"])


def test_no_reference_leaves_the_folder(site: Path) -> None:
    """Nothing points outside; every file that a page names is there, and so is every place in it."""
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    texts = pages | {path.name: path.read_text(encoding="utf-8") for path in (site / "assets").glob("site.*")}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in (site / "assets" / "data").glob("*.js")}
    for name, text in texts.items():
        bare = text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.[a-z]|@import|url\(", bare), name
    icons = data_of(site, "../icons")
    for name, html in pages.items():
        for source in re.findall(r'(?:src|href)="([^"]*)"', html):
            page, _, anchor = source.partition("#")
            assert source == "data:," or not page or (site / page).is_file(), (name, source)
            if anchor.startswith("i-"):
                assert f'id="{anchor}"' in icons, (name, source)
            elif anchor and page in ("", *pages):
                assert f'id="{anchor.split("/")[0]}"' in pages[page or name], (name, source)


def test_chart_library_travels_with_its_licence(site: Path) -> None:
    folder = site / "assets" / "echarts"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "Apache ECharts" in (folder / "NOTICE").read_text()
    digest = hashlib.sha256((folder / "echarts.common.min.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text()


def test_a_publication_without_figures_still_gives_a_page(tmp_path: Path) -> None:
    marts = fabricate(tmp_path / "marts.duckdb", empty=True)
    assert build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1").pages == 78
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


def test_pages_lead_to_each_other(site: Path) -> None:
    """From the first page every page can be reached; the shells say what they are about without a script."""
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        found = set(re.findall(r'href="([^"#]+\.html)', pages[waiting.pop()])) - reached
        reached |= found
        waiting += sorted(found)
    assert reached == set(pages)
    assert "出生人口性别比" in pages["indicator-sex_ratio_at_birth.html"]
    assert "男婴出生数 / 女婴出生数 × 100" in pages["indicator-sex_ratio_at_birth.html"]
    assert "东湖城关镇" in pages["area-990101001000.html"]


def test_the_publications_page_says_what_changed(site: Path) -> None:
    html = (site / "publications.html").read_text(encoding="utf-8")
    revised = [row for row in rows_of(html[html.index('id="revised-table"') :]) if "9.99" in row]
    assert len(revised) == 1 and "11.11" in revised[0] and "人口出生率" in revised[0]
    verdicts = html[html.index('id="verdicts"') : html.index('id="runs"')]
    assert "v-met" in verdicts and "v-missed" in verdicts
    runs = html[html.index('id="runs"') :]
    assert "run-1" in runs and "the head" in runs
    assert "撤销" in html[html.index('id="reason-table"') :]


def test_a_page_of_an_area_shows_what_was_attested(site: Path) -> None:
    assert "优质服务落实" in (site / "area-990101000000.html").read_text(encoding="utf-8")
    assert "优质服务落实" not in (site / "area-990102000000.html").read_text(encoding="utf-8")


def test_a_map_is_drawn_from_geometry_and_refused_where_there_is_none(marts: Path, tmp_path: Path) -> None:
    square = [[[110.0, 30.0], [110.5, 30.0], [110.5, 30.5], [110.0, 30.5], [110.0, 30.0]]]
    features = [
        {"type": "Feature", "properties": {"adcode": 990101}, "geometry": {"type": "Polygon", "coordinates": square}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
    ]
    geometry = tmp_path / "areas.geojson"
    geometry.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1", geometry=geometry)
    drawn = data_of(tmp_path / "site", "map")
    assert list(drawn["paths"]) == ["990101000000"]
    assert drawn["width"] == 1000 and 1100 < drawn["height"] < 1200, (
        "a degree of longitude is shorter than one of latitude"
    )
    assert re.fullmatch(r"M(\d+ \d+L){3}\d+ \d+Z", drawn["paths"]["990101000000"])
    assert data_of(tmp_path / "site", "base")["map"] is True
    geometry.write_text('{"features": []}')
    with pytest.raises(GeometryError, match=r"areas\.geojson is no GeoJSON"):
        build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1", geometry=geometry)


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
