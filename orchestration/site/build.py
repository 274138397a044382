"""Builds the static site from one published marts file: `build_site` is the only way in.

Pages read only what is published: the marts file is the only input (and the office's map), opened read-only. Pages are small
shells; figures lie in scripts under assets/data/, each once, since a browser reads no other file beside a page from a folder.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.site import schemes
from orchestration.site.areas import area_files, village_files
from orchestration.site.base import base
from orchestration.site.charts.map import outlines
from orchestration.site.charts.triangle import triangles
from orchestration.site.columns import Frame
from orchestration.site.data import Facts
from orchestration.site.labels import labels
from orchestration.site.marts import MartsError, Row, open_marts
from orchestration.site.page import Page
from orchestration.site.pages import pages
from orchestration.site.registers import delivery, quality
from orchestration.site.series import indicator_files

__all__ = ["MartsError", "SiteSummary", "build_site"]

ROOM = Path(__file__).parent
ASSETS = ROOM / "assets"
ECHARTS = ROOM / "vendor" / "echarts"
CITY_TIME = ZoneInfo("Asia/Shanghai")
# What JSON leaves alone but HTML or JavaScript may take for its own.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True)
class SiteSummary:
    """What was written: HTML pages, and bytes of all files together."""

    pages: int
    bytes: int


def build_site(
    marts: Path, out: Path, *, generated_at: datetime, publication: str, geometry: Path | None = None
) -> SiteSummary:
    """Write the site of a published marts file into the folder `out`, replacing what was there.

    The same marts, `generated_at`, `publication` and `geometry` (GeoJSON of the areas) give the same bytes. The new site is
    written beside `out` and renamed into place, so a failed build leaves the old one. Raises MartsError when the file is not a
    published marts file, GeometryError when the geometry is none.
    """
    fresh = _empty_sibling(out, "new")
    (fresh / "assets" / "data").mkdir(parents=True)
    drawn = outlines(geometry) if geometry else None
    with open_marts(marts) as opened:
        facts = Facts(opened)
        for name, data in _data(facts, drawn):
            _write(fresh / "assets" / "data" / f"{file_name(name)}.js", _script(name, data))
        stamp = {"publication": publication, "generated_at": local(generated_at)}
        templates = environment()
        for page in pages(facts):
            _write(fresh / f"{file_name(page.name)}.html", render(templates, page, stamp))
    icons = templates.get_template("_icons.html.j2").module.sprite()  # type: ignore[attr-defined]
    _write(fresh / "assets" / "icons.js", _script("icons", re.sub(r"\n\s*", "", str(icons))))
    _write_assets(fresh / "assets")
    files = [path for path in fresh.rglob("*") if path.is_file()]
    summary = SiteSummary(
        pages=sum(path.suffix == ".html" for path in files), bytes=sum(path.stat().st_size for path in files)
    )
    _swap(fresh, out)
    return summary


def safe_json(value: Any) -> str:
    """Compact JSON that cannot end a script element or a JavaScript line, whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=False, allow_nan=False)
    for character, escaped in UNSAFE.items():
        if character in text:
            text = text.replace(character, escaped)
    return text


def file_name(name: str) -> str:
    """A name that is safe as a file's and in an address; codes of areas, indicators and schemes stay as they are."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", name)


def _data(facts: Facts, drawn: dict[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """(name, data) of every data file."""
    frame = Frame(facts)
    revised = triangles(facts)
    yield "base", base(facts, frame, has_map=drawn is not None, measures=list(revised))
    yield from indicator_files(facts, frame)
    yield from area_files(facts, frame)
    yield from village_files(facts, frame)
    yield from schemes.scheme_files(facts)
    for measure, triangle in revised.items():
        yield f"measure-{measure}", triangle
    yield "registers", {"quality": quality(facts), "delivery": delivery(facts), "names": _short_codes(facts)}
    if drawn is not None:
        yield "map", drawn


def _short_codes(facts: Facts) -> dict[str, list[str]]:
    """City and counties by the 6-digit code under which they deliver."""
    upper = {code: row for code, row in facts.areas.items() if row["area_level"] in ("city", "county")}
    return {code[:6]: [row["name_zh"], row["name_en"]] for code, row in upper.items()}


def _script(name: str, data: Any) -> str:
    """A data file: its data under its name."""
    return f"(window.RENKOU=window.RENKOU||{{}})[{safe_json(name)}]={safe_json(data)};\n"


def render(templates: Environment, page: Page, stamp: Row) -> str:
    """The HTML of a page, without the templates' indentation: there are hundreds."""
    html = templates.get_template(page.template).render(
        labels=labels(), kind=page.kind, attributes=page.attributes, **page.context, **stamp
    )
    return re.sub(r"\n\s+", "\n", html)


def environment() -> Environment:
    """Templates with every value escaped and every missing name an error."""
    templates = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["file"] = file_name
    return templates


def local(moment: datetime) -> str:
    """City time to the minute; a moment without a zone is city time already."""
    there = moment.astimezone(CITY_TIME) if moment.tzinfo else moment
    return there.strftime("%Y-%m-%d %H:%M")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_assets(folder: Path) -> None:
    """Style, behaviour, and the chart library with its licence."""
    for asset in sorted(ASSETS.iterdir()):
        shutil.copyfile(asset, folder / asset.name)
    shutil.copytree(ECHARTS, folder / "echarts", copy_function=shutil.copyfile)


def _empty_sibling(out: Path, suffix: str) -> Path:
    """An empty folder beside `out`; what a killed build left there goes."""
    sibling = out.with_name(f".{out.name}.{suffix}")
    shutil.rmtree(sibling, ignore_errors=True)
    sibling.mkdir(parents=True)
    return sibling


def _swap(fresh: Path, out: Path) -> None:
    """Put the new folder in the place of the old one; readers see one or the other."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
