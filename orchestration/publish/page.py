"""The pages of the current publication, beside its marts."""

from datetime import datetime

import duckdb

from orchestration.backlog import mark_published
from orchestration.errors import RenkouError
from orchestration.publish.standing import current_marts, publication_number
from orchestration.settings import Settings
from orchestration.site.build import SiteSummary, build_site


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
