"""The files that the network is read from: who handed them in, how much of them was understood. Shows no secret."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.assessor.network import described, told
from leadglass.console.network_view import PATH, compared
from leadglass.console.page import Page, Visit
from leadglass.console.records import nanoseconds
from leadglass.store.appstate.network import latest, network_files, network_texts, save_network

FILES = f"{PATH}/files"
MAX_PLACES = 20  # lines shown of one file
_SECOND = 1_000_000_000


def show(visit: Visit) -> Response:
    """All of them."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    devices = {device.name: device for device in found.network.devices}
    by_file = {one.file: devices.get(one.name) for one in found.network.hospital.filters if one.file}
    return visit.render(
        "network_files.html",
        lines=[(one, by_file.get(one.name), nanoseconds(one.at)) for one in found.files],
        basis=latest(found.files),
        most=MAX_PLACES,
        assumptions=found.comparison.assumptions,
    )


def ask(visit: Visit) -> Response:
    """Whether it is meant."""
    files = network_files(visit.console.engine)
    return visit.render("network_forget.html", files=files, basis=latest(files)) if files else visit.go(PATH)


def forget(visit: Visit) -> Response:
    """Forget everything: the network is described anew, or not at all."""
    files = network_files(visit.console.engine)
    digits = visit.field("basis")
    basis = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else -1
    save_network(
        visit.console.engine, (), basis=basis, by=visit.name, address=visit.address,
        at=datetime.fromtimestamp(visit.console.clock() / _SECOND, UTC),
        removed=[one.name for one in files], what="network-removed",
    )  # fmt: skip
    return visit.go(PATH, "good", "The network is forgotten; that it was stays on record.")


def hospital(visit: Visit) -> Response:
    """The hospital's file, to be completed with an editor and uploaded again."""
    files, texts = network_texts(visit.console.engine)
    own = described(files)
    if own is None:
        return visit.go(PATH)
    return _file(texts[own.name].encode(), "application/toml", "network.toml")


def outcome(visit: Visit) -> Response:
    """What came of the comparison, as JSON."""
    found = compared(visit)
    return found if isinstance(found, Response) else _file(told(found), "application/json", "network-comparison.json")


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, headers={"content-type": kind, "content-disposition": f'attachment; filename="{name}"'})


PAGES = (
    Page(FILES, "assessment", get=show),
    Page(f"{FILES}/forget", "decide", get=ask, post=forget),
    Page(f"{FILES}/network.toml", "assessment", get=hospital),
    Page(f"{FILES}/comparison.json", "assessment", get=outcome),
)
