"""What the reader itself remarks, described like the other rules. The finding is made in `cockpit.runbook.parse`."""

from cockpit.runbook.lint.model import Rule
from cockpit.runbook.model import Severity

_WAY_BACK = "\n\n## Rollback\n\nBy hand.\n"


_FOREIGN = (
    "Küldjük fel az új változatot a kiszolgálókra, majd nézzük meg a grafikonokat. Ha valami hibás, szóljunk azonnal. "
    "Ezután indítsuk újra a szolgáltatást, várjunk tíz percet, ellenőrizzük a naplókat, végül zárjuk le a jegyet, "
    "értesítsük a csapatot, frissítsük a táblázatot."
)


def _rule(code: str, severity: Severity, title: str, why: str, safer: str, bad: str, good: str) -> Rule:
    return Rule(code, severity, title, why, safer, bad + _WAY_BACK, good + _WAY_BACK, "markdown")


READER = (
    _rule(
        "ssh-then-lines", "warning", "Lines below a command that opens another shell",
        "`ssh host`, `kubectl exec -it`, `su -` and `psql` open a shell or a session and wait; the lines below "
        "would run on this machine when it ends. The cockpit runs the opening command and shows the lines beside it.",
        "use `ssh host 'command'`, or a here-document",
        "## Deploy\n```bash\nssh web1\nsystemctl restart shop\n```",
        "## Deploy\n```bash\nssh web1 'systemctl restart shop'\n```",
    ),
    _rule(
        "soft-placeholder", "warning", "Something that looks like a placeholder would run as it is",
        "`your-cluster`, `/path/to` and `[REASON]` are ordinary words to a shell.",
        "use a variable that fails if unset, or `<name>` in quotes, which is prompted for",
        "## Deploy\n```bash\nkubectl config use-context your-cluster\n```",
        '## Deploy\n```bash\nkubectl config use-context "${CLUSTER:?}"\n```',
    ),
    _rule(
        "open-placeholder", "info", "A placeholder",
        "The cockpit asks for its value before the step can start; in a plain terminal a person has to notice it.",
        "none needed, or use a variable",
        "## Deploy\n```bash\n./deploy \"<release>\"\n```",
        '## Deploy\n```bash\n./deploy "${RELEASE:?}"\n```',
    ),
    _rule(
        "unlabelled-commands", "info", "Commands in a fence without a label",
        "It is shown but does not run, as nothing says that it is a script.",
        "label the fence `bash`",
        "## Deploy\n```bash\nmake build\n```\n\n```\nmake deploy\n```",
        "## Deploy\n```bash\nmake build\n```\n\n```bash\nmake deploy\n```",
    ),
    _rule(
        "not-runnable", "info", "A labelled fence that cannot run",
        "Only comments, a path, prose, or not shell at all; the message says which.",
        "label it `text`, or make it a script",
        "## Deploy\n- [ ] x\n\n```bash\n# look at the dashboard\n```",
        "## Deploy\n- [ ] x\n\n```text\n# look at the dashboard\n```",
    ),
    _rule(
        "broken-script", "error", "A script that no shell can parse",
        "The fence says that it is a script and contains commands, but bash cannot parse it: the deploy stops there "
        "until someone skips it, with a reason.",
        "fix the syntax, or label it `text` if it is not meant to run",
        '## Deploy\n- [ ] x\n\n```bash\necho "shipping\n./ship now\n```',
        '## Deploy\n- [ ] x\n\n```bash\necho "shipping"\n./ship now\n```',
    ),
    _rule(
        "unterminated-fence", "error", "A fence is never closed",
        "Everything below it is inside the fence, to the cockpit and to every renderer.",
        "close it",
        "## Rollback\n- [ ] x\n\n## Deploy\n```bash\nmake deploy",
        "## Rollback\n- [ ] x\n\n## Deploy\n```bash\nmake deploy\n```",
    ),
    _rule(
        "unknown-annotation", "warning", "An unknown annotation",
        "A misspelt annotation has no effect, so what it should protect is not protected.",
        "use the annotations in docs/runbooks.md",
        "## Deploy\n- [ ] x <!-- cockpit: requierd -->",
        "## Deploy\n- [ ] x <!-- cockpit: required -->",
    ),
    _rule(
        "annotation-out-of-place", "warning", "An annotation where it has no effect",
        "An annotation belongs below a heading or at the end of an item's line.",
        "move it there",
        "## Deploy\n- [ ] x\n\nText.\n\n<!-- cockpit: required -->",
        "## Deploy\n<!-- cockpit: required -->\n- [ ] x",
    ),
    _rule(
        "comment-splits-list", "warning", "A comment splits a list in two",
        "At column 0 between two items it ends the list: numbering restarts, nesting is lost.",
        "put it at the end of the item's line",
        "## Deploy\n- [ ] x\n<!-- next -->\n- [ ] y",
        "## Deploy\n- [ ] x <!-- next -->\n- [ ] y",
    ),
    _rule(
        "comment-breaks-table", "warning", "A comment breaks a table in two",
        "The rows below it are text.",
        "put it below the table",
        "## Deploy\n- [ ] x\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n<!-- next -->\n| 3 | 4 |",
        "## Deploy\n- [ ] x\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |",
    ),
    _rule(
        "box-in-comment", "warning", "A check box inside a comment",
        "It is not rendered and not part of the checklist.",
        "take it out of the comment, or delete it",
        "## Deploy\n- [ ] x\n\n<!--\n- [ ] y\n-->",
        "## Deploy\n- [ ] x\n- [ ] y",
    ),
    _rule(
        "box-without-space", "warning", "`[]` for a check box",
        "No renderer shows a box for it. The cockpit reads it as an open item.",
        "`[ ]`",
        "## Deploy\n- [] x",
        "## Deploy\n- [ ] x",
    ),
    _rule(
        "box-as-sign", "warning", "A box that is only a character",
        "`☐` is a character: no renderer can tick it, and the deploy does not wait for it.",
        "`- [ ]`",
        "## Deploy\n- [ ] x\n\n☐ The server answers",
        "## Deploy\n- [ ] x\n- [ ] The server answers",
    ),
    _rule(
        "no-actionable-section", "warning", "Nothing in the file can be ticked or run",
        "It has no item and no script, so it can be read but not followed.",
        "add items (`- [ ]`) and fences labelled `bash`",
        "## Deploy\nDo it well.",
        "## Deploy\n- [ ] It was done well",
    ),
    Rule(
        "unknown-language", "warning", "Unknown language",
        "The words around a script tell whether it is a rollback, for emergencies only, or run once. Known "
        "languages: de, en, es, fr, it, ja, ko, nl, pl, pt, ru, sv, tr, zh. In others such a script may be taken "
        "for a step.",
        "add annotations (`<!-- cockpit: rollback -->`), or use titles in one of those languages",
        f"## Telepítés\n{_FOREIGN}\n\n```bash\n./ship new\n```\n",
        "## Deploy\nSend the new version to the servers, look at the graphs.\n\n```bash\n./ship new\n```" + _WAY_BACK,
        "markdown",
    ),
    _rule(
        "not-utf-8", "error", "Bytes that are not text",
        "The text shown is not what the file contains, so a script with such a line does not run.",
        "save the file as UTF-8",
        "## Deploy\n- [ ] caf\udce9",
        "## Deploy\n- [ ] caf\u00e9",
    ),
    Rule(
        "empty", "error", "The file has no text", "The file is empty.", "write a runbook", " \n",
        "## Deploy\n- [ ] x\n\n## Rollback\n\nBy hand.\n", "markdown",
    ),
)  # fmt: skip
"""Nothing of it is suppressed by mistake: it takes the same comments as the other rules."""

FROM_OUTSIDE = (
    Rule(
        "not-reviewed", "info", "A script that was not reviewed",
        "`cockpit run` opens with a review of it, and refuses where nobody is asked (`--headless`). It is new, or has "
        "changed since, or it is read as something else now than when it was reviewed.",
        "`cockpit review`, and commit the record that it writes beside the runbook", "./release", "echo reviewed",
    ),
    Rule(
        "tool-missing", "info", "A program is not installed on this machine",
        "A script calls it. It may be installed where the deploy runs.",
        "install it, or check on the machine that deploys", "surely-no-such-program --deploy", "echo deployed",
    ),
    Rule(
        "variable-unset", "info", "A variable that a script needs is not set here",
        "The step cannot start while it is unset.",
        "set it, or add its source under [variables] in cockpit.toml", 'echo "$SURELY_NOT_SET_ANYWHERE"',
        'X=1\necho "$X"',
    ),
)  # fmt: skip
"""Found outside the runbook: by asking this machine (`cockpit.linting`), never with `--no-tools`; in the record."""
