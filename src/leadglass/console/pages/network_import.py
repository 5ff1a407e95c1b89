"""Files become the network: upload, what was read of them, what each subnet is, kept. Nothing unmasked is ever kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from starlette.responses import Response

from leadglass.assessor.network import described
from leadglass.config.network import MODELS, load_model, parse_hospital
from leadglass.console.form import Upload, Uploads
from leadglass.console.network_offers import NetworkOffer
from leadglass.console.network_view import PATH
from leadglass.console.page import Page, Visit
from leadglass.console.survey_form import Fault
from leadglass.console.text import plural
from leadglass.errors import LeadglassError
from leadglass.network.draft import Draft
from leadglass.network.hospital import Hospital, Zone
from leadglass.network.hospital_file import write
from leadglass.network.importers import IMPORTERS
from leadglass.network.intake import HOSPITAL, MAX_FILES, Taken, intake, taken
from leadglass.network.model_network import ModelNetwork
from leadglass.store.appstate.network import Text, latest, network_texts, save_network

IMPORT, ZONES = f"{PATH}/import", f"{PATH}/zones"
OWN = "network.toml"
MAX_BYTES = 24 << 20  # of all files of one upload
MAX_SHOWN = 300  # zones in the form; more are changed in the file
_SECOND = 1_000_000_000
_NONE = ""


def show(visit: Visit) -> Response:
    """The form."""
    return _show(visit)


def _show(visit: Visit, error: LeadglassError | None = None, fault: str = "") -> Response:
    files, _ = network_texts(visit.console.engine)
    return visit.render(
        "network_import.html",
        400 if error or fault else 200,
        error=error,
        faults=[Fault("files", fault)] if fault else [],
        syntaxes=sorted(IMPORTERS),
        models=[(name, load_model(name).title) for name in reversed(MODELS)],
        max_bytes=MAX_BYTES,
        described=described(files) is not None,
        offer=visit.console.network_offers.look(visit.session, visit.console.clock()),
    )


def upload(visit: Visit) -> Response:
    """Read files, and go on to what each subnet is."""
    chosen = (*visit.uploaded("files"), *visit.uploaded("list"))
    if not chosen:
        return _show(visit, fault="Choose a backup of a firewall, a list of subnets, or both")
    files, texts = network_texts(visit.console.engine)
    own = described(files)
    base = parse_hospital(texts[own.name], own.name) if own is not None else None
    model = base.model if base is not None else visit.field("model")
    try:
        handed = [taken(one.name, _decoded(one)) for one in chosen]
        offer = _offer(visit, handed, base, load_model(model if model in MODELS else MODELS[-1]), latest(files))
    except LeadglassError as error:
        return _show(visit, error)
    visit.console.network_offers.put(visit.session, offer)
    return visit.go(ZONES)


def _decoded(one: Upload) -> str:
    try:
        return one.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return one.content.decode("latin-1")  # comments of old boxes; every byte is some character


def _offer(visit: Visit, handed: list[Taken], base: Hospital | None, model: ModelNetwork, basis: int) -> NetworkOffer:
    """What the files make: of a hospital's own file that hospital, else a draft."""
    own = [one for one in handed if one.kind == HOSPITAL]
    if own:
        hospital = parse_hospital(own[0].text, own[0].name)
        rest = tuple(one for one in handed if one.kind in IMPORTERS)
        return NetworkOffer(Draft(hospital, (), frozenset()), rest, basis, visit.console.clock())
    made = intake(handed, model, base, visit.console.configuration().site.name)
    return NetworkOffer(made.draft, made.configurations, basis, visit.console.clock())


def zones(visit: Visit) -> Response:
    """What each subnet is: of what was uploaded, else of the network that is kept."""
    offer = visit.console.network_offers.look(visit.session, visit.console.clock())
    files, texts = network_texts(visit.console.engine)
    own = described(files)
    if offer is None and own is None:
        return visit.go(PATH)
    hospital = offer.draft.hospital if offer is not None else parse_hospital(texts[own.name], own.name)  # type: ignore[union-attr]  # one of both is there
    return _form(visit, hospital, offer, latest(files))


def _form(visit: Visit, hospital: Hospital, offer: NetworkOffer | None, basis: int) -> Response:
    model = load_model(hospital.model if hospital.model in MODELS else MODELS[-1])
    return visit.render(
        "network_zones.html",
        hospital=hospital,
        offer=offer,
        basis=offer.basis if offer is not None else basis,
        zones=hospital.zones[:MAX_SHOWN],
        hidden=max(0, len(hospital.zones) - MAX_SHOWN),
        roles=[role for role in model.roles if not role.filter and role.id not in {"internet", "unassociated"}],
        proposed=offer.draft.proposed if offer is not None else frozenset(),
        questions=[one for one in offer.draft.questions if not one.startswith("Zone ")] if offer is not None else (),
        may=visit.may("decide"),
    )


def keep(visit: Visit) -> Response:
    """Keep the network with the roles that were chosen, and what was uploaded with it."""
    console = visit.console
    offer = console.network_offers.look(visit.session, console.clock())
    if visit.field("action") == "drop":
        console.network_offers.drop(visit.session)
        return visit.go(PATH, "good", "Nothing was kept.")
    files, texts = network_texts(console.engine)
    own = described(files)
    if offer is None and own is None:
        return visit.go(PATH, "warn", "There is nothing to keep: upload the files again.")
    if offer is None and visit.field("offered"):
        return visit.go(ZONES, "warn", "What was uploaded is no longer here: upload it again. Nothing was changed.")
    hospital = offer.draft.hospital if offer is not None else parse_hospital(texts[own.name], own.name)  # type: ignore[union-attr]  # one of both is there
    told = msgspec.structs.replace(hospital, zones=tuple(_zone(visit, zone) for zone in hospital.zones))
    saved = [Text(own.name if own is not None else OWN, HOSPITAL, write(told))]
    saved += [Text(one.name, one.kind, one.text) for one in (offer.configurations if offer is not None else ())]
    save_network(
        console.engine, saved, basis=_basis(visit), by=visit.name, address=visit.address,
        at=datetime.fromtimestamp(console.clock() / _SECOND, UTC),
        what="network-imported" if offer is not None else "network-changed",
    )  # fmt: skip
    console.network_offers.drop(visit.session)
    return visit.go(f"{PATH}/picture", "good", f"{plural(len(told.zones), 'zone')} kept; this is how they compare.")


def _basis(visit: Visit) -> int:
    digits = visit.field("basis")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else -1


def _zone(visit: Visit, zone: Zone) -> Zone:
    """With the roles of the form; a zone that was not in it keeps its own."""
    if f"role-{zone.name}" not in visit.form:
        return zone
    model_roles = {role.id for name in MODELS for role in load_model(name).roles if not role.filter}
    chosen = [role for role in _chosen(visit, zone) if role in model_roles]
    return msgspec.structs.replace(zone, roles=tuple(dict.fromkeys(chosen)))


def _chosen(visit: Visit, zone: Zone) -> Iterable[str]:
    """The first role by the list; further ones it had stay, unless the first was changed."""
    first = visit.field(f"role-{zone.name}")
    if first == (zone.roles[0] if zone.roles else _NONE):
        return zone.roles
    return (first, *visit.fields(f"more-{zone.name}")) if first else ()


PAGES = (
    Page(IMPORT, "assessment", get=show, post=upload, post_permission="decide", uploads=Uploads(MAX_BYTES, MAX_FILES)),
    Page(ZONES, "assessment", get=zones, post=keep, post_permission="decide"),
)
