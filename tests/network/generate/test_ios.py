"""What is written for IOS, line by line: an evaluator of a few lines reads the lists as a router would."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network import naive_ios
from tests.network.generate.closing import same
from tests.network.generate.site import (
    CT,
    INTERFACES,
    PACS,
    PLACE,
    ROUTES,
    WARD,
    ZONES,
    Site,
    permit,
    service_of,
    site,
    zone_of,
)
from tests.network.generate.site import packet as sent
from tests.network.naive_asa import Packet

from leadglass.network.address import number
from leadglass.network.device import Check, Device, Routing
from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import VENDORS, Proposal, propose
from leadglass.network.importers import ios
from leadglass.network.prove import Wrong, prove
from leadglass.network.rule import Action, Chain, Chains

NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}
OLD = """interface ward
 ip address 10.3.0.1 255.255.255.240
 ip access-group OLD out
!
ip access-list extended OLD
 10 permit tcp any any established
 20 permit udp any eq 53 any
 30 deny tcp any any eq 445
 40 permit ip any any
"""


def router(*checks: Check) -> Device:
    return Device("fw", "ios", INTERFACES, ROUTES, (Routing(), *checks))


def proposed(device: Device, text: str = "", variant: Variant = Variant.NARROW) -> tuple[Site, Proposal]:
    found = site(device)
    return found, propose(found.comparison, found.devices, found.gaps, {"fw": text}, variant)


def decides(text: str, interface: str, line: tuple[str, str, int, str, int], *, established: bool = False) -> bool:
    """Whether the list that a text binds outwards permits (protocol, source, port, destination, port)."""
    lines = text.splitlines()
    bound = ""
    for at, head in enumerate(lines):
        if head == f"interface {interface}":
            bound = lines[at + 1].split()[2]
    if not bound:
        return True
    at = lines.index(f"ip access-list extended {bound}")
    for words in map(str.split, lines[at + 1 :]):
        if words[0] not in {"permit", "deny", "remark"}:
            break
        if words[0] != "remark" and _matches(lines, words[1:], line, established):
            return words[0] == "permit"
    return False


def _matches(lines: list[str], words: list[str], line: tuple[str, str, int, str, int], established: bool) -> bool:
    protocol, source, begins, destination, ends = line
    kind = words.pop(0)
    fits = kind in {"ip", protocol, str(NUMBERS[protocol])}
    for address, port in ((source, begins), (destination, ends)):
        fits &= _end(lines, words, address)
        if words and words[0] in {"eq", "range"}:
            count = 2 if words[0] == "eq" else 3
            values = [int(word) for word in words[1:count]]
            fits &= values[0] <= port <= values[-1]
            del words[:count]
    return fits and (words[:1] != ["established"] or established)


def _end(lines: list[str], words: list[str], address: str) -> bool:
    first = words.pop(0)
    if first == "any":
        return True
    if first == "host":
        return words.pop(0) == address
    if first == "object-group":
        at = lines.index(f"object-group network {words.pop(0)}")
        members = []
        for line in lines[at + 1 :]:
            if not line.startswith(" "):
                break
            parts = line.split()
            members.append(parts[1] if parts[0] == "host" else f"{parts[0]}/{parts[1]}")
        return any(ip_address(address) in ip_network(one) for one in members)
    return ip_address(address) in ip_network(f"{first}/{words.pop(0)}")


def test_beginnings_are_refused_and_answers_pass() -> None:
    _, proposal = proposed(router())
    assert proposal.proof.ok
    text = proposal.written[0].texts.enforce
    assert not decides(text, "ct", ("tcp", WARD, 40_000, CT, 22))
    assert decides(text, "ct", ("tcp", WARD, 22, CT, 40_000), established=True)
    assert decides(text, "ct", ("tcp", PACS, 40_000, CT, 104))
    assert not decides(text, "pacs", ("udp", CT, 40_000, PACS, 161))
    assert decides(text, "pacs", ("udp", WARD, 53, PACS, 40_000))  # the answer to what the PACS asked


def test_what_cannot_be_told_from_an_answer_is_not_claimed() -> None:
    _, proposal = proposed(router())
    assert "ward--ct--other" in proposal.closes
    assert "ward--pacs--other" not in proposal.closes
    shown = {one.gap: one for one in proposal.narrows}["ward--pacs--other"]
    assert shown.wrong is Wrong.STILL_OPEN
    assert shown.packet is not None
    assert (shown.packet.protocol, shown.packet.source_port) == (17, 53)


def old_list() -> Check:
    rules = (
        permit("0.0.0.0/0", "0.0.0.0/0", 17),
        permit("0.0.0.0/0", "0.0.0.0/0", 6),
    )
    chain = Chain("ward out", rules, Action.DENY, PLACE, stateful=False)
    return Check(Chains(chain), egress=frozenset({"ward"}))


def test_the_lines_of_a_list_that_is_bound_follow_under_a_new_name() -> None:
    _, proposal = proposed(router(old_list()), OLD)
    texts = proposal.written[0].texts
    lines = texts.enforce.splitlines()
    assert " deny tcp any any eq 445" in lines
    at = lines.index(" deny tcp any any eq 445")
    assert " permit ip any any" in lines[at:]
    assert " ip access-group OLD out" in texts.rollback.splitlines()
    assert "no ip access-list extended OLD" not in texts.rollback
    assert not any(line.split()[-1:] == ["OLD"] for line in lines)


def test_without_the_old_lines_nothing_is_written() -> None:
    device = router(old_list())
    _, proposal = proposed(device, OLD.partition("!")[0])
    assert not proposal.written
    assert any("not handed in" in reason for _, reason in proposal.by_hand)


SIDES = {name: f"Vlan{at}" for at, name in enumerate(ZONES, 1)}
HEAD = """version 15.7
hostname fw
interface Vlan9
 ip address 198.51.100.1 255.255.255.0
