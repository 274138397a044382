"""The map: outlines of areas from a GeoJSON file that the office supplies, drawn as plain SVG paths."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.errors import RenkouError

WIDTH = 1000.0
CODES = ("area_code", "adcode", "code", "id")


class GeometryError(RenkouError):
    """The geometry file is no GeoJSON with polygons that carry area codes."""


def outlines(path: Path) -> dict[str, Any]:
    """`{"width", "height", "paths": {12-digit area code: SVG path}}` of a GeoJSON FeatureCollection in degrees.

    Codes are read from the properties area_code, adcode, code or id; 6 digits stand for a county. Positions are projected
    equidistantly at the middle latitude (a city is small) onto a width of 1000. Raises GeometryError.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        shapes = {_code(feature): list(_rings(feature["geometry"])) for feature in features}
        return _drawn({code: rings for code, rings in shapes.items() if code and rings})
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise GeometryError(f"{path.name} is no GeoJSON of areas: {type(error).__name__}") from error


def _code(feature: dict[str, Any]) -> str:
    """The area's code in 12 digits; empty where there is none."""
    properties = feature.get("properties") or {}
    found = next((str(properties[key]) for key in CODES if properties.get(key)), "")
    return found.ljust(12, "0") if found.isdigit() and len(found) <= 12 else ""


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Every ring of a Polygon or MultiPolygon; other geometries have none."""
    polygons = {"Polygon": lambda c: [c], "MultiPolygon": lambda c: c}.get(geometry["type"], lambda c: [])
    for polygon in polygons(geometry["coordinates"]):
        yield from polygon


def _drawn(shapes: dict[str, list[list[list[float]]]]) -> dict[str, Any]:
    """Shapes in degrees as paths; a file without any shape is an error."""
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    if not points:
        raise ValueError("no polygon")
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / (((east - west) or 1.0) * narrow)

    def path(rings: list[list[list[float]]]) -> str:
        parts = []
        for ring in rings:
            steps = dict.fromkeys(f"{(p[0] - west) * narrow * scale:.0f} {(north - p[1]) * scale:.0f}" for p in ring)
            parts.append("M" + "L".join(steps) + "Z")
        return "".join(parts)

    return {
        "width": round(WIDTH),
        "height": round((north - south) * scale) or 1,
        "paths": {code: path(rings) for code, rings in sorted(shapes.items())},
    }
