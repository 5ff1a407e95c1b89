"""The network in the console: two files become a picture, secrets appear nowhere, long work waits beside requests."""

from __future__ import annotations

import re
import threading
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from tests.console.assessed import HOSTILE, answer, text_of
from tests.console.house import Browser, House
from tests.console.networked import FILES, SUBNETS, described

from leadglass.assessor.network import compare_network
from leadglass.console import network_run
from leadglass.console.network_offers import MAX_NETWORK_OFFERS, NetworkOffer
from leadglass.console.offers import LASTS, Offers
from leadglass.network.draft import Draft
from leadglass.network.hospital import Hospital
from leadglass.store.appstate.network import Text, latest, network_files, network_texts, save_network

CANARY = "canary-Tr5-secret"
ASA = f"""hostname edge
enable password {CANARY}
username ada password {CANARY} encrypted privilege 15
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.248
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.20.0.1 255.255.255.0
access-list out extended permit tcp any host 10.20.0.10 eq https
access-group out in interface outside
snmp-server community {CANARY}
tunnel-group 198.51.100.7 ipsec-attributes
 ikev1 pre-shared-key {CANARY}
route outside 0.0.0.0 0.0.0.0 203.0.113.1 1
"""
PAGES = (
    "/network", "/network/picture", "/network/gaps", "/network/matrix", "/network/explain", "/network/controls",
    "/network/advice", "/network/zones", "/network/files", "/network/import", "/network/picture.svg",
    "/network/picture.png",
    "/network/files/network.toml", "/network/files/comparison.json",
)  # fmt: skip


def upload(client: Browser, *files: tuple[str, str], subnets: str = "") -> Any:
    parts = [("files", (name, text.encode())) for name, text in files]
    parts += [("list", ("subnets.csv", subnets.encode()))] if subnets else []
    return client.post("/network/import", files=parts, data={"model": "2026"})


