"""Builds the static page from one published marts file: `build_site` is the only way in.

Reports read only what is published: the marts file is the only input, opened read-only.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.site.data import Facts, alerts, header, schemes
from orchestration.site.labels import labels
from orchestration.site.marts import MartsError, open_marts
from orchestration.site.payload import page_data
from orchestration.site.quality import quality_page

__all__ = ["MartsError", "SiteSummary", "build_site"]

ROOM = Path(__file__).parent
ASSETS = ROOM / "assets"
ECHARTS = ROOM / "vendor" / "echarts"
PAGES = ("index.html", "quality.html")
CITY_TIME = ZoneInfo("Asia/Shanghai")
# What JSON leaves alone but HTML or JavaScript may take for its own.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True)
class SiteSummary:
    """What was written: HTML pages, and bytes of all files together."""

    pages: int
    bytes: int


def build_site(marts: Path, out: Path, *, generated_at: datetime, publication: str) -> SiteSummary:
    """Write the site of a published marts file into the folder `out`, replacing what was there.

    The same marts, `generated_at` and `publication` give the same bytes. The new site is written beside
    `out` and renamed into place, so a failed build leaves the old one. Raises MartsError when the file is
    not a published marts file.
    """
    fresh = _empty_sibling(out, "new")
    pages, data = _render(marts, generated_at, publication)
    for name, html in pages.items():
        (fresh / name).write_text(html, encoding="utf-8", newline="\n")
    _write_assets(fresh / "assets", data)
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
        text = text.replace(character, escaped)
    return text


def _render(marts: Path, generated_at: datetime, publication: str) -> tuple[dict[str, str], str]:
    """The pages' HTML by file name, and the data script of the main one."""
    with open_marts(marts) as opened:
        facts = Facts(opened)
        context = {
            "head": header(facts),
            "schemes": schemes(facts),
            "alerts": alerts(facts),
            "labels": labels(),
            "page": quality_page(facts),
            "publication": publication,
            "generated_at": _local(generated_at),
        }
        data = f"window.RENKOU={safe_json(page_data(facts))};\n"
    environment = _environment()
    return {name: environment.get_template(f"{name}.j2").render(context) for name in PAGES}, data


def _environment() -> Environment:
    """Templates with every value escaped and every missing name an error."""
    return Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _local(moment: datetime) -> str:
    """City time to the minute; a moment without a zone is city time already."""
    local = moment.astimezone(CITY_TIME) if moment.tzinfo else moment
    return local.strftime("%Y-%m-%d %H:%M")


def _write_assets(folder: Path, data: str) -> None:
    """Style, behaviour, data, and the chart library with its licence."""
    folder.mkdir()
    for asset in sorted(ASSETS.iterdir()):
        shutil.copyfile(asset, folder / asset.name)
    (folder / "data.js").write_text(data, encoding="utf-8", newline="\n")
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
