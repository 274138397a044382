"""A page of the site before it is rendered."""

from dataclasses import dataclass, field

from orchestration.site.marts import Row


@dataclass(frozen=True)
class Page:
    """One HTML file: its name, its template, the kind that the script acts on, and what the template is told."""

    name: str
    template: str
    kind: str
    context: Row
    attributes: dict[str, str] = field(default_factory=dict)
