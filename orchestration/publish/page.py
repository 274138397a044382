"""The pages of the current publication, beside its marts."""

from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.backlog import mark_published
from orchestration.errors import RenkouError
from orchestration.publish.standing import current_marts, publication_number
from orchestration.settings import Settings
from orchestration.site.build import SiteSummary, build_site
from orchestration.site.pages import MONTHLY, MONTHLY_EN
from orchestration.site.pdf import print_pdf


class NothingPublished(RenkouError):
    """There is no publication to make pages of."""


def write_site(settings: Settings) -> SiteSummary:
    """Write published/site/ from the current publication, dated as the publication is. NothingPublished without one."""
    marts = current_marts(settings)
    if marts is None:
        raise NothingPublished("nothing has been published yet: run `renkou run` first")
    with duckdb.connect(str(marts), read_only=True) as connection:
        row = connection.execute("select published_at from publication").fetchone()
    published_at: datetime = row[0] if row else datetime.min
    number = str(publication_number(marts))
    summary = build_site(
        marts,
        settings.published / "site",
        generated_at=published_at,
        publication=number,
        geometry=settings.geometry_path,
    )
    mark_published(settings)
    return summary


def print_reports(settings: Settings, out: Path) -> list[Path]:
    """Print the monthly report's editions into a folder. NothingPublished without a site, NoBrowser without Chromium."""
    site = settings.published / "site"
    if not (site / f"{MONTHLY}.html").is_file():
        raise NothingPublished("there are no pages yet: run `renkou run` or `renkou publish` first")
    out.mkdir(parents=True, exist_ok=True)
    made = [out / f"{name}.pdf" for name in (MONTHLY, MONTHLY_EN)]
    for path in made:
        print_pdf(site / f"{path.stem}.html", path.resolve())
    return made
