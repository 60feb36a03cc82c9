"""Draws lines of a terminal as SVG: their text, colour, bold and dim."""

import html
import re
import unicodedata

CELL, LINE, PAD, BAR = 8.43, 19, 16, 30
# A terminal's colours, and those of its text, of dim text, its ground and its edge.
PALETTES = {
    "dark": {
        "colours": ["#5b6078", "#ed8796", "#a6da95", "#eed49f", "#8aadf4", "#f5bde6", "#8bd5ca", "#cad3f5"],
        **{"text": "#cad3f5", "dim": "#8f96b3", "ground": "#24273a", "edge": "#363a4f"},
    },
    "light": {
        "colours": ["#5c5f77", "#c4002f", "#2b7a1a", "#945c00", "#1e5bd6", "#b3388a", "#0f7079", "#4c4f69"],
        **{"text": "#3c3f58", "dim": "#6a6d83", "ground": "#f7f8fb", "edge": "#ccd0da"},
    },
}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\x1b\].*?(?:\x07|\x1b\\)")


def width(text):
    """Columns of a text, near enough to place what follows it."""
    nothing = lambda c: unicodedata.category(c) in ("Mn", "Me", "Cf")
    return sum(0 if nothing(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(line, palette, style):
    """The pieces of a line, each with its column and style. Styles go on in the next line until one ends them."""
    column, at = 0, 0
    for match in list(ESCAPE.finditer(line)) + [None]:
        text = line[at : match.start() if match else len(line)]
        if text:
            yield column, text, dict(style)
            column += width(text)
        if match is None:
            return
        at = match.end()
        if match.group(2) == "m":
            for code in map(int, (match.group(1) or "0").split(";")):
                if code == 0:
                    style.clear()
                elif code == 1:
                    style["bold"] = True
                elif code == 2:
                    style["dim"] = True
                elif code == 22:
                    style.pop("bold", None)
                    style.pop("dim", None)
                elif code == 39:
                    style.pop("colour", None)
                elif 30 <= code <= 37 or 90 <= code <= 97:
                    style["colour"] = palette["colours"][code % 10]


def draw(lines, columns, palette):
    ground, edge = palette["ground"], palette["edge"]
    wide, high = round(columns * CELL + 2 * PAD), BAR + len(lines) * LINE + 2 * PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img">',
        f'<rect width="{wide}" height="{high}" rx="8" fill="{ground}" stroke="{edge}"/>',
    ]
    out += [f'<circle cx="{20 + 18 * n}" cy="{BAR / 2 + 3}" r="5" fill="{edge}"/>' for n in range(3)]
    out.append('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" xml:space="preserve">')
    running = {}
    for row, line in enumerate(lines):
        y = BAR + PAD + row * LINE + 14
        for column, text, style in spans(line, palette, running):
            if not text.strip():
                continue
            # Each piece is stretched to its cells, so that columns line up in any font.
            bold = ' font-weight="bold"' if style.get("bold") else ""
            colour = style.get("colour", palette["dim" if style.get("dim") else "text"])
            out.append(
                f'<text x="{PAD + column * CELL:.1f}" y="{y}" fill="{colour}"{bold} '
                f'textLength="{width(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">{html.escape(text)}</text>'
            )
    return "\n".join(out + ["</g>", "</svg>", ""])