def form(page: str) -> dict[str, str]:
    """The fields of the zones' form, as they stand."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    for name, body in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def keep(client: Browser, **roles: str) -> Any:
    fields = form(client.get("/network/zones").text)
    fields |= {f"role-{name.replace('_', '-')}": role for name, role in roles.items()}
    return client.post("/network/zones", data={**fields, "action": "keep"})


def test_a_backup_and_a_list_of_subnets_become_a_picture(house: House) -> None:
    client = house.user("administrator")
    assert "Begin with the two files" in client.get("/network").text
    done = upload(client, *FILES.items(), subnets=SUBNETS)
    assert (done.status_code, done.headers["location"]) == (303, "/network/zones"), text_of(done.text)
    page = client.get("/network/zones").text
    assert form(page)["role-radiology"] == "modality"
    assert form(page)["role-kiosk"] == ""
    assert "10.10.0.0/29" in page  # a network that no zone has is asked about
    assert network_files(house.console.engine) == ()  # nothing is kept yet
    done = keep(client, kiosk="wireless", wards="emergency")
    assert (done.status_code, done.headers["location"]) == (303, "/network/picture")
    files, texts = network_texts(house.console.engine)
    assert [one.name for one in files] == ["network.toml", "core-firewall.json", "edge-firewall.json"]
    assert 'roles = ["emergency"]' in texts["network.toml"]
    assert {one.by for one in files} == {"the-administrator"}
    picture = client.get("/network/picture").text
    assert "<svg" in picture
    assert "Emergency room" in text_of(picture)
    assert "/network/gaps?zone=ris" in picture
    assert "critical" in text_of(client.get("/network/gaps").text)


def test_every_page_stands_and_only_those_who_assess_see_them(house: House) -> None:
    described(house)
    administrator, analyst, viewer = (house.user(role) for role in ("administrator", "analyst", "viewer"))
    for path in PAGES:
        assert administrator.get(path).status_code == 200, path
        assert analyst.get(path).status_code == 200, path
        assert viewer.get(path).status_code == 403, path
    assert analyst.get("/network/files/forget").status_code == 403
    assert upload(analyst, *FILES.items()).status_code == 403
    assert analyst.post("/network/zones", data={"action": "keep"}).status_code == 403
    assert house.client().get("/network").status_code == 303


def test_what_was_read_and_what_a_gap_rests_on_is_told(house: House) -> None:
    described(house)
    client = house.user("analyst")
    gap = text_of(client.get("/network/gaps/wards--servers--dicom").text)
    for said in (
        "core-firewall.json:11",
        "ip daddr 10.20.0.0/24",
        "nothing lists it",
        "What to do",
        "10.20.0.10 port 104",
    ):
        assert said in unescape(gap), said
    group = client.get("/network/groups/his--ris--needless-opening").text
    assert 'href="/network/gaps/his--ris--dicom"' in group
    assert "100.0 %" in client.get("/network/files").text
    assert client.get("/network/gaps/no--such--gap").status_code == 404
    assert client.get("/network/groups/no--such--group").status_code == 404
    told = text_of(client.get("/network/explain?source=wireless&destination=his&service=ssh").text)
    assert "It is stopped." in told
    assert "That is as it should be." in told
    wrong = client.get(f"/network/explain?source={quote(HOSTILE)}&destination=his&service=ssh")
    assert wrong.status_code == 400
    assert "<img src=x" not in wrong.text


def test_the_list_and_the_picture_and_the_matrix_show_what_is_asked_for(house: House) -> None:
    described(house)
    client = house.user("analyst")
    every = client.get("/network/gaps").text
    some = client.get("/network/gaps?zone=wireless&severity=high").text
    assert every.count("<li>") > some.count("<li>") > 0
    assert "wireless" in some
    assert "No gap is like that" in client.get("/network/gaps?class=violation-in-use").text
    assert "No gap is like that" in client.get("/network/picture?service=telnet&zone=his&severity=critical").text
    square = re.search(r'href="(/network/gaps\?source=wards&amp;destination=ris)"', client.get("/network/matrix").text)
    assert square
    assert "Wards and offices" in client.get(unescape(square[1])).text
    drawn = client.get("/network/picture.svg?zone=wireless")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert b"<a " not in drawn.content
    assert len(drawn.content) < len(client.get("/network/picture.svg").content)


def test_the_table_says_all_that_the_picture_says(house: House) -> None:
    described(house)
    page = house.user("analyst").get("/network/picture").text
    picture, _, table = page.partition("</svg>")
    drawn = set(re.findall(r'href="(/network/gaps\?between=[^"]+)"', picture))
    listed = set(re.findall(r'href="(/network/gaps\?between=[^"]+)"', table))
    assert drawn
    assert drawn <= listed
    counts = re.findall(r'aria-label="From [^"]*: (\d+) gaps', picture)
    assert counts
    assert all(f">{count}<" in table for count in counts)
    zones = set(re.findall(r'href="/network/gaps\?zone=([^"]+)"', picture))
    assert zones <= set(re.findall(r'href="/network/gaps\?zone=([^"]+)"', table)) | {"wards"}


def test_secrets_of_a_backup_appear_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    client = house.user("administrator")
    listed = SUBNETS + f"10.77.0.0/24,Lab,password: {CANARY}\n"
    commented = FILES["core-firewall.json"].replace("RIS must be reachable", f"secret {CANARY}")
    done = upload(client, ("edge.cfg", ASA), ("core-firewall.json", commented), subnets=listed)
    assert done.status_code == 303, text_of(done.text)
    seen = [client.get("/network/zones").text]
    assert keep(client).status_code == 303
    pages = (*PAGES, "/assess/controls/fw-ris", "/network/gaps/internet--imaging-servers--https")
    seen += [answer.text for path in pages if (answer := client.get(path)).headers["content-type"] != "image/png"]
    broken = upload(client, ("edge.cfg", ASA + "access-list x extended permit frob any any\n" + "\0"))
    assert broken.status_code == 400
    seen += [broken.text, caplog.text]
    assert not any(CANARY in text for text in seen)
    assert "masked" in network_texts(house.console.engine)[1]["edge.cfg"]
    house.console.engine.dispose()
    kept = [file for file in house.data.rglob("*") if file.is_file()]
    assert kept
    assert not any(CANARY.encode() in file.read_bytes() for file in kept)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("letter.txt", "Dear all", "neither a configuration that is known here"),
        ("core.json", FILES["core-firewall.json"][:5_000], "core.json:"),
        ("a.csv", "cidr,zone\n10.0.0.0/64,x\n", "a.csv:2"),
        ("own.toml", 'format = "leadglass-network-1"\nname = "x"\nmodell = "2026"\n', "own.toml:3"),
        (f"{HOSTILE}.txt", "\0", "binary data"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_changes_nothing(
    house: House, name: str, text: str, said: str
) -> None:
    client = house.user("administrator")
    answered = upload(client, (name, text))
    assert answered.status_code == 400
    assert said in unescape(text_of(answered.text))
    assert "<img src=x" not in answered.text
    assert "Nothing was changed" in answered.text
    assert network_files(house.console.engine) == ()


def test_nothing_is_kept_that_somebody_else_changed_meanwhile(house: House) -> None:
    described(house)
    client, engine = house.user("administrator"), house.console.engine
    fields = form(client.get("/network/zones").text)
    before = network_files(engine)
    text = network_texts(engine)[1]["network.toml"].replace("Wards and offices", "Wards")
    save_network(
        engine, [Text("network.toml", "hospital", text)], basis=latest(before), by="ben", address="", at=before[0].at
    )
    answered = client.post("/network/zones", data={**fields, "role-ris": "his", "action": "keep"})
    assert answered.status_code == 409
    assert network_texts(engine)[1]["network.toml"] == text


def test_roles_can_be_changed_later_and_others_stay(house: House) -> None:
    described(house)
    client = house.user("administrator")
    assert keep(client, wireless="printing").status_code == 303
    text = network_texts(house.console.engine)[1]["network.toml"]
    assert 'roles = ["printing"]' in text
    assert 'roles = ["pacs", "archive", "viewer"]' in text  # further roles stay where the first does
    assert keep(client, ris="no-such-role").status_code == 303
    assert "no-such-role" not in network_texts(house.console.engine)[1]["network.toml"]


def test_the_own_file_goes_out_and_comes_back_changed(house: House) -> None:
    described(house)
    client = house.user("administrator")
    text = client.get("/network/files/network.toml").text
    changed = text + '\n[[machines]]\nname = "ct-9"\nrole = "modality"\naddresses = ["10.20.1.99"]\n'
    assert upload(client, ("network.toml", changed)).status_code == 303
    assert keep(client).status_code == 303
    assert "ct-9" in network_texts(house.console.engine)[1]["network.toml"]
    assert "14 machines" in text_of(client.get("/network/picture").text)


def test_a_network_that_cannot_be_compared_says_so_and_can_be_mended(house: House) -> None:
    described(house)
    engine, client = house.console.engine, house.user("administrator")
    files = network_files(engine)
    save_network(engine, [], basis=latest(files), by="x", address="", at=files[0].at, removed=["core-firewall.json"])
    page = client.get("/network/gaps")
    assert "no file 'core-firewall.json'" in unescape(text_of(page.text))
    assert client.get("/network/picture.svg").headers["content-type"].startswith("text/html")
    upload(client, ("core-firewall.json", FILES["core-firewall.json"]))
    keep(client)
    assert "gaps in" in text_of(client.get("/network").text)


def test_it_can_be_forgotten(house: House) -> None:
    described(house)
    client = house.user("administrator")
    fields = form(client.get("/network/files/forget").text)
    assert client.post("/network/files/forget", data={"basis": "0"}).status_code == 409
    assert client.post("/network/files/forget", data=fields).status_code == 303
    assert network_files(house.console.engine) == ()
    assert "Begin with the two files" in client.get("/network").text


def test_a_long_comparison_shows_its_progress_and_holds_no_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(house)
    go, real = threading.Event(), compare_network

    def slow(*given: Any) -> Any:
        given[-1]("comparing zones", 3, 10)
        assert go.wait(30)
        return real(*given)

    monkeypatch.setattr(network_run, "compare_network", slow)
    monkeypatch.setattr(network_run.NetworkRuns.look, "__defaults__", (0.0,))
    client = house.user("analyst")
    try:
        client.get("/network/gaps?zone=ris")
        for _ in range(1_000):
            page = client.get("/network/gaps?zone=ris")
            if "3 of 10" in page.text:
                break
        assert "comparing zones, 3 of 10" in text_of(page.text)
        assert page.headers["refresh"]
        assert 'href="/network/gaps?zone=ris"' in page.text
    finally:
        go.set()
    monkeypatch.setattr(network_run.NetworkRuns.look, "__defaults__", (30.0,))
    assert "Radiology" in client.get("/network/gaps?zone=ris").text


def test_a_fault_of_ours_leaves_no_page_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    described(house)

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(network_run, "compare_network", broken)
    page = house.user("analyst").get("/network").text
    assert "A fault of Leadglass: ZeroDivisionError" in text_of(page)
    assert CANARY not in page


def test_an_answer_that_the_network_contradicts_is_shown_with_the_way_to_it(house: House) -> None:
    described(house)
    answer(house.console.engine, "firewall-ris", "yes")
    client = house.user("administrator")
    assert client.get("/network").status_code == 200
    page = client.get("/assess/contradictions").text
    assert "Nothing filters between RIS" in text_of(page)
    assert 'href="/network/controls#fw-ris"' in page
    assert 'id="fw-ris"' in client.get("/network/controls").text
    risk = client.get("/assess/risks/new?control=fw-pacs&gap=wards--servers--dicom").text
    assert "DICOM may pass from Wards and offices to Imaging servers" in unescape(risk)


def test_offers_are_few_and_end() -> None:
    offers: Offers[NetworkOffer] = Offers(MAX_NETWORK_OFFERS)
    empty = Draft(Hospital(format="leadglass-network-1", name="x"), (), frozenset())
    for number in range(MAX_NETWORK_OFFERS + 1):
        offers.put(f"session {number}", NetworkOffer(empty, (), number, 1_000))
    assert offers.look("session 0", 1_000) is None
    last = offers.look(f"session {MAX_NETWORK_OFFERS}", 1_000 + LASTS)
    assert last is not None
    assert last.basis == MAX_NETWORK_OFFERS
    assert offers.look(f"session {MAX_NETWORK_OFFERS}", 1_001 + LASTS) is None


def test_advice_has_the_order_the_plan_for_gateways_and_the_choice_of_vpns(house: House) -> None:
    described(house)
    said = unescape(text_of(house.user("analyst").get("/network/advice").text))
    for words in ("CT vendor's remote desktop", "audit trails today", "physicians at home", "does not fit"):
        assert words in said, words
