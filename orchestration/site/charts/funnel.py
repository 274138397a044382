"""The funnel: areas by size and value, with the limits within which chance alone may put an area of that size.

Limits are the marts' own (indicator_funnels): around the value of the area they lie in, at 95 % and 99.8 %.
"""

from typing import Any

from orchestration.site.charts.looks import BLUE, INK, MUTED, ORANGE, STILL, TEXT, TOOLTIP, value_axis

POSITIONS = {"inside": "i", "above_95": "a", "above_998": "A", "below_95": "b", "below_998": "B"}


def spec() -> dict[str, Any]:
    """The looks of the funnel; the script adds points, limits and the ends of the axes."""
    outside = {"opacity": 1, "borderColor": "#fff", "borderWidth": 1}
    return {
        "option": {
            **STILL,
            "grid": {"left": 8, "right": 24, "top": 34, "bottom": 26, "containLabel": True},
            "tooltip": {**TOOLTIP, "trigger": "item"},
            "xAxis": value_axis(
                nameLocation="middle", nameGap=28, nameTextStyle=TEXT, min=0, axisLine={"onZero": False}
            ),
            "yAxis": value_axis(),
        },
        "positions": {
            "i": {"symbol": "circle", "symbolSize": 8, "itemStyle": {"color": "#9fb3bf", "borderColor": MUTED, "borderWidth": 1}},
            "a": {"symbol": "triangle", "symbolSize": 11, "itemStyle": {"color": BLUE, **outside}},
            "A": {"symbol": "triangle", "symbolSize": 15, "itemStyle": {"color": BLUE, **outside}},
            "b": {"symbol": "triangle", "symbolRotate": 180, "symbolSize": 11, "itemStyle": {"color": ORANGE, **outside}},
            "B": {"symbol": "triangle", "symbolRotate": 180, "symbolSize": 15, "itemStyle": {"color": ORANGE, **outside}},
            "-": {"symbol": "emptyCircle", "symbolSize": 7, "itemStyle": {"color": "#aab4bb"}},
        },
        "provisional": {"color": "#fff", "borderWidth": 2, "borderColor": MUTED},
        # Each area's own limits, as ticks: in a large city they draw the funnel.
        "limits": {
            "95": {"symbol": "rect", "symbolSize": [9, 2], "itemStyle": {"color": MUTED}},
            "998": {"symbol": "rect", "symbolSize": [15, 2], "itemStyle": {"color": INK}},
        },
        "centre": {"lineStyle": {"color": MUTED, "width": 1, "type": "solid"}},
    }  # fmt: skip