!
""" + "".join(
    f"interface {SIDES[name]}\n ip address {cidr.replace('.0/28', '.1')} 255.255.255.240\n{{{name}}}!\n"
    for name, cidr in ZONES.items()
)
TAIL = "ip route 0.0.0.0 0.0.0.0 198.51.100.254\nend\n"
MATCHES = (
    "ip any any", "tcp any any", "tcp any any eq 104", "tcp any any range 100 500", "udp any any eq 53",
    "udp any eq 53 any", "tcp any any established", "icmp any any", f"tcp host {CT} any",
)  # fmt: skip
LINES = st.lists(
    st.builds("{} {}".format, st.sampled_from(["permit", "permit", "deny"]), st.sampled_from(MATCHES)),
    min_size=1,
    max_size=5,
)


class Router:
    """An IOS router that takes the commands that are written here, and shows its configuration."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, list[str]] = {}
        self.load(text)

    def load(self, commands: str) -> None:
        head = ""
        for line in commands.splitlines():
            if not line.startswith(" "):
                head = line
                if line.startswith("no "):
                    del self.sections[line.removeprefix("no ")]
                elif line not in {"!", "end"}:
                    self.sections.setdefault(head, [])
                continue
            body = self.sections[head]
            for bind in ("ip access-group ", "ipv6 traffic-filter "):
                if line.strip().removeprefix("no ").startswith(bind) and line.endswith(" out"):
                    body[:] = [one for one in body if not (one.strip().startswith(bind) and one.endswith(" out"))]
            if not line.strip().startswith("no "):
                body.append(line)

    @property
    def text(self) -> str:
        lines = [line for head, body in self.sections.items() for line in (head, *body, "!")]
        return "\n".join([*lines, "end"]) + "\n"


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(st.sampled_from(list(ZONES)), LINES, max_size=3), st.sampled_from(Variant))
def test_the_router_that_took_the_text_does_what_was_planned(lists: dict[str, list[str]], variant: Variant) -> None:
    text = HEAD.format(**{name: f" ip access-group {name}-old out\n" if name in lists else "" for name in ZONES})
    for name, lines in lists.items():
        text += f"ip access-list extended {name}-old\n" + "".join(f" {line}\n" for line in lines) + "!\n"
    text += TAIL
    device = ios.read(text, "fw.cfg", "fw")
    assert not device.doubts
    found, proposal = proposed(device, text, variant)
    assert proposal.proof.ok, proposal.proof.against
    plain = sorted(Router(text).text.splitlines())
    for written in proposal.written:
        box = Router(text)
        box.load(written.texts.log_only)
        read = ios.read(box.text, "fw.cfg", "fw")
        assert not prove(found.comparison, {"fw": read}, []).against
        box.load(written.texts.rollback)
        assert sorted(box.text.splitlines()) == plain
        box.load(written.texts.enforce)
        same(found.comparison, VENDORS["ios"].planned(device, written.policy, text), ios.read(box.text, "fw.cfg", "fw"))
        for service, port in (("tcp", 104), ("tcp", 22), ("udp", 53), ("udp", 161), ("tcp", 443)):
            for source, goes in (
                (CT, "pacs"),
                (CT, "ward"),
                (WARD, "ct"),
                (WARD, "pacs"),
                (PACS, "ward"),
                (PACS, "ct"),
            ):
                destination = {"ct": CT, "pacs": PACS, "ward": WARD}[goes]
                packet = Packet(SIDES[zone_of(number(source))], service, source, destination, port)
                was, now = naive_ios.passes(text, packet), naive_ios.passes(box.text, packet)
                assert now <= was, packet
                if gap_of(packet) in proposal.closes:
                    assert not now, packet
        box.load(written.texts.rollback)
        assert sorted(box.text.splitlines()) == plain


def gap_of(one: Packet) -> str:
    header = sent(one.source, one.destination, one.port, NUMBERS[one.protocol])
    return f"{zone_of(header.source)}--{zone_of(header.destination)}--{service_of(header)}"
