"""Draws docs/hospital-it/data-flows.svg: which data goes from where to where, and where it stays. Writes no file."""

from __future__ import annotations

from html import escape

WIDTH, HEIGHT = 1080, 640

# x, y, width, height, title, lines below it, class
BOXES = (
    (20, 60, 190, 120, "Devices", ("modalities,", "workstations,", "other systems"), "peer"),
    (20, 420, 190, 100, "Browsers", ("PACS administrators,", "security officers"), "peer"),
    (870, 60, 190, 120, "Archives", ("PACS, VNA, worklist", "and report systems"), "peer"),
    (870, 420, 190, 100, "Elsewhere", ("backup, monitoring,", "kept checkpoints"), "peer"),
    (310, 60, 210, 120, "Workers", ("read command and head,", "pass pixel data on,", "keep none of it"), "process"),
    (570, 60, 190, 120, "Registrar", ("who may call;", "what is expected"), "process"),
    (310, 230, 210, 90, "Journals", ("events of the last second,", "on disk"), "store"),
    (570, 230, 190, 90, "Application state", ("users, peers; SQLite", "or PostgreSQL"), "store"),
    (310, 370, 210, 100, "Ledger", ("signed; every event,", "for the time you set"), "store"),
    (570, 420, 190, 100, "Console", ("HTTPS; pages,", "patient page"), "process"),
    (310, 520, 210, 74, "Projection", ("index of the ledger,", "can be deleted"), "store"),
)

# points, label, its place, patient data?
FLOWS = (
    (((210, 95), (310, 95)), "DICOM, TLS", (247, 86), True),
    (((520, 78), (545, 78), (545, 40), (815, 40), (815, 95), (870, 95)), "DICOM, TLS", (680, 32), True),
    (
        ((870, 150), (800, 150), (800, 200), (260, 200), (260, 150), (310, 150)),
        "objects of a C-MOVE, reports",
        (535, 195),
        True,
    ),
    (((520, 130), (570, 130)), "asks", (545, 122), True),
    (((415, 180), (415, 230)), "events", (442, 219), True),
    (((415, 320), (415, 370)), "merged, then deleted", (482, 348), True),
    (((415, 470), (415, 520)), "read", (434, 487), True),
    (((665, 180), (665, 230)), "", (0, 0), True),
    (((520, 560), (665, 560), (665, 520)), "", (0, 0), True),
    (((570, 495), (210, 495)), "HTTPS", (247, 487), True),
    (((665, 420), (665, 320)), "decisions of people", (600, 386), False),
    (((520, 400), (870, 400), (870, 420)), "", (0, 0), True),
    (((760, 470), (870, 470)), "figures", (815, 462), False),
)

STYLE = """
text { font: 14px sans-serif; fill: #1d2733; }
.title { font-weight: 600; font-size: 15px; }
.label { font-size: 12px; text-anchor: middle; }
rect { stroke-width: 1.5; rx: 6; }
.peer { fill: #f3f4f6; stroke: #5b6673; }
.process { fill: #e3efff; stroke: #1f5fae; }
.store { fill: #e6f4ea; stroke: #23713c; }
.house { fill: none; stroke: #1d2733; stroke-dasharray: 6 4; }
path { fill: none; stroke-width: 1.6; }
.patient { stroke: #a3381b; marker-end: url(#patient); }
.other { stroke: #5b6673; stroke-dasharray: 4 3; marker-end: url(#other); }
"""


def picture() -> str:
    """The SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">Data flows of Leadglass</title>',
        '<desc id="d">Devices and archives speak DICOM with the workers. Workers write events to journals; the ledger '
        "merges and signs them; the projection indexes them; the console shows them to browsers over HTTPS.</desc>",
        f"<style>{STYLE}</style>",
        f"<defs>{_marker('patient', '#a3381b')}{_marker('other', '#5b6673')}</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        '<rect class="house" x="285" y="20" width="500" height="600"/>',
        '<text class="title" x="298" y="613">Leadglass, one machine</text>',
    ]
    parts += [_flow(points, label, place, patient) for points, label, place, patient in FLOWS]
    parts += [_box(*box) for box in BOXES]
    parts.append('<path class="patient" d="M20 580 H70"/><text x="80" y="585">may carry patient data</text>')
    parts.append('<path class="other" d="M20 606 H70"/><text x="80" y="611">carries none</text></svg>')
    return "\n".join(parts) + "\n"


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" style="fill:{colour};stroke:none"/></marker>'
    )


def _box(x: int, y: int, width: int, height: int, title: str, lines: tuple[str, ...], kind: str) -> str:
    texts = "".join(
        f'<text x="{x + 12}" y="{y + 46 + 19 * number}">{escape(line)}</text>' for number, line in enumerate(lines)
    )
    head = f'<text class="title" x="{x + 12}" y="{y + 24}">{escape(title)}</text>'
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>{head}{texts}'


def _flow(points: tuple[tuple[int, int], ...], label: str, place: tuple[int, int], patient: bool) -> str:
    way = "M" + " L".join(f"{x} {y}" for x, y in points)
    text = f'<text class="label" x="{place[0]}" y="{place[1]}">{escape(label)}</text>' if label else ""
    return f'<path class="{"patient" if patient else "other"}" d="{way}"/>{text}'
