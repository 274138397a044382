"""The pages in a real browser, from a folder: they draw, switch, sort, filter, restore their address, ask nobody, print whole."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.publish.page import NothingPublished
from orchestration.publish.reports import write_reports
from orchestration.settings import Settings
from orchestration.site.build import build_site
from orchestration.site.pdf import NoBrowser, print_pdf
from tests.requirements import require
from tests.unit.site.fabricated import HOSTILE, fabricate

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GENERATED = datetime(2015, 4, 8, 1, 30, tzinfo=UTC)
INK = """(id) => { const c = document.querySelector('#' + id + ' canvas'); if (!c) return 0;
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
  for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""
DRAWN = (
    "() => window.echarts.getInstanceByDom(document.getElementById(%r)).getOption().series.map(s => [s.name, s.data])"
)
KINDS = {
    "city": "index.html",
    "areas": "areas.html",
    "county": "area-990101000000.html",
    "township": "area-990101001000.html",
    "indicators": "indicators.html",
    "indicator": "indicator-crude_birth_rate.html",
    "assessments": "assessments.html",
    "scorecard": "scheme-ezhou-2015-03.html",
    "matrix": "scheme-jingdong-2015-03.html",
    "quality": "quality.html",
    "publications": "publications.html",
    "about": "about.html",
    "report": "report-monthly.html",
    "report_quarterly": "report-quarterly.html",
    "report_half_year": "report-half-year-en.html",
    "report_annual": "report-annual.html",
}
OF_THE_SITE = [kind for kind in KINDS if not kind.startswith("report")]
TOWN = "990101001000"


@dataclass
class Opened:
    """A loaded page, with what it complained of and what it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    drawn: str = ""

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def column(self, number: int, table: str = "town-table") -> list[str]:
        return self.page.locator(f"#{table} tbody tr:visible > :nth-child({number})").all_inner_texts()

    def settle(self) -> None:
        """Until what was chosen last is drawn."""
        self.page.locator(f'html[data-drawn]:not([data-drawn="{self.drawn}"])').wait_for(state="attached")
        self.drawn = self.page.locator("html").get_attribute("data-drawn") or ""

    def close(self) -> None:
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith(("file:", "data:", "blob:file:"))] == []
        self.page.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = require("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser")
    for name, hostile in (("site", False), ("hostile", True)):
        marts = fabricate(path / f"{name}.duckdb", hostile=hostile)
        build_site(marts, path / name, generated_at=GENERATED, publication="1")
    return path


def visit(browser: Browser, page: Path, address: str = "", width: int = 1400) -> Opened:
    opened = Opened(browser.new_page(viewport={"width": width, "height": 900}))
    opened.page.on("console", lambda line: opened.complaints.append(f"{line.type}: {line.text}"))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("dialog", lambda dialog: (opened.complaints.append("a dialog"), dialog.dismiss()))
    opened.page.goto(page.as_uri() + address)
    opened.settle()
    return opened


def load(browser: Browser, site: Path, address: str = "", width: int = 1400) -> Opened:
    return visit(browser, site / "index.html", address, width)


def shown_of(marts: Path, where: str) -> dict[str, float | None]:
    """Area or month -> value of the marts."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(f"select {where}").fetchall()
    return dict(rows)


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    found = load(browser, folder / "site")
    yield found
    found.close()


@pytest.mark.parametrize("name", ["site", "hostile"])
@pytest.mark.parametrize("kind", OF_THE_SITE)
def test_every_kind_of_page_loads_without_complaint(browser: Browser, folder: Path, name: str, kind: str) -> None:
    found = visit(browser, folder / name / KINDS[kind])
    assert found.page.locator("main h2:visible").count() >= 1
    assert found.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert found.page.locator("nav [aria-current]").count() == 1
    found.page.click('[data-set-lang="en"]')
    assert not found.page.locator('main h2 [lang="zh"]').first.is_visible()
    assert found.page.locator('[data-set-lang="en"][aria-pressed="true"]').count() == 1
    found.close()


def test_every_link_resolves(browser: Browser, folder: Path) -> None:
    """Links of the shells are checked in the unit tests; these are the ones that the script draws."""
    site = folder / "site"
    for page in KINDS.values():
        found = visit(browser, site / page)
        links = found.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        assert len(links) > 5
        for link in set(links):
            target, _, anchor = link.partition("#")
            path = site / (target or page)
            assert path.is_file(), (page, link)
            assert not anchor or f'id="{anchor.split("/")[0]}"' in path.read_text(encoding="utf-8"), (page, link)
        found.close()


@pytest.mark.parametrize("kind", KINDS)
def test_accessibility_checker_finds_no_serious_violation(browser: Browser, folder: Path, kind: str) -> None:
    found = visit(browser, folder / "site" / KINDS[kind])
    checked = Axe().run(found.page, options={"preload": False}).response
    assert len(checked["passes"]) > 15
    serious = [
        (rule["id"], [node["html"][:160] for node in rule["nodes"]][:3])
        for rule in checked["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    found.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_print_cuts_no_table(browser: Browser, folder: Path, kind: str) -> None:
    """A4 across, 12 mm margins: 1032 CSS pixels. Nothing scrolls, nothing sticks out, every row is there."""
    found = visit(browser, folder / "site" / KINDS[kind], width=1032)
    rows = found.page.locator("tbody tr").count()
    found.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    found.page.emulate_media(media="print")
    cut = found.page.evaluate(
        """() => [...document.querySelectorAll('table')].filter(t => t.getClientRects().length && t.rows.length).filter(t => {
            const box = t.getBoundingClientRect();
            const frames = []; for (let n = t.parentElement; n; n = n.parentElement) frames.push(n);
            return box.right > window.innerWidth + 1 || frames.some(n => getComputedStyle(n).overflowY !== 'visible'
                && n !== document.documentElement && n.scrollHeight > n.clientHeight + 1);
        }).map(t => [t.id, t.getBoundingClientRect().right])"""
    )
    assert cut == []
    assert found.page.locator("tbody tr").count() == rows
    assert found.page.locator("nav:visible, .controls:visible, .download:visible").count() == 0
    assert len(found.page.pdf(format="A4", landscape=True)) > 10_000
    found.close()


def test_charts_and_tables_are_drawn(opened: Opened) -> None:
    assert opened.page.evaluate(INK, "trend-chart") > 1000
    assert opened.page.locator("#town-table svg.dot circle").count() > 10
    assert opened.page.locator("#tiles .tile").count() == 20
    assert opened.page.locator("#trend-table tbody tr").count() == 18


def test_the_trend_draws_what_the_marts_hold_on_both_clocks(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / "indicator-crude_birth_rate.html", "#trend/w=month")
    series = {name: data for name, data in found.page.evaluate(DRAWN % "trend-chart") if name in ("value", "other")}
    for clock, name in (("report", "value"), ("event", "other")):
        held = shown_of(
            folder / "site.duckdb",
            f"""strftime(period_end, '%Y-%m'), value from indicator_values where indicator = 'crude_birth_rate'
            and area_level = 'city' and "window" = 'month' and clock = '{clock}' order by 1""",
        )
        drawn = [point["value"] if point else None for point in series[name]]
        assert drawn == [pytest.approx(value, abs=0.00501) for value in held.values()]
    assert found.page.evaluate(INK, "trend-chart") > 1000
    found.close()


GOALS = """() => echarts.getInstanceByDom(document.getElementById("trend-chart")).getOption().series
    .flatMap((series) => (series.markLine && series.markLine.data) || []).map((ends) => ends.map((end) => end.coord[0]))"""


def test_a_target_stands_while_its_scheme_is_in_force(browser: Browser, folder: Path, tmp_path: Path) -> None:
    marts = Path(shutil.copy(folder / "site.duckdb", tmp_path / "ended.duckdb"))
    with duckdb.connect(str(marts)) as connection:
        connection.execute("delete from assessments where period_end > '2014-09-30'")
    build_site(marts, tmp_path / "site", generated_at=GENERATED, publication="1")
    for month, is_in_force in (("2014-09", True), ("2015-03", False)):
        address = f"#trend/w=trailing_12_months&p={month}"
        found = visit(browser, tmp_path / "site" / "indicator-sex_ratio_at_birth.html", address)
        assert ("目标" in found.text("#trend-key")) == is_in_force
        assert ("目标" in found.text("#trend-text")) == is_in_force
        months = found.page.locator("#trend-table tbody th").all_text_contents()
        last = sorted(months).index("2014-09")
        drawn = found.page.evaluate(GOALS)
        assert (drawn != []) == is_in_force
        assert all(end == last for _, end in drawn), "the line ends with the scheme"
        found.close()


def rows_of(found: Opened, table: str) -> tuple[str, list[list[str]]]:
    """The name and the rows of a table's download."""
    with found.page.expect_download() as download:
        found.page.evaluate("id => document.querySelector(`[data-download=${id}]`).click()", table)
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return download.value.suggested_filename, list(csv.reader(io.StringIO(text)))


def test_a_card_downloads_with_its_windows_and_vetoes_apart(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / "scheme-ezhou-2015-03.html", "#card/a=990102000000")
    name, rows = rows_of(found, "card-table")
    assert name.startswith("card-ezhou-2015-03-990102000000")
    assert rows[0][:4] == ["项目 item", "时段 window", "一票否决 veto item", "数值 value"]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any("一票否决" in row[0] for row in rows[1:])
    assert {row[2] for row in rows[1:]} == {"", "是"}
    found.close()


def test_a_matrix_downloads_whole_rows_and_names_without_marks(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / "scheme-jingdong-2015-03.html")
    _, rows = rows_of(found, "matrix-table")
    assert {len(row) for row in rows} == {len(rows[0])}
    found.close()
    found = visit(browser, folder / "site" / "index.html", "#townships/l=en")
    _, rows = rows_of(found, "town-table")
    assert all(row[1].isascii() for row in rows[1:]), "English names in the English view, and no mark beside them"
    found.close()


def test_table_and_funnel_show_what_the_marts_hold(browser: Browser, folder: Path) -> None:
    address = "#townships/w=trailing_12_months&s=990101000000"
    found = visit(browser, folder / "site" / "indicator-crude_birth_rate.html", address)
    held = shown_of(
        folder / "site.duckdb",
        """left(area_code, 9), value from indicator_values where indicator = 'crude_birth_rate' and area_level = 'township'
        and area_code like '990101%' and "window" = 'trailing_12_months' and clock = 'report' and period_end = '2015-03-31'""",
    )
    values = found.page.locator("#town-table tbody td[data-value]").evaluate_all(
        "all => all.map(x => Number(x.dataset.value))"
    )
    assert dict(zip(found.column(1), values, strict=True)) == {
        k: pytest.approx(v, abs=0.00501) for k, v in held.items()
    }
    limits = shown_of(
        folder / "site.duckdb",
        """area_code, high_95 from indicator_funnels where indicator = 'crude_birth_rate' and area_code like '990101%'
        and area_level = 'township' and "window" = 'trailing_12_months' and period_end = '2015-03-31'""",
    )
    drawn = {name: data for name, data in found.page.evaluate(DRAWN % "funnel-chart")}
    assert len(drawn["areas"]) == len(held) == 4
    assert sorted(point["value"][1] for point in drawn["areas"]) == pytest.approx(sorted(held.values()), abs=0.00501)
    assert sorted(y for _, y in drawn["high95"]) == pytest.approx(sorted(limits.values()), abs=0.00501)
    assert found.page.evaluate(INK, "funnel-chart") > 1000
    assert found.page.locator("#funnel-table tbody tr").count() == 4
    assert "不分先后" in found.text("#funnel-text")
    found.close()


def test_a_map_takes_the_place_of_tiles_where_there_is_geometry(browser: Browser, folder: Path, tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"adcode": f"99010{n}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[n, 30], [n + 1, 30], [n + 1, 31], [n, 31], [n, 30]]],
            },
        }
        for n in range(1, 5)
    ]
    geometry = tmp_path / "areas.geojson"
    geometry.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    build_site(folder / "site.duckdb", tmp_path / "site", generated_at=GENERATED, publication="1", geometry=geometry)
    found = load(browser, tmp_path / "site", "#townships/i=crude_birth_rate&w=trailing_12_months")
    paths = found.page.locator("#tiles svg.map a path")
    assert paths.count() == 4 and found.page.locator("#tiles .tile").count() == 0
    assert "东湖区" in (found.page.locator("#tiles svg.map a").first.get_attribute("aria-label") or "")
    assert paths.first.evaluate("path => path.getBBox().width") > 100
    found.page.locator("#tiles svg.map a").first.focus()
    found.page.keyboard.press("Enter")
    found.page.wait_for_url("**/area-990101000000.html*")
    found.close()


def test_the_triangle_shows_when_a_count_changed(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / "indicator-sex_ratio_at_birth.html")
    rows = found.page.locator("#triangle-table tbody tr")
    assert rows.count() == 18
    february = rows.nth(16)
    assert february.locator("th").inner_text() == "2015-02"
    assert [text.split("\n")[0].rstrip("▲") for text in february.locator("td").all_inner_texts()] == ["72", "76"]
    assert february.locator("td.up").count() == 1
    assert rows.nth(0).locator("td.up").count() == 0
    assert "男婴" in found.text("#triangle-text")
    found.page.select_option("#pick-measure", "births_female")
    found.page.locator("#triangle-text", has_text="女婴").wait_for()
    found.close()
    found = visit(browser, folder / "site" / "indicator-crude_birth_rate.html")
    assert not found.page.locator("#triangle").is_visible(), "no count of this indicator has a triangle"
    found.close()


def test_switching_indicator_window_clock_area_and_period_changes_the_words(opened: Opened) -> None:
    seen = [opened.text("#trend-text")]
    opened.page.select_option("#pick-indicator", "crude_birth_rate")
    opened.settle()
    seen.append(opened.text("#trend-text"))
    opened.page.check("#window-trailing_12_months")
    opened.settle()
    seen.append(opened.text("#trend-text"))
    opened.page.check("#clock-event")
    opened.settle()
    seen.append(opened.text("#trend-text"))
    opened.page.select_option("#pick-area", "990101000000")
    opened.settle()
    seen.append(opened.text("#trend-text"))
    opened.page.select_option("#pick-period", "2014-12")
    opened.settle()
    seen.append(opened.text("#trend-text"))
    assert len(set(seen)) == len(seen)
    assert "2014-12 近12个月" in opened.text("#town-period").replace("\n", " ")
    assert opened.page.evaluate(INK, "trend-chart") > 1000
    for part in ("i=crude_birth_rate", "w=trailing_12_months", "c=event", "a=990101000000", "p=2014-12"):
        assert part in opened.page.url


def test_short_windows_are_offered_where_they_are_shown(opened: Opened) -> None:
    """The city has every window; a county none of a month, and a township's table says which window it shows instead."""
    assert opened.page.locator("#window-month").is_enabled()
    opened.page.check("#window-month")
    opened.settle()
    assert "近12个月" in opened.text("#town-period")
    assert "不公布短时段" in opened.text("#town-note")
    opened.page.select_option("#pick-area", "990101000000")
    opened.settle()
    assert not opened.page.locator("#window-month").is_enabled()
    assert "近12个月" in opened.text("#trend-text")


def test_townships_stand_by_code_until_somebody_sorts(opened: Opened) -> None:
    codes = opened.column(1)
    assert codes == sorted(codes) and len(codes) == 16
    opened.page.click('[data-sort="value"]')
    opened.settle()
    values = [text.split("\n")[0] for text in opened.column(3)]
    numbers = [float(value) for value in values if value.replace(".", "").isdigit()]
    assert numbers == sorted(numbers) and len(numbers) >= 10
    assert not values[-1].replace(".", "").isdigit()
    assert opened.page.locator('th[aria-sort="ascending"] [data-sort="value"]').count() == 1
    assert "不是名次" in opened.text("#town-text")
    opened.page.click('[data-sort="value"]')
    opened.settle()
    turned = [text.split("\n")[0] for text in opened.column(3)]
    assert turned[-1] == values[-1] and turned[0] == values[len(numbers) - 1]


def test_scope_shows_one_county_or_the_counties(opened: Opened) -> None:
    opened.page.select_option("#pick-scope", "990102000000")
    opened.settle()
    assert all(code.startswith("990102") for code in opened.column(1)) and len(opened.column(1)) == 4
    opened.page.select_option("#pick-scope", "counties")
    opened.settle()
    assert opened.column(1) == ["990101", "990102", "990103", "990104"]


def test_filter_keeps_what_matches_and_the_download_is_what_is_shown(opened: Opened) -> None:
    opened.page.fill("#town-filter", "青石")
    shown = opened.column(1)
    assert len(shown) == 4
    with opened.page.expect_download() as download:
        opened.page.click('[data-download="town-table"]')
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == shown
    assert rows[0][:3] == ["代码 code", "镇办 township", "数值 value"]
    value = opened.page.locator("#town-table tbody tr:visible td[data-value]").first.get_attribute("data-value")
    assert rows[1][2] == value
    assert download.value.suggested_filename == "town-sex_ratio_at_birth-all-policy_year_to_date-2015-03-report.csv"


def test_filters_and_scopes_choose_rows_and_compute_nothing(opened: Opened) -> None:
    """Two choices cannot be subtracted: whatever is chosen, each row is one of the whole table's, to the last cell."""
    page = opened.page
    assert page.input_value("#pick-scope") == "all"

    def rows() -> set[tuple[str, ...]]:
        cells = "all => all.map(row => [...row.cells].map(cell => cell.innerText))"
        return {tuple(row) for row in page.eval_on_selector_all("#town-table tbody tr:not([hidden])", cells)}

    def beside() -> str:
        """The page's words but for the bodies of its tables."""
        return page.evaluate(
            """() => { const copy = document.querySelector('main').cloneNode(true);
                copy.querySelectorAll('tbody').forEach(body => body.remove()); return copy.textContent; }"""
        )

    whole, words = rows(), beside()
    assert len(whole) > 10
    for wanted in ("青石", "990101", "no such township"):
        page.fill("#town-filter", wanted)
        assert rows() < whole
        assert beside() == words
    page.fill("#town-filter", "")
    scopes = page.eval_on_selector_all("#pick-scope option", "all => all.map(option => option.value)")
    counties = [scope for scope in scopes if scope.endswith("000000")]
    assert len(counties) == 4
    found = set[tuple[str, ...]]()
    for scope in counties:
        page.select_option("#pick-scope", scope)
        opened.settle()
        assert rows() < whole
        found |= rows()
    assert found == whole


def test_any_table_sorts_by_a_column(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / "indicators.html")
    button = found.page.locator("#indicator-table thead th").nth(1).locator("button")
    button.click()
    button.click()
    values = [float(text.replace(",", "")) for text in found.column(2, "indicator-table") if text != "–"]
    assert values == sorted(values, reverse=True) and len(values) > 10
    assert found.column(2, "indicator-table")[-1] == "–", "what has no value is not small"
    assert found.page.locator('#indicator-table th[aria-sort="descending"]').count() == 1
    found.close()


def test_protected_and_missing_values_look_different(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "site", "#townships/i=out_of_policy_3plus_rate&w=trailing_12_months&s=990101000000")
    assert found.page.locator("#town-table .s-zero").count() == 1
    assert found.page.locator("#town-table .s-not_applicable").count() == 1
    found.close()
    found = load(browser, folder / "site", "#townships/i=sex_ratio_at_birth_p3plus&p=2014-03")
    assert "1-7" in found.text("#town-table .s-suppressed >> nth=0")
    found.close()
    found = load(browser, folder / "site", "#townships/i=sex_ratio_at_birth_p2&w=policy_year")
    assert found.page.locator("#town-table .s-small").count() >= 1
    found.close()
    found = load(browser, folder / "site", "#townships/i=crude_birth_rate&s=990104000000")
    assert found.page.locator("#town-table .s-no_delivery").count() == 1
    found.close()


def test_an_address_restores_what_was_chosen(browser: Browser, folder: Path) -> None:
    address = (
        "#townships/i=sex_ratio_at_birth_p2&w=trailing_12_months&c=event&a=990103000000&s=990103000000&o=-value&l=en"
    )
    address += "&p=2015-01"
    found = load(browser, folder / "site", address)
    assert found.page.input_value("#pick-indicator") == "sex_ratio_at_birth_p2"
    assert found.page.is_checked("#window-trailing_12_months") and found.page.is_checked("#clock-event")
    assert found.page.input_value("#pick-area") == "990103000000"
    assert found.page.input_value("#pick-period") == "2015-01"
    assert len(found.column(1)) == 4
    assert found.page.evaluate("document.documentElement.lang") == "en"
    assert not found.page.locator("#h-trend [lang=zh]").is_visible()
    found.close()


def test_a_foreign_address_is_ignored(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "site", "#trend/i=nonsense&w=%3Cscript%3E&a=1&o=drop&p=1999-13")
    assert found.page.input_value("#pick-indicator") == "sex_ratio_at_birth"
    found.close()


def test_a_township_page_has_its_figures_its_parent_and_its_villages(browser: Browser, folder: Path) -> None:
    found = visit(browser, folder / "site" / f"area-{TOWN}.html")
    assert found.page.locator("#figures-table tbody tr").count() == 14
    held = shown_of(
        folder / "site.duckdb",
        f"""indicator, value from indicator_values where area_code = '{TOWN}' and "window" = 'trailing_12_months'
        and clock = 'report' and period_end = '2015-03-31' and indicator = 'crude_birth_rate'""",
    )
    row = found.page.locator("#figures-table tbody tr", has_text="人口出生率").first
    assert float(row.locator("td[data-value]").get_attribute("data-value") or 0) == pytest.approx(
        held["crude_birth_rate"], abs=6e-4
    )
    assert "东湖区" in found.text("#figures-table thead")
    assert found.page.locator("#village-table tbody tr").count() == 3
    found.page.select_option("#pick-indicator", "crude_birth_rate")
    found.settle()
    assert "人口出生率" in found.text("#trend-text") and "东湖城关镇" in found.text("#trend-text")
    found.close()
    county = visit(browser, folder / "site" / "area-990101000000.html")
    assert county.page.locator("#village-table tbody tr").count() == 12
    assert county.page.locator("#town-table tbody tr").count() == 4
    assert "云泽市" in county.text("#figures-table thead")
    county.close()


def test_a_scheme_page_has_card_matrix_vetoes_and_what_is_missing(browser: Browser, folder: Path) -> None:
    with duckdb.connect(str(folder / "site.duckdb"), read_only=True) as connection:
        counted = dict(
            connection.execute(
                """select verdict, count(*) from assessments where scheme = 'jingdong' and period_end = '2015-03-31'
                and reason <> 'not_due' group by all"""
            ).fetchall()
        )
        turned = connection.execute(
            """select count(*) from assessments as a inner join assessments as b using (scheme, area_code, indicator, "window")
            where a.scheme = 'jingdong' and a.period_end = '2014-12-31' and b.period_end = '2013-12-31'
                and b.verdict <> 'not_assessed' and a.verdict <> b.verdict"""
        ).fetchone()
    assert turned is not None and turned[0] > 0
    before = visit(browser, folder / "site" / "scheme-jingdong-2014-12.html")
    assert before.text("#matrix-table").count("上年") == turned[0], "a verdict that changed in a year says so"
    before.close()
    found = visit(browser, folder / "site" / "scheme-jingdong-2015-03.html")
    shown = {
        re.sub("v-| nil", "", found.page.locator("#scheme-tally li").nth(n).get_attribute("class") or ""): int(text)
        for n, text in enumerate(found.page.locator("#scheme-tally b").all_inner_texts())
    }
    assert {verdict: n for verdict, n in shown.items() if n} == counted
    assert found.page.locator("#matrix-table tbody tr").count() == 4
    assert "一票否决" in found.text("#scheme-vetoes")
    assert found.page.locator("#missing-table tbody tr").count() >= 1
    assert "现有登记尚不能计算" in found.text("#missing-table")
    found.page.click('#matrix-table tbody a[href*="990102"]')
    found.settle()
    assert found.page.locator("#card-table tbody tr").count() >= 5
    assert "西陵区" in found.text("#card-area")
    assert not found.page.locator("#matrix").is_visible()
    found.page.select_option("#pick-scheme-period", label="2014-09")
    found.page.wait_for_url(re.compile(r"scheme-jingdong-2014-09\.html#card/a=990102000000$"))
    found.close()


def test_quality_cell_opens_its_checks_by_keyboard(browser: Browser, folder: Path) -> None:
    opened = visit(browser, folder / "site" / "quality.html")
    assert opened.page.locator("#quality-matrix button.cell").count() > 60
    assert opened.page.locator("#scores tbody tr").count() == 4
    assert opened.page.locator("#integrity tbody tr").count() >= 2
    opened.page.locator("#quality-matrix .expand").first.focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#quality-matrix tr.county:visible").count() == 4
    opened.page.locator("#quality-matrix button.cell").first.focus()
    opened.page.keyboard.press("Enter")
    assert "id_present" in opened.text("#quality-detail")
    opened.page.keyboard.press("Enter")
    assert opened.text("#quality-detail") == ""
    opened.close()


def test_delivery_cell_tells_held_from_missing(browser: Browser, folder: Path) -> None:
    opened = visit(browser, folder / "site" / "quality.html")
    opened.page.locator("#delivery-matrix [data-status=missing]").first.click()
    assert "未报送" in opened.text("#delivery-detail")
    opened.page.locator("#delivery-matrix [data-status=held]").first.click()
    assert "暂扣" in opened.text("#delivery-detail")
    opened.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_telephone_has_no_sideways_page(browser: Browser, folder: Path, kind: str) -> None:
    found = visit(browser, folder / "site" / KINDS[kind], width=390)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
    found.close()


def test_hostile_labels_stay_text(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "hostile", "#trend/a=990104000000")
    assert HOSTILE in found.text("#trend-text")
    found.page.hover("#trend-chart", position={"x": 600, "y": 200})
    assert found.page.locator("#main script, #main img").count() == 0
    found.close()
    for page in ("area-990104000000.html", "area-990104004000.html", "scheme-jingdong-2015-03.html"):
        found = visit(browser, folder / "hostile" / page)
        assert found.page.locator("#main script, #main img").count() == 0
        assert HOSTILE in found.text("main") + found.text("header")
        found.close()
    found = visit(browser, folder / "hostile" / "quality.html")
    found.page.locator("#delivery-matrix .expand", has_text="births").first.click()
    assert HOSTILE in found.text("#delivery-matrix")
    found.close()


def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_quoted(opened: Opened) -> None:
    opened.page.evaluate("document.querySelector('#town-table tbody th').textContent = '=1+1'")
    with opened.page.expect_download() as download:
        opened.page.click('[data-download="town-table"]')
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert rows[1][1] == "'=1+1"


def test_a_page_that_lacks_its_data_says_so(browser: Browser, folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(folder / "site", site)
    (site / "assets" / "data" / "indicator-crude_birth_rate.js").unlink()
    page = browser.new_page()
    page.goto((site / "indicator-crude_birth_rate.html").as_uri())
    page.locator("#trouble:visible").wait_for()
    assert "indicator-crude_birth_rate" in page.locator("#trouble").inner_text()
    page.close()


def test_the_first_page_is_usable_soon(browser: Browser, folder: Path) -> None:
    load(browser, folder / "site").close()
    begun = perf_counter()
    found = load(browser, folder / "site")
    assert perf_counter() - begun < 5, "docs/decisions/0042 says what was measured at full size"
    found.close()


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


@pytest.mark.parametrize(
    ("name", "words"), [("report-monthly", "出生人口性别比"), ("report-monthly-en", "sex ratio at birth")]
)
def test_the_monthly_report_is_two_pages_in_its_language(
    browser: Browser, folder: Path, name: str, words: str, tmp_path: Path
) -> None:
    found = visit(browser, folder / "site" / f"{name}.html", width=688)
    assert words in found.text("#headline")
    other = "zh" if name.endswith("-en") else "en"
    assert found.page.locator(f'main [lang="{other}"]:visible').count() == 0
    with duckdb.connect(str(folder / "site.duckdb"), read_only=True) as connection:
        due = connection.execute(
            """select count(*) from assessments where scheme = 'ezhou' and period_end = '2015-03-31' and reason = 'provisional'"""
        ).fetchone()
    found.page.emulate_media(media="print")
    assert due is not None
    assert found.page.locator(".scorecard .s-provisional:visible").count() == due[0], (
        "what is provisional says so in print"
    )
    assert found.page.locator("#signatures td").count() == 3
    found.close()
    print_pdf(folder / "site" / f"{name}.html", tmp_path / "report.pdf")
    assert pages_of((tmp_path / "report.pdf").read_bytes()) == 2


def test_no_report_without_a_browser(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBrowser, match="apt install chromium"):
        print_pdf(folder / "site" / "report-monthly.html", tmp_path / "report.pdf")
    with pytest.raises(NothingPublished, match="there are no pages yet"):
        write_reports(Settings(home=tmp_path), tmp_path)
