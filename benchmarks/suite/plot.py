# SPDX-License-Identifier: MIT
"""Bars of ratios as an SVG, without a library for it."""

import html
import math

WIDTH = 860
LABEL = 170
VALUE = 60
BAR = 15
GAP = 5
HEAD = 46
COLOURS = {"gust": "#1f6feb", "limit": "#8b949e"}
OTHER = "#d0a36a"


def colour_of(key):
    return COLOURS.get(key.split("_")[0], OTHER)


def panel(title, bars, top, low, high):
    """Lines of SVG for one scenario: `bars` are (key, label, ratio), on a logarithmic scale."""
    scale = (WIDTH - LABEL - VALUE) / math.log(high / low)

    def x_of(ratio):
        return LABEL + scale * math.log(min(max(ratio, low), high) / low)

    bottom = top + HEAD + len(bars) * (BAR + GAP)
    lines = [f'<text x="0" y="{top + 20}" class="title">{html.escape(title)}</text>']
    for tick in (0.5, 1, 2, 5, 10, 20, 50, 100, 200):
        if low <= tick <= high:
            x = x_of(tick)
            style = "one" if tick == 1 else "grid"
            lines.append(
                f'<line x1="{x:.1f}" y1="{top + 40}" x2="{x:.1f}" y2="{bottom}" class="{style}"/>'
                f'<text x="{x:.1f}" y="{top + 36}" class="tick">{tick:g}</text>'
            )
    for number, (key, label, ratio) in enumerate(bars):
        y = top + HEAD + number * (BAR + GAP)
        begin, end = sorted((x_of(1), x_of(ratio)))
        lines.append(
            f'<text x="{LABEL - 8}" y="{y + 12}" class="label">{html.escape(label)}</text>'
            f'<rect x="{begin:.1f}" y="{y}" width="{max(end - begin, 1.5):.1f}" height="{BAR}"'
            f' fill="{colour_of(key)}"/>'
            f'<text x="{end + 6:.1f}" y="{y + 12}" class="value">{ratio:.2f}</text>'
        )
    return lines, bottom


def plot(panels):
    """The SVG's text. `panels`: (title, [(key, label, ratio)])."""
    panels = [(title, sorted(bars, key=lambda bar: bar[2])) for title, bars in panels if bars]
    ratios = [ratio for _, bars in panels for _, _, ratio in bars]
    low = min(0.5, *ratios)
    high = max(2.0, *ratios) * 1.05
    body = []
    top = 0
    for title, bars in panels:
        lines, bottom = panel(title, bars, top, low, high)
        body += lines
        top = bottom + 18
    style = (
        "text{font:12px sans-serif;fill:#57606a}.title{font-size:14px;font-weight:bold}"
        ".tick{text-anchor:middle;font-size:10px}.label{text-anchor:end}"
        ".grid{stroke:#d0d7de;stroke-width:1}.one{stroke:#57606a;stroke-width:1.5}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {WIDTH + 16} {top}">',
            f"<style>{style}</style>",
            f'<rect x="-8" width="{WIDTH + 16}" height="{top}" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        ]
    )
