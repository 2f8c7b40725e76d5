"""What speaks for which role, one piece of evidence at a time: texts of our own, read as a whole."""

import pytest

from cockpit.runbook.parse import parse
from cockpit.runbook.reading.evidence import ALL
from cockpit.runbook.reading.shapes import shape_of
from cockpit.runbook.reading.weights import WEIGHTS

SHIP = "```bash\n./ship new\n```\n"
WATCH = "```bash\nkubectl get pods\n```\n"


def _roles(text: str) -> list[str]:
    return [one.role + "+" * one.runs for one in parse(text).scripts]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        # Headings, labels, items and markup that stands for them.
        (f"## Deploy\n\n{SHIP}\n## Troubleshooting\n\n### The queue grows\n\n{WATCH}", ["step+", "contingency"]),
        (f"## Deploy\n\n{SHIP}\n## Known issues\n\n{WATCH}", ["step+", "contingency"]),
        (f"## One-time setup\n\n{WATCH}\n## Deploy\n\n{SHIP}", ["setup", "step+"]),
        (f"## Deploy\n\n{SHIP}\n## Cheat sheet\n\n{WATCH}", ["step+", "reference"]),
        (f"## Deploy\n\n{SHIP}\n## Optional: warm the cache\n\n{WATCH}", ["step+", "optional"]),
        (f"## Deploy\n\n{SHIP}\n**Undo:**\n\n{WATCH}", ["step+", "rollback"]),
        (f"## Deploy\n\n{SHIP}\nRollback:\n\n{WATCH}", ["step+", "rollback"]),
        (f"## Deploy\n\n{SHIP}\n<details>\n<summary>Roll back</summary>\n{WATCH}</details>\n", ["step+", "rollback"]),
        (f"## Rollback\n\n### If it fails again\n\n{WATCH}", ["rollback"]),
        (f"# Rollback of the shop\n\n## Stop\n\n{WATCH}", ["rollback"]),
        (f"# Deploy and rollback of the shop\n\n## Stop\n\n{WATCH}", ["step+"]),
        (f"## Deploy\n\n1. Ship:\n\n   {SHIP.replace(chr(10), chr(10) + '   ')}\n2. Optionally look:\n\n   "
         f"{WATCH.replace(chr(10), chr(10) + '   ')}\n", ["step+", "optional"]),
        # A call-out's title is one too, and what is folded away beside scripts that are shown is for who needs it.
        (f"## Deploy\n\n{SHIP}\n??? failure \"If it hangs\"\n\n    {WATCH.replace(chr(10), chr(10) + '    ')}\n",
         ["step+", "contingency"]),
        (f"## Deploy\n\n{SHIP}\n<details>\n<summary>It said “push rejected”</summary>\n\n{WATCH}</details>\n",
         ["step+", "reference"]),
        (f"<details>\n<summary>1. Ship</summary>\n\n{SHIP}\nIf it hangs:\n\n{WATCH}\n</details>\n\n<details>\n"
         f"<summary>2. Look</summary>\n\n{WATCH}\n</details>\n", ["step+", "contingency", "step+"]),
        # A question and what to do then; "only if" of something that went wrong.
        (f"## Oh no\n\nDid it drop a column? Then a switch is not enough, run:\n\n{WATCH}", ["contingency"]),
        (f"## Deploy\n\nOnly if the deploy went wrong:\n\n{WATCH}", ["contingency"]),
        ("## Deploy\n\n```bash\nbin/restore-from-snapshot 7\n```\n", ["rollback"]),
        ("## Deploy\n\n```bash\ndotnet restore\n```\n", ["step+"]),
        (f"## Deploy\n\n{SHIP}\n## Housekeeping (monthly, not part of a release)\n\n{WATCH}", ["step+", "reference"]),
        # Order: what stands behind the way back is no step, unless its title is one.
        (f"## Deploy\n\n{SHIP}\n## Rollback\n\n{SHIP}\n## Services\n\n{WATCH}", ["step+", "rollback", "reference"]),
        (f"## Deploy\n\n{SHIP}\n## Rollback\n\n{SHIP}\n## After the deploy\n\n{WATCH}", ["step+", "rollback", "step+"]),
        # Sentences before the fence.
        (f"## Deploy\n\nIf the queue grows, look:\n\n{WATCH}", ["contingency"]),
        (f"## Deploy\n\nSee the graphs (e.g. `errors`). Then look:\n\n{WATCH}", ["step+"]),
        (f"## Deploy\n\nIf a pod is stuck, somebody has to know. Run this:\n\n{WATCH}", ["contingency"]),
        (f"## Deploy\n\nOnce the pods are there, look:\n\n{WATCH}", ["step+"]),
        (f"## Deploy\n\nRun this only once:\n\n{WATCH}", ["setup"]),
        (f"## Deploy\n\nTo roll back, run:\n\n{WATCH}", ["rollback"]),
        (f"## Deploy\n\nYou can skip this step where nothing is cached:\n\n{WATCH}", ["optional"]),
        ("## Deploy\n\nIt should look like this:\n\n```bash\nshop  ready\n```\n", ["content"]),
        (f"## Deploy\n\nThe pods should look healthy:\n\n{WATCH}", ["step+"]),
        (f"## Deploy\n\n{SHIP}\nOr by hand:\n\n{WATCH}", ["alternative", "alternative"]),
        ("## Deploy\n\nAdd the following lines to `shop.conf`:\n\n```bash\nport 80\nworkers 4\n```\n", ["content"]),
        (f"## Deploy\n\n> If you are new here, ask.\n\n{WATCH}", ["step+"]),
        # Ways that exclude each other.
        (f"## Deploy with Helm\n\n{SHIP}\n## Deploy with Kustomize\n\n{WATCH}", ["alternative", "alternative"]),
        (f"## Minor release\n\n{SHIP}\n## Patch release\n\n{WATCH}", ["alternative", "alternative"]),
        (f"## Upgrade with downtime\n\n{SHIP}\n## Upgrade without downtime\n\n{WATCH}", ["alternative", "alternative"]),
        (f"## Ubuntu\n\n{SHIP}\n## CentOS\n\n{WATCH}", ["alternative", "alternative"]),
        (f"## Deploy to staging\n\n{SHIP}\n## Deploy to production\n\n{WATCH}", ["step+", "step+"]),
        (f"## Deploy the backend\n\n{SHIP}\n## Deploy the frontend\n\n{WATCH}", ["step+", "step+"]),
        (f"## Option A (recommended)\n\n{SHIP}\n## Option B\n\n{WATCH}", ["alternative+", "alternative"]),
        (f'=== "Linux"\n\n    {SHIP.replace(chr(10), chr(10) + "    ")}\n=== "macOS"\n\n    '
         f'{WATCH.replace(chr(10), chr(10) + "    ")}\n', ["alternative", "alternative"]),
        # An "if" that is not what names the way is a condition all the same.
        (f"## Option A\n\n{SHIP}\nIf a pod hangs:\n\n{WATCH}\n## Option B\n\n{SHIP}",
         ["alternative", "contingency", "alternative"]),
        (f"## Go\n\n- If it runs in Docker:\n\n  {SHIP.replace(chr(10), chr(10) + '  ')}\n- If it is a service:\n\n"
         f"  {WATCH.replace(chr(10), chr(10) + '  ')}\n", ["alternative", "alternative"]),
        # What commands do.
        ("## Deploy\n\n```bash\nkubectl rollout undo deploy/shop\n```\n", ["rollback"]),
        # A console without a prompt that does not parse shows something; a script that does not parse is broken.
        ("## Deploy\n\n```console\nplugin failed (add): port\n```\n", ["content"]),
        ("## Keys\n\n```bash\nopenssl rand -hex 32\n```\n", ["setup"]),
        ("## Deploy\n\n```bash\nkubectl --help\n```\n", ["reference"]),
        # Labels.
        ("```{.bash .x}\n./a\n```\n\n```sh:title=b\n./b\n```\n\n```fish\n./c\n```\n", ["step+", "step+", "content"]),
        (":::{code-block} bash\n:caption: x\n./a\n:::\n", ["step+"]),
        # Nothing labelled: what looks like commands is meant so. With labels elsewhere it is offered.
        ("## Deploy\n\n```\nkubectl apply -f x\n```\n", ["step+"]),
        (f"## Deploy\n\n{SHIP}\n```\nkubectl apply -f x\n```\n", ["step+", "reference"]),
        # A name that scripts use later is set by a step; a file of settings is none.
        ('## Deploy\n\n```bash\nVERSION=7\n```\n\n```bash\n./ship "$VERSION"\n```\n', ["step+", "step+"]),
        ("## Deploy\n\n```bash\nPORT=80\nHOST=shop\n```\n\n```bash\n./ship\n```\n", ["content", "step+"]),
        ('## Environment variables\n\n```bash\nPORT=80\nHOST=shop\n```\n\n## Go\n\n```bash\n./ship "$HOST"\n```\n',
         ["content", "step+"]),
        # What a whole document is about.
        (f"# Upgrade failures\n\n## The pod hangs\n\n{WATCH}", ["contingency"]),
        (f"# Disaster recovery\n\n## Start the standby\n\n{WATCH}", ["step+"]),
        (f"# Command snippets\n\n## Pods\n\n{WATCH}", ["reference"]),
        # Does not parse.
        ("## Deploy\n\n```bash\necho \"a\n./ship\n```\n", ["broken"]),
    ],
)  # fmt: skip
def test_evidence_gives_the_role(text: str, roles: list[str]) -> None:
    assert _roles(text) == roles


