"""Claims about reading the configuration: what is refused, where, and with what advice."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.config import Configuration, load
from leadglass.config.lines import line_of, locations
from leadglass.config.load import parse
from leadglass.config.render import toml
from leadglass.config.schema import ArchiveTable, LimitsTable, ListenerTable, RouteTable, Table, TimersTable
from leadglass.errors import ConfigurationError
from leadglass.model.route import Archive, Limits, Listener, Mode, Route, Timers

TEN_LINES = """\
[[archive]]
id = "pacs"
host = "10.20.0.5"
port = 4242

[[route]]
called = "PACS"
archive = "pacs"
"""


def read(text: str) -> Configuration:
    return parse(text, Path("/etc/leadglass/leadglass.toml"))


def fault(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    return caught.value


def test_ten_lines_suffice() -> None:
    configuration = read(TEN_LINES)
    assert configuration.listeners == (Listener("::", 11112),)
    assert configuration.routes == (Route("PACS", "pacs"),)
    assert configuration.routes[0].mode is Mode.OBSERVE
    assert configuration.site.data == Path("/etc/leadglass/var")
    assert (configuration.console.address, configuration.console.port) == ("127.0.0.1", 8443)
    assert configuration.gateway.workers == len(os.sched_getaffinity(0))
    assert configuration.settings.timers == Timers()
    assert configuration.settings.limits == Limits()


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("[[archive]]\nid = 1\nid = 2\n", 3, "not TOML", "double quotes"),
        (TEN_LINES + "[timers]\nasociate = 3\n", 10, "unknown key 'timers.asociate'", "'associate'"),
        (TEN_LINES + "[limitz]\nx = 3\n", 9, "unknown key 'limitz'", "'limits'"),
        (TEN_LINES + "\n# c\n[timers]\nstall = 0\n", 12, "timers.stall = 0", "configuration.md"),
        (TEN_LINES + '[timers]\nstall = "soon"\n', 10, "timers.stall = 'soon'", "configuration.md"),
        (TEN_LINES + "[timers]\nstall = nan\n", 10, "timers.stall", "configuration.md"),
        (TEN_LINES + "[limits]\nmax_pdu = 16384\n", 10, "limits.max_pdu = 16384", "configuration.md"),
        (TEN_LINES.replace("4242", "70000"), 4, "archive.port = 70000", "configuration.md"),
        (TEN_LINES.replace("4242", '"4242"'), 4, "archive.port = '4242'", "configuration.md"),
        (TEN_LINES.replace('"PACS"', '"PA\\\\CS"'), 7, "backslash", "configuration.md"),
        (TEN_LINES.replace('"PACS"', '"A234567890123456X"'), 7, "1 to 16", "configuration.md"),
        (TEN_LINES.replace('archive = "pacs"', 'archive = "pax"'), 8, "no archive 'pax'", "'pacs'"),
        (TEN_LINES + '[[route]]\ncalled = "PACS"\narchive = "pacs"\n', 10, "two routes", "one archive"),
        (TEN_LINES + '[[archive]]\nid = "pacs"\nhost = "b"\nport = 1\n', 10, "stands twice", "own id"),
        (TEN_LINES + '[[listener]]\n[[listener]]\naddress = "10.0.0.1"\n', 10, "two listeners", "'::'"),
        (TEN_LINES + "[console]\nport = 11112\n", 10, "console and listener", "another port"),
        (TEN_LINES.replace("10.20.0.5", "127.0.0.1").replace("4242", "11112"), 4, "Leadglass itself", "own host"),
        (TEN_LINES + '[site]\ntimezone = "Europe/Amstredam"\n', 10, "no such time zone", "configuration.md"),
        (TEN_LINES + '[site]\ntimezone = "../../etc/passwd"\n', 10, "no such time zone", "configuration.md"),
        (TEN_LINES + '[policy]\nfiles = ["nowhere.cedar"]\n', 10, "no such file", "relative"),
        (TEN_LINES + '[site]\ndata = "' + "d" * 100 + '"\n', 10, "too long a path", "88"),
        (TEN_LINES + "[assessment]\nmin_hospital = 5\n", 10, "unknown key", "'min_hospitals'"),
        (TEN_LINES + "[assessment]\nmin_hospitals = 2\n", 10, "assessment.min_hospitals = 2", "configuration.md"),
        (TEN_LINES + "[assessment]\nmin_cell = 1\n", 10, "assessment.min_cell = 1", "configuration.md"),
        ("", 0, "no [[archive]]", "add"),
        (
            "[[archive]]\nid = 'pacs'\nport = 1\n[[route]]\ncalled='A'\narchive='pacs'\n",
            1,
            "host is missing",
            "add host",
        ),
    ],
)
def test_refuses_with_the_line_and_advice(text: str, line: int, message: str, hint: str) -> None:
    error = fault(text)
    assert message in str(error)
    assert hint in error.hint
    assert error.place is not None
    assert (error.place.file, error.place.line) == ("/etc/leadglass/leadglass.toml", line)


def test_counts_the_other_faults_and_names_the_first_in_the_file() -> None:
    error = fault("[timers]\nstall = 0\n" + TEN_LINES.replace("4242", "0"))
    assert "timers.stall" in error.message
    assert "first of 2" in error.message


def test_a_missing_file_a_directory_and_other_bytes_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"# fine\n# caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"latin.toml:2: not UTF-8"):
        load(tmp_path / "latin.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_048_577)
    with pytest.raises(ConfigurationError, match="larger than"):
        load(tmp_path / "huge.toml")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.cedar").write_text("permit(principal, action, resource);")
    file = tmp_path / "leadglass.toml"
    file.write_text(TEN_LINES + '[site]\ndata = "../state"\n[policy]\nfiles = ["mine.cedar"]\n')
    configuration = load(file)
    assert configuration.site.data == tmp_path.parent / "state"
    assert configuration.policy.files == (tmp_path / "mine.cedar",)


def test_what_is_shown_reads_back_as_the_same_configuration() -> None:
    text = TEN_LINES + '[site]\nname = "Sint \\"Lucas\\" \\u007f é"\n[timers]\nstall = 5.5\n[gateway]\nworkers = 3\n'
    once = read(text)
    again = read(toml(once))
    assert dataclasses.replace(again, given=frozenset()) == dataclasses.replace(once, given=frozenset())
    assert "stall = 5.5\n" in toml(once)
    assert "idle = 3600.0  # default\n" in toml(once)


def test_schema_has_exactly_the_fields_of_the_model() -> None:
    pairs: tuple[tuple[type[Table], type[Any]], ...] = (
        (TimersTable, Timers),
        (LimitsTable, Limits),
        (RouteTable, Route),
        (ListenerTable, Listener),
        (ArchiveTable, Archive),
    )
    for table, value in pairs:
        fields = [field.name for field in dataclasses.fields(value)]
        assert list(table.model_fields) == [name for name in fields if name != "bypassed_until"]  # the registrar's
        assert all(field.description for field in table.model_fields.values())


def test_lines_inside_long_strings_are_no_keys() -> None:
    text = 'a = """\nport = 1\n[x]\n"""\n[x]\nport = 2\n'
    assert line_of(text, ("x", "port")) == 6
    assert locations(text)["x",] == 5


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("[]=\"'#\n\\.a1 {},é\0"), max_size=200) | st.text(max_size=100))
def test_any_text_is_a_configuration_or_a_told_fault(text: str) -> None:
    try:
        read(text)
    except ConfigurationError as told:
        fault = told
    else:
        return
    assert fault.message
    assert fault.hint
    assert "\n" not in fault.message.strip()
