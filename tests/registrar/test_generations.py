"""Claims about what a called title leads to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from leadglass.config import Configuration, load
from leadglass.errors import ConfigurationError
from leadglass.model.peer import Peer
from leadglass.registrar.generations import build

WS1 = Peer("ws1", "WS1", ("10.0.0.5/32",), host="10.0.0.5", port=11112)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    file = tmp_path / "leadglass.toml"
    file.write_text('[[archive]]\nid = "pacs"\nhost = "a"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n')
    return load(file)


def other(peer: Peer, **changed: object) -> Peer:
    return dataclasses.replace(peer, id="ws2", networks=("10.0.0.6/32",), **changed)  # type: ignore[arg-type]  # a test's


def test_devices_that_listen_under_titles_of_their_own_are_destinations(configuration: Configuration) -> None:
    assert build(configuration, (WS1, other(WS1, title="WS2")), 1).peers[0].host == "10.0.0.5"


def test_a_device_cannot_listen_under_the_title_of_a_route(configuration: Configuration) -> None:
    with pytest.raises(ConfigurationError, match="'ws1' listens as 'PACS'") as caught:
        build(configuration, (dataclasses.replace(WS1, title="PACS"),), 1)
    assert caught.value.hint


def test_two_devices_cannot_listen_under_one_title(configuration: Configuration) -> None:
    with pytest.raises(ConfigurationError, match="'ws1' and 'ws2' both listen as 'WS1'") as caught:
        build(configuration, (WS1, other(WS1)), 1)
    assert caught.value.hint


@pytest.mark.parametrize("changed", [{"host": "", "port": 0}, {"status": "blocked"}, {"title": "ws1"}])
def test_who_does_not_listen_is_blocked_or_differs_in_case_is_in_nobodys_way(
    configuration: Configuration, changed: dict[str, object]
) -> None:
    assert len(build(configuration, (WS1, other(WS1, **changed)), 1).peers) == 2