def test_a_step_below_the_if_of_the_step_before_is_asked_about_first() -> None:
    again = f"### If this fails\n\n{WATCH}\n"
    scripts = parse(f"## Ship\n\n{SHIP}\n{again}Run the migrations:\n\n{SHIP}\n{again}").scripts
    assert [(one.role, one.sure) for one in scripts] == [
        ("step", "sure"), ("contingency", "sure"), ("contingency", "unsure"), ("contingency", "sure")
    ]  # fmt: skip


_PROSE = {
    "fr": "Le service est dans le cluster et les pods sont à jour.",
    "it": "Il servizio è nel cluster e gli utenti non sono della rete.",
    "ja": "サービスをデプロイする手順を説明する。",
    "ko": "서비스를 배포하는 절차를 설명한다.",
    "tr": "Bu servis için bir dağıtım ve bu adımlar ile bir kontrol.",
    "zh": "这是服务的部署步骤。",
}


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("fr", "En cas d'échec"), ("fr", "En cas d’échec"), ("fr", "S’il ne démarre pas"), ("it", "In caso d'errore"),
        ("it", "Se qualcosa è andato storto"), ("ja", "失敗した場合"), ("ja", "うまくいかないときは以下を実行する"),
        ("ko", "실패한 경우"), ("tr", "Başarısız olursa"), ("tr", "Pod başlamazsa"), ("zh", "部署失败时"),
    ],
)  # fmt: skip
def test_an_if_in_the_words_of_its_language_is_never_forward(language: str, label: str) -> None:
    assert _roles(f"## 1.\n\n{_PROSE[language]}\n\n{SHIP}\n**{label}**\n\n{WATCH}") == ["step+", "contingency"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"level":"info","msg":"x"}\n', "JSON"),
        ("2025-03-01 04:31:50 started\n2025-03-01 04:31:51 ready\n", "log"),
        ("I0428 02:23:13.498282 11418 agent.go:125] on\n", "log"),
        ("-a\n+b\n", "diff"),
        ("SELECT 1;\n", "SQL"),
        ("0 2 * * * /usr/local/bin/backup\n", "crontab"),
        ("┌──┐\n│x │\n└──┘\n", "drawing"),
        ("https://shop.example\n", "address"),
        (".env.staging\nconfig/values.yaml\n", "files"),
        ("[Service]\nExecStart=/usr/bin/x\n", "settings"),
        ("timeout = 30\nport = 80\n", "settings"),
        ("import os\nfrom x import y\n", "language"),
        ("beta: 1\nlatest: 2\n", "fields"),
        ("1. Announce\n2. Ship\n", "numbered"),
        ("NAME    READY   AGE\na       1/1     5d\n", "table"),
        ("#!/bin/sh\nls\n", "script file"),
        (".PHONY: all\nall:\n\tmake x\n", "Makefile"),
        ("mysql> SHOW TABLES;\n", "client"),
    ],
)
def test_a_body_that_is_something_else_says_what(body: str, words: str) -> None:
    assert words in shape_of(body, has_shell_words=False)


