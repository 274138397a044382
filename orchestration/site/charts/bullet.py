"""Geometry of the small pictures drawn by the templates: positions in percent of the width."""

from typing import TypedDict


class Bullet(TypedDict):
    """One value with its interval on an axis of its own; None where there is nothing to draw."""

    value: float
    low: float | None
    high: float | None
    target: float | None
    target_upper: float | None
    prior: float | None


PAD = 0.08


def _scale(points: list[float]) -> tuple[float, float]:
    """Start and width of an axis that holds every point with a margin; never of zero width."""
    low, high = min(points), max(points)
    width = (high - low) or abs(high) or 1.0
    return low - PAD * width, width * (1 + 2 * PAD)


def bullet(
    value: float | None,
    *,
    low: float | None,
    high: float | None,
    target: float | None,
    target_upper: float | None,
    prior: float | None,
) -> Bullet | None:
    """Positions (0 to 100) of value, interval, target and last year's value; None without a value."""
    if value is None:
        return None
    given = {"low": low, "high": high, "target": target, "target_upper": target_upper, "prior": prior}
    start, width = _scale([value, *(point for point in given.values() if point is not None)])

    def place(point: float | None) -> float | None:
        return None if point is None else round(100 * (point - start) / width, 2)

    return Bullet(
        value=round(100 * (value - start) / width, 2),
        low=place(low),
        high=place(high),
        target=place(target),
        target_upper=place(target_upper),
        prior=place(prior),
    )
