"""The offline installation, tried where there is no network: verified, installed, run, upgraded, rolled back."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.packaging.island import Island

from leadglass import __version__

ROOT = Path(__file__).parents[2]
PYTHON = "/usr/bin/python3"
NEWER = "99.0.0"
PARTS = ("src", "packaging", "docs", "scripts", "pyproject.toml", "README.md", "LICENSE", "ARCHITECTURE.md",
         "CHANGELOG.md", "SECURITY.md", ".gitignore")  # fmt: skip
CONFIGURATION = """
[site]
data = "data"
[gateway]
workers = 1
[[listener]]
address = "127.0.0.1"
port = 11112
[[archive]]
id = "pacs"
host = "127.0.0.1"
port = 104
[[route]]
called = "PACS"
archive = "pacs"
"""
MIGRATION = '''"""A table of the release after."""
from alembic import op
revision = "v9999"
down_revision = "{head}"
def upgrade():
    op.execute("CREATE TABLE of_the_release_after (id INTEGER PRIMARY KEY)")
'''


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tar of this tree."""
    return made(ROOT, tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tar of a later release, whose application state has a table more."""
    tree = tmp_path_factory.mktemp("newer")
    copy(tree)
    edit(tree / "pyproject.toml", f'version = "{__version__}"', f'version = "{NEWER}"')
    edit(tree / "src/leadglass/__init__.py", f'"{__version__}"', f'"{NEWER}"')
    versions = tree / "src/leadglass/store/appstate/migrations/versions"
    text = "".join(path.read_text() for path in versions.glob("v*.py"))
    revisions = re.findall(r'^revision\b.*= "(.*)"', text, re.MULTILINE)
    (head,) = set(revisions) - set(re.findall(r'^down_revision\b.*= "(.*)"', text, re.MULTILINE))
    (versions / "v9999_after.py").write_text(MIGRATION.format(head=head))
    return made(tree, tmp_path_factory.mktemp("newer-bundle"))


def copy(tree: Path) -> None:
    """The sources without what was built from them, but with what was fetched for them."""
    for name in (*PARTS, *(path.name for path in ROOT.glob("requirements*.lock"))):
        source, ignore = ROOT / name, shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=ignore)
        else:
            shutil.copy(source, tree / name)
    (tree / "build").symlink_to(ROOT / "build")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def made(tree: Path, directory: Path) -> Path:
    """What `make bundle` makes."""
    done = subprocess.run(
        (PYTHON, tree / "scripts/bundle.py", directory), capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[0])


# --- the tar ---------------------------------------------------------------------------------------------------------


def test_same_sources_give_the_same_bytes_wherever_they_lie(bundle: Path, tmp_path: Path) -> None:
    copy(tmp_path / "elsewhere")
    again = made(tmp_path / "elsewhere", tmp_path / "out")
    assert again.name == bundle.name
    assert again.read_bytes() == bundle.read_bytes()
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert bundle.with_name(bundle.name + ".sha256").read_text() == f"{digest}  {bundle.name}\n"


def test_no_owner_time_or_path_of_the_machine_it_was_made_on(bundle: Path) -> None:
    with tarfile.open(bundle) as tar:
        entries = tar.getmembers()
    assert {(entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) for entry in entries} == {
        (0, 0, "", "", 315_532_800)
    }
    assert len({entry.name.partition("/")[0] for entry in entries}) == 1
    assert str(ROOT).encode() not in bundle.read_bytes()


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(bundle, tmp_path_factory.mktemp("unpacked"))


def unpack(tar: Path, directory: Path) -> Path:
    subprocess.run(("tar", "-xf", tar, "-C", directory), check=True)
    (tree,) = directory.iterdir()
    return tree


def test_every_wheel_is_one_that_the_lock_names(unpacked: Path) -> None:
    lock, pins = (ROOT / "requirements.lock").read_text(), (unpacked / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^(\S+) --hash=sha256:([0-9a-f]{64})$", pins, re.MULTILINE))
    own = pinned.pop(f"leadglass=={__version__}")
    assert set(pinned.values()) <= set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert set(pinned) >= set(re.findall(r"^([a-z0-9.-]+==\S+) \\", lock, re.MULTILINE)), "all that is unconditional"
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (unpacked / "wheels").iterdir()}
    assert digests == {own, *pinned.values()}


def test_the_bill_of_materials_names_everything_with_digest_licence_and_text(unpacked: Path) -> None:
    bill = json.loads((unpacked / "sbom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = [bill["metadata"]["component"], *bill["components"]]
    lines = {f"{part['name']}=={part['version']} --hash=sha256:{part['hashes'][0]['content']}" for part in parts}
    assert lines == set((unpacked / "requirements.txt").read_text().splitlines())
    for part in parts:
        assert part["licenses"]
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert any((unpacked / "licences" / f"{part['name']}-{part['version']}").iterdir())
    references = {part["bom-ref"] for part in parts}
    assert len(references) == len(parts)
    for row in bill["dependencies"]:
        assert {row["ref"], *row["dependsOn"]} <= references
    (ours,) = [row["dependsOn"] for row in bill["dependencies"] if row["ref"] == parts[0]["bom-ref"]]
    assert f"pkg:pypi/{parts[1]['name']}@{parts[1]['version']}" in references
    assert len(ours) > 10


# --- where there is no network ---------------------------------------------------------------------------------------


@dataclass
class Site:
    """An installation on an island."""

    island: Island
    prefix: Path
    bundles: dict[str, Path]

    @property
    def leadglass(self) -> Path:
        return self.prefix / "bin" / "leadglass"

    def install(self, version: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the installer of a bundle."""
        return self.island.run(PYTHON, "install.py", "--prefix", self.prefix, *options, directory=self.bundles[version])

    def version(self) -> str:
        return self.island.run(self.leadglass, "--version").stdout.split()[-1]

    def up(self) -> None:
        """Start the gateway and send a C-ECHO through it."""
        self.island.start(self.leadglass, "--config", self.island.home / "leadglass.toml", "up")
        self.island.wait(lambda: self.echo().returncode == 0, "a C-ECHO through the gateway")

    def echo(self) -> subprocess.CompletedProcess[str]:
        return self.island.run("echoscu", "-aet", "CT1", "-aec", "PACS", "127.0.0.1", "11112")

    def down(self) -> None:
        pid = self.island.home / "data/run/supervisor.pid"
        number = pid.read_text().strip()
        self.island.run("kill", number)
        self.island.wait(lambda: self.island.run("kill", "-0", number).returncode != 0, "an orderly end")

    def cli(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return self.island.run(self.leadglass, "--config", self.island.home / "leadglass.toml", *words)


@pytest.fixture(scope="module")
def site(bundle: Path, newer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("island")
    (home / "leadglass.toml").write_text(CONFIGURATION)
    bundles = {}
    for version, tar in ((__version__, bundle), (NEWER, newer)):
        (home / version).mkdir()
        bundles[version] = unpack(tar, home / version)
    with Island(home) as island:
        island.start("storescp", "-dhl", "-od", home, "104")
        yield Site(island, home / "opt", bundles)


def test_the_island_has_no_way_out_and_no_installer(site: Site) -> None:
    assert site.island.run("ip", "route", "show", "table", "all", "type", "unicast").stdout == ""
    for module in ("pip", "ensurepip", "leadglass"):
        assert site.island.run(PYTHON, "-m", module, "--version").returncode == 1


def test_a_changed_file_is_refused(site: Site) -> None:
    spoilt = site.island.home / "spoilt"
    shutil.copytree(site.bundles[__version__], spoilt)
    assert site.island.run("sha256sum", "--check", "--quiet", "SHA256SUMS", directory=spoilt).returncode == 0
    assert site.island.run(PYTHON, "install.py", "--verify", directory=spoilt).returncode == 0
    wheel = next((spoilt / "wheels").glob("lxml-*"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    refused = site.island.run(PYTHON, "install.py", "--prefix", site.prefix, directory=spoilt)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: not as SHA256SUMS says: wheels/{wheel.name}\nhint: ")
    assert not (site.prefix / "bin").exists()


def test_it_is_installed_runs_is_upgraded_and_rolled_back_without_a_network(site: Site) -> None:
    # Installed, and running: a C-ECHO reaches the archive behind.
    done = site.install(__version__, "--config", str(site.island.home / "leadglass.toml"))
    assert done.returncode == 0, done.stderr
    assert site.version() == __version__
    site.up()
    before = site.island.home / "before"
    site.island.wait(lambda: site.cli("backup", before).returncode == 0, "the ledger's first commit, and a backup")

    # A release that does not accept the configuration is not put in use; the one running goes on.
    bad = site.island.home / "bad.toml"
    bad.write_text(CONFIGURATION.replace("pacs", "nowhere", 1))
    refused = site.install(NEWER, "--config", str(bad))
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "hint: the release before stays in use"
    assert site.version() == __version__

    # Upgraded below the running gateway; the restart uses it, with the same record.
    assert site.install(NEWER, "--config", str(site.island.home / "leadglass.toml")).returncode == 0
    assert site.version() == NEWER
    assert site.echo().returncode == 0
    site.down()
    site.up()
    site.down()
    assert json.loads(site.cli("audit", "verify", "--json").stdout)["clean"]

    # Rolled back: the older release does not touch the newer's state, and says so; with its own it runs.
    assert site.install(NEWER, "--rollback").returncode == 0
    assert site.version() == __version__
    refused = site.cli("up")
    assert refused.returncode != 0
    assert "another version of Leadglass" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
    for file in (site.island.home / "data/app").glob("leadglass.sqlite*"):
        file.unlink()
    shutil.copy(before / "app/leadglass.sqlite", site.island.home / "data/app/leadglass.sqlite")
    site.up()
    site.down()
    verified = json.loads(site.cli("audit", "verify", "--json").stdout)
    assert verified["clean"]
    assert verified["gaps"] == []
