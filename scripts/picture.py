#!/usr/bin/env python3
"""Draws a terminal's text with its colours (SGR escapes, as `tmux capture-pane -e` gives them) as SVG.

    picture.py TITLE < screen > picture.svg
"""

import re
import sys
import unicodedata
from html import escape

CELL, LINE, SIZE, PAD, BAR = 8.43, 19, 14, 16, 34
BACK, FRONT, DIM = "#1b1f27", "#d7dae0", "#7f8794"
COLOURS = ["#3b4048", "#f07178", "#9ccc65", "#ffcb6b", "#6fa8ff", "#c792ea", "#66d9d0", "#d7dae0"]
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m|\x1b[^m]*m|\x0f")


def main():
    lines = [line.rstrip("\n") for line in sys.stdin]
    while lines and not ESCAPE.sub("", lines[-1]).strip():
        lines.pop()
    columns = max(len(ESCAPE.sub("", line)) for line in lines)
    width, height = round(columns * CELL + 2 * PAD), len(lines) * LINE + BAR + PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(sys.argv[1])}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>',
    ]
    for index, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        out.append(f'<circle cx="{PAD + 6 + 20 * index}" cy="17" r="6" fill="{colour}"/>')
    out.append(
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" fill="{FRONT}" xml:space="preserve">'
    )
    style = {}
    for row, line in enumerate(lines):
        y = BAR + (row + 1) * LINE - 5
        for column, text in spans(line, style):
            out.append(
                f'<text x="{PAD + column * CELL:.1f}" y="{y}" textLength="{cells(text) * CELL:.1f}"{attributes(text)}>'
                f"{escape(str(text))}</text>"
            )
    out.append("</g></svg>")
    print("\n".join(out))


class Span(str):
    """A run of text of one style."""


def spans(line, style):
    """The runs of a line with their columns; `style` goes on from line to line as a terminal's does."""
    column, at, found = 0, 0, []

    def take(text):
        nonlocal column
        if text.strip():
            lead = len(text) - len(text.lstrip())
            span = Span(text.strip())
            span.style = dict(style)
            found.append((column + lead, span))
        column += cells(text)

    for escape_ in ESCAPE.finditer(line):
        take(line[at : escape_.start()])
        at = escape_.end()
        if escape_.group(1) is not None:
            change(style, escape_.group(1))
    take(line[at:])
    return found


def change(style, codes):
    codes = [int(code or 0) for code in codes.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style.clear()
        elif code == 1:
            style["bold"] = True
        elif code == 2:
            style["dim"] = True
        elif code == 22:
            style.pop("bold", None)
            style.pop("dim", None)
        elif 30 <= code <= 37:
            style["colour"] = COLOURS[code - 30]
        elif 90 <= code <= 97:
            style["colour"] = COLOURS[code - 90]
        elif code in (38, 48):
            number = codes[1] if codes[:1] == [5] else None
            codes = codes[2:] if codes[:1] == [5] else codes[4:]
            if code == 38 and number is not None and number < 16:
                style["colour"] = COLOURS[number % 8]
        elif code == 39:
            style.pop("colour", None)


def attributes(text):
    style = text.style
    colour = style.get("colour", DIM if style.get("dim") else None)
    out = f' fill="{colour}"' if colour else ""
    return out + (' font-weight="bold"' if style.get("bold") else "")


def cells(text):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


main()
