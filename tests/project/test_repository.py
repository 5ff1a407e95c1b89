"""Claims about the repository itself: its texts, names, locks and sizes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadglass.cli.main import COMMANDS
from leadglass.config import load
from leadglass.model.route import Mode

ROOT = Path(__file__).parents[2]
LOCKS = (
    "requirements.lock",
    "requirements-demo.lock",
    "requirements-dev.lock",
    "requirements-setup.lock",
    "requirements-build.lock",
    "requirements-oscal.lock",
)
MAX_LINES = 400
LONGER = {
    "src/leadglass/flow/association.py": "the whole life of one association reads better in one place",
    "src/leadglass/flow/stream.py": "so does one direction of it, from PDU to message and on",
}
TEXTS = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "packaging" / "leadglass.service")
SOURCES = (*ROOT.glob("src/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py"), *ROOT.glob("scripts/*"))
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "index-url" + " http", "extra-index-url" + " ")


def toml_blocks(text: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


def test_the_readmes_ten_lines_are_a_configuration(tmp_path: Path) -> None:
    (block,) = toml_blocks((ROOT / "README.md").read_text())
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    (tmp_path / "leadglass.toml").write_text(block)
    configuration = load(tmp_path / "leadglass.toml")
    assert configuration.routes[0].mode is Mode.OBSERVE
    assert configuration.archives[0].host == "10.20.0.5"


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/how-to/put-a-pacs-behind-leadglass.md"])
def test_every_configuration_shown_loads(page: str, tmp_path: Path) -> None:
    for block in toml_blocks((ROOT / page).read_text()):
        (tmp_path / "leadglass.toml").write_text(block)
        assert load(tmp_path / "leadglass.toml").routes


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_path_of_the_readmes_map_exists() -> None:
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`.*?) \|", text.partition("## The repository")[2], re.MULTILINE)
    paths = [path for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(paths) > 10
    missing = [path for path in paths if not (ROOT / path).exists() and not (ROOT / "src/leadglass" / path).exists()]
    assert not missing


def test_every_make_target_named_in_a_text_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {
        f"bench-{path.stem}" for path in (ROOT / "bench").glob("*.py")
    }
    words = [word for page in TEXTS for word in re.findall(r"`make ([a-z-]+)`", page.read_text())]
    assert set(words) <= targets


def test_every_command_of_the_changelog_and_readme_exists() -> None:
    texts = "".join((ROOT / name).read_text() for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"`leadglass ([a-z]+)", texts))
    assert named
    assert named <= set(COMMANDS)


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text()
    decisions = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert decisions
    assert [name for name in decisions if name not in index] == []


def test_the_page_of_findings_is_what_the_table_says() -> None:
    made = subprocess.run(
        (sys.executable, "-c", "import findings; print(findings.text(), end='')"),
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ROOT / "docs/reference/findings.md").read_text() == made.stdout, "run: make docs"


def requirements(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def project() -> dict[str, set[str]]:
    """Names of direct dependencies by lock."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())

    def names(rows: list[object]) -> set[str]:
        return {re.split(r"[<>=!~;\[ ]", row)[0].lower() for row in rows if isinstance(row, str)}

    groups = document["dependency-groups"]
    product, demo = names(document["project"]["dependencies"]), names(groups["demo"])
    return {
        "requirements.lock": product,
        "requirements-demo.lock": product | demo,
        "requirements-dev.lock": product | demo | names(groups["dev"]),
    }


@pytest.mark.parametrize("lock", sorted(project()))
def test_each_lock_holds_what_the_project_asks_for(lock: str) -> None:
    assert project()[lock] <= set(requirements(lock))


def test_a_larger_lock_holds_the_smaller_with_the_same_versions() -> None:
    small, middle, large = (requirements(lock) for lock in LOCKS[:3])
    assert small.items() <= middle.items() <= large.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_file_has_a_hash_and_no_registry_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_no_text_or_source_names_a_registry_or_a_home() -> None:
    home = re.compile(r"/(?:home|root|Users)/\w")
    files = (*TEXTS, *SOURCES, ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run")
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files if path.is_file()}
    found = [name for name, text in texts.items() if any(word in text for word in REGISTRIES) or home.search(text)]
    assert not found


def test_the_vendored_pip_is_the_one_named() -> None:
    import hashlib

    (wheel,) = (ROOT / "scripts/vendor").glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for page in ("scripts/setup.py", "scripts/vendor/README.md"):
        text = (ROOT / page).read_text()
        assert wheel.name in text
        assert digest in text


def tracked() -> list[str]:
    listed = subprocess.run(("git", "ls-files"), cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_uv_lock_is_not_committed() -> None:
    if not (ROOT / ".git").exists():
        assert "uv.lock" in (ROOT / ".gitignore").read_text().splitlines()
        return
    assert "uv.lock" not in tracked()


def modules() -> Iterator[Path]:
    yield from (ROOT / "src").rglob("*.py")


def test_no_module_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "manager", "core", "misc"}
    assert [str(path) for path in modules() if path.stem in nothing or path.parent.name in nothing] == []


def test_files_are_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert set(long) <= set(LONGER), long


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in modules() if not path.read_text("utf-8").startswith(('"""', 'r"""'))
    ]
    assert not silent
