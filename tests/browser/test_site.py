"""The page in a real browser, from a file: draws, switches, sorts, restores its address, asks nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.site.build import build_site
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
INK = """() => { const c = document.querySelector('#trend-chart canvas'); if (!c) return 0;
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
  for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""


@dataclass
class Opened:
    """A loaded page, with what it complained of and what it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def column(self, number: int) -> list[str]:
        return self.page.locator(f"#town-table tbody tr > :nth-child({number})").all_inner_texts()


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


def load(browser: Browser, site: Path, address: str = "", width: int = 1400) -> Opened:
    opened = visit(browser, site / "index.html", address, width)
    opened.page.locator("#town-table tbody tr").first.wait_for()
    return opened


def visit(browser: Browser, page: Path, address: str = "", width: int = 1400) -> Opened:
    opened = Opened(browser.new_page(viewport={"width": width, "height": 900}))
    opened.page.on("console", lambda line: opened.complaints.append(f"{line.type}: {line.text}"))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("dialog", lambda dialog: (opened.complaints.append("a dialog"), dialog.dismiss()))
    opened.page.goto(page.as_uri() + address)
    return opened


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    found = load(browser, folder / "site")
    yield found
    assert found.complaints == []
    assert [url for url in found.requests if not url.startswith(("file:", "data:"))] == []
    found.page.close()


@pytest.mark.parametrize("name", ["site", "hostile"])
def test_the_quality_page_works_by_itself(browser: Browser, folder: Path, name: str) -> None:
    found = visit(browser, folder / name / "quality.html")
    assert found.page.locator("#scores tbody tr").count() == 4
    assert found.page.locator("#integrity tbody tr").count() >= 2
    found.page.click('[data-set-lang="en"]')
    assert not found.page.locator('#scores h2 [lang="zh"]').is_visible()
    assert found.page.locator('[data-set-lang="en"][aria-pressed="true"]').count() == 1
    assert found.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found.page.click('a[href="index.html"]')
    found.page.locator("#town-table tbody tr").first.wait_for()
    assert found.complaints == []
    assert [url for url in found.requests if not url.startswith(("file:", "data:"))] == []
    found.page.close()


def test_charts_and_tables_are_drawn(opened: Opened) -> None:
    assert opened.page.evaluate(INK) > 1000
    assert opened.page.locator("#town-table svg.dot circle").count() > 10
    assert opened.page.locator("#quality-matrix button.cell").count() > 60
    assert opened.page.locator("#delivery-matrix [data-status=missing]").count() >= 1
    assert opened.page.locator("#trend-table tbody tr").count() == 18


def test_switching_indicator_window_clock_and_area_changes_the_words(opened: Opened) -> None:
    seen = [opened.text("#trend-text")]
    opened.page.select_option("#pick-indicator", "crude_birth_rate")
    seen.append(opened.text("#trend-text"))
    opened.page.check("#window-trailing_12_months")
    seen.append(opened.text("#trend-text"))
    opened.page.check("#clock-event")
    seen.append(opened.text("#trend-text"))
    opened.page.select_option("#pick-area", "990101000000")
    seen.append(opened.text("#trend-text"))
    assert len(set(seen)) == len(seen)
    assert "近12个月" in opened.text("#town-period")
    assert opened.page.evaluate(INK) > 1000
    for part in ("i=crude_birth_rate", "w=trailing_12_months", "c=event", "a=990101000000"):
        assert part in opened.page.url


def test_townships_stand_by_code_until_somebody_sorts(opened: Opened) -> None:
    codes = opened.column(1)
    assert codes == sorted(codes) and len(codes) == 16
    opened.page.click('[data-sort="value"]')
    values = [text.split("\n")[0] for text in opened.column(3)]
    numbers = [float(value) for value in values if value.replace(".", "").isdigit()]
    assert numbers == sorted(numbers) and len(numbers) >= 10
    assert not values[-1].replace(".", "").isdigit()
    assert opened.page.locator('th[aria-sort="ascending"] [data-sort="value"]').count() == 1
    assert "不是名次" in opened.text("#town-text")
    opened.page.click('[data-sort="value"]')
    turned = [text.split("\n")[0] for text in opened.column(3)]
    assert turned[-1] == values[-1] and turned[0] == values[len(numbers) - 1]


def test_scope_shows_one_county_or_the_counties(opened: Opened) -> None:
    opened.page.select_option("#pick-scope", "990102000000")
    assert all(code.startswith("990102") for code in opened.column(1)) and len(opened.column(1)) == 4
    opened.page.select_option("#pick-scope", "counties")
    assert opened.column(1) == ["990101", "990102", "990103", "990104"]


def test_protected_and_missing_values_look_different(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "site", "#townships/i=out_of_policy_3plus_rate&w=month")
    for status in ("suppressed", "no_delivery"):
        assert found.page.locator(f"#town-table .s-{status}").count() >= 1, status
    assert "1-7" in found.text("#town-table .s-suppressed >> nth=0")
    assert found.page.locator("#town-table .s-zero").count() >= 1
    assert found.complaints == []
    found.page.close()


def test_an_address_restores_what_was_chosen(browser: Browser, folder: Path) -> None:
    address = "#townships/i=sex_ratio_at_birth_p2&w=month&c=event&a=990103000000&s=990103000000&o=-value&l=en"
    found = load(browser, folder / "site", address)
    assert found.page.input_value("#pick-indicator") == "sex_ratio_at_birth_p2"
    assert found.page.is_checked("#window-month") and found.page.is_checked("#clock-event")
    assert found.page.input_value("#pick-area") == "990103000000"
    assert len(found.column(1)) == 4
    assert found.page.evaluate("document.documentElement.lang") == "en"
    assert not found.page.locator("#h-trend [lang=zh]").is_visible()
    assert found.complaints == []
    found.page.close()


def test_a_foreign_address_is_ignored(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "site", "#trend/i=nonsense&w=%3Cscript%3E&a=1&o=drop")
    assert found.page.input_value("#pick-indicator") == "sex_ratio_at_birth"
    assert found.complaints == []
    found.page.close()


def test_quality_cell_opens_its_checks_by_keyboard(opened: Opened) -> None:
    opened.page.locator("#quality-matrix .expand").first.focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#quality-matrix tr.county:visible").count() == 4
    opened.page.locator("#quality-matrix button.cell").first.focus()
    opened.page.keyboard.press("Enter")
    assert "id_present" in opened.text("#quality-detail")
    opened.page.keyboard.press("Enter")
    assert opened.text("#quality-detail") == ""


def test_delivery_cell_tells_held_from_missing(opened: Opened) -> None:
    opened.page.locator("#delivery-matrix [data-status=missing]").first.click()
    assert "未报送" in opened.text("#delivery-detail")
    opened.page.locator("#delivery-matrix [data-status=held]").first.click()
    assert "暂扣" in opened.text("#delivery-detail")


def test_every_link_of_the_page_resolves(opened: Opened) -> None:
    targets = opened.page.eval_on_selector_all("a[href^='#']", "all => all.map(a => a.getAttribute('href'))")
    assert len(targets) > 10
    for target in set(targets):
        assert opened.page.locator("#" + target[1:].split("/")[0]).count() == 1, target


def test_a_telephone_has_no_sideways_page(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "site", width=390)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found.complaints == []
    found.page.close()


def test_hostile_labels_stay_text(browser: Browser, folder: Path) -> None:
    found = load(browser, folder / "hostile", "#trend/a=990104000000")
    assert HOSTILE in found.text("#trend-text")
    found.page.hover("#trend-chart", position={"x": 600, "y": 200})
    found.page.locator("#delivery-matrix .expand", has_text="births").first.click()
    assert HOSTILE in found.text("#delivery-matrix")
    assert found.page.locator("#main script, #main img").count() == 0
    assert found.complaints == []
    found.page.close()
