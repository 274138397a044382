"""What the charts share: colours that the colour-blind tell apart (blue and orange, never red and green), text, axes."""

from typing import Any

INK = "#18222d"
MUTED = "#56626d"
BLUE = "#0a5a78"
ORANGE = "#b5530a"
BAND_BLUE = "#b9d3df"
BAND_ORANGE = "#f1cfae"
THIN = "#8a96a0"
PURPLE = "#4c3a73"
TEAL = "#215f5b"

TEXT = {"color": MUTED, "fontSize": 12.5}
# Drawn at once: a print or a screenshot never catches a half-drawn chart.
STILL: dict[str, Any] = {"animation": False, "aria": {"enabled": False}}
TOOLTIP = {"confine": True, "textStyle": {"color": INK, "fontSize": 13}}


def value_axis(**more: Any) -> dict[str, Any]:
    """An axis of values with light grid lines; the script sets its ends and its unit."""
    return {
        "type": "value",
        "axisLabel": TEXT,
        "nameTextStyle": {**TEXT, "align": "left"},
        "splitLine": {"lineStyle": {"color": "#edf0f2"}},
        **more,
    }


def gap_marks() -> dict[str, dict[str, Any]]:
    """A period without a value, by status letter: each reason has a shape of its own."""

    def hollow(colour: str, kind: Any = "solid") -> dict[str, Any]:
        return {"color": "#fff", "borderColor": colour, "borderWidth": 1.6, "borderType": kind}

    return {
        "n": {"symbol": "rect", "itemStyle": hollow(MUTED, [3, 2])},
        "a": {"symbol": "diamond", "symbolSize": 12, "itemStyle": hollow("#6a6f75")},
        "e": {"symbol": "triangle", "itemStyle": hollow(TEAL)},
        "s": {"symbol": "roundRect", "symbolSize": [14, 9], "itemStyle": {"color": PURPLE}},
    }
