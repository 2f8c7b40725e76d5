"""The pages for people: those that are made are up to date, and every link of all of them leads somewhere."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATTERNS = ("*.md", "docs/*.md", "examples/*.md", "examples/*/*.md")
PAGES = sorted(page for pattern in PATTERNS for page in REPOSITORY.glob(pattern))


@pytest.mark.parametrize(("tool", "page"), [("keys_doc", "keys"), ("settings_doc", "settings")])
def test_a_page_that_is_made_is_up_to_date(tool: str, page: str) -> None:
    text = runpy.run_path(str(REPOSITORY / "tools" / f"{tool}.py"))["text"]()
    assert (REPOSITORY / "docs" / f"{page}.md").read_text(encoding="utf-8") == text, f"run tools/{tool}.py"


def test_the_demo_and_the_examples_are_reviewed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    status = runpy.run_path(str(REPOSITORY / "tools" / "readings.py"))["main"]("--check")
    assert status == 0, f"run tools/readings.py: {capsys.readouterr().out}"


def _anchors(page: Path) -> set[str]:
    """Of its headings, as a code host makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^    .*$|`[^`\n]+`", "", text, flags=re.MULTILINE)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def test_the_readme_leads_to_every_page() -> None:
    links = set(re.findall(r"\]\(((?:docs/)?[\w-]+\.md)\)", (REPOSITORY / "README.md").read_text(encoding="utf-8")))
    pages = {f"docs/{path.name}" for path in REPOSITORY.glob("docs/*.md")}
    assert pages | {"CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"} <= links


def test_the_gallery_shows_every_picture_that_its_tool_draws() -> None:
    drawn = {f"gallery/{shot.name}.svg" for shot in runpy.run_path(str(REPOSITORY / "tools" / "gallery.py"))["SHOTS"]}
    shown = set(re.findall(r"\((gallery/[\w-]+\.svg)\)", (REPOSITORY / "docs" / "gallery.md").read_text()))
    there = {f"gallery/{path.name}" for path in (REPOSITORY / "docs" / "gallery").glob("*.svg")}
    assert drawn == shown == there


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_printed_without_the_screen(shell: str) -> None:
    code = "import sys\nfrom cockpit.cli.main import main\nsys.argv = ['cockpit']\ntry:\n    main()\nfinally:\n"
    code += "    print('\\n'.join(sys.modules), file=sys.stderr)"
    variables = {**os.environ, "_COCKPIT_COMPLETE": f"{shell}_source"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=variables, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "_cockpit_completion" in ran.stdout
    assert "_COCKPIT_COMPLETE" in ran.stdout
    assert not {"textual", "pydantic", "psycopg", "httpx"} & set(ran.stderr.split())


def test_the_completion_knows_commands_and_files() -> None:
    def said(words: str, place: int) -> list[str]:
        variables = {"_COCKPIT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        command = [
            sys.executable,
            "-c",
            "import sys; sys.argv = ['cockpit']; from cockpit.cli.main import main; main()",
        ]
        ran = subprocess.run(
            command, env=os.environ | variables, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        return ran.stdout.split()

    assert "plain,rollback" in said("cockpit roll", 1)
    assert said("cockpit outline exam", 2) == ["file,exam"]