@pytest.mark.parametrize(
    "body",
    ["7z a x.7z dist\n", "./pack:all\n", ": > marker\n", "[ -f x ] && ./sign x\n", "(cd dist && make)\n",
     "MODE=fast ./pack\n", "export MODE=production\n", "jq -r '.a' x.json\n", "for x in a b; do\n  ./ship $x\ndone\n"],
)  # fmt: skip
def test_commands_look_like_nothing_else(body: str) -> None:
    assert shape_of(body, has_shell_words=False) == ""


def test_every_vote_has_its_row_in_the_table() -> None:
    names = {
        name
        for evidence in ALL
        for const in evidence.__code__.co_consts
        if isinstance(const, str) and (name := const) in WEIGHTS
    }
    assert len(names) > 25
    assert all(-500 < row.weight < 500 for row in WEIGHTS.values())


def test_every_fence_is_named_wherever_it_stands() -> None:
    text = (
        "```yaml\na: 1\n```\n\n> ```bash\n> ls\n> ```\n\n- x\n\n  ```bash\n  ls\n  ```\n\n<Tabs>\n<TabItem value='a'>\n"
        "```bash\nls\n```\n</TabItem>\n</Tabs>\n\n!!! note\n    ```bash\n    ls\n    ```\n\n```{note}\nx\n```\n\n"
        "```bash\nls"
    )
    scripts = parse(text).scripts
    assert [(one.line, one.label) for one in scripts] == [
        (1, "yaml"), (5, "bash"), (11, "bash"), (17, "bash"), (24, "bash"), (28, "{note}"), (32, "bash"),
    ]  # fmt: skip
    assert len({one.id for one in scripts}) == len(scripts)
    assert all(one.reasons for one in scripts)


def test_a_tab_is_called_by_its_label_whatever_stands_first() -> None:
    tabs = "".join(
        f'<TabItem value="{key}" label="{label}">\n\n{SHIP}\n</TabItem>\n'
        for key, label in (("std", "Standard release"), ("hot", "Hotfix"))
    )
    (section,) = parse(f"## Deploy\n\n<Tabs>\n{tabs}</Tabs>\n").sections
    assert [step.alternative for step in section.steps] == ["Standard release", "Hotfix"]
