"""Which commands ask a person, and with which option they no longer do."""

import pytest

from cockpit.runbook.shell import read_script

# The command that asks, its reason, and the ways to say it that ask nobody.
ASKING: list[tuple[str, str, tuple[str, ...]]] = [
    ("gh auth login", "gh auth login asks a question", ("gh auth login --with-token", "gh auth status")),
    (
        "docker login ghcr.io",
        "docker login asks a question",
        ("docker login -p x ghcr.io", "docker login --password=x ghcr.io", "docker logout"),
    ),
    ("podman login", "podman login asks a question", ("podman login --password-stdin", "podman login -p x")),
    (
        "az login",
        "az login asks a question",
        ("az login --service-principal", "az login --identity", "az account show"),
    ),
    (
        "gcloud auth login",
        "gcloud auth login asks a question",
        ("gcloud auth login --cred-file=key", "gcloud auth list"),
    ),
    (
        "aws configure",
        "aws configure asks a question",
        ("aws configure list", "aws configure set region eu", "aws s3 ls"),
    ),
    ("aws sso login", "aws sso login asks a question", ("aws sso logout",)),
    ("npm login", "npm login asks a question", ("npm logout",)),
    ("npm adduser", "npm adduser asks a question", ("npm ci",)),
    ("heroku login", "heroku login asks a question", ("heroku ps",)),
    ("vercel login", "vercel login asks a question", ("vercel deploy",)),
    ("supabase login", "supabase login asks a question", ("supabase login --token x",)),
    ("firebase login", "firebase login asks a question", ("firebase deploy",)),
    ("fly auth login", "fly auth login asks a question", ("fly auth whoami", "fly deploy")),
    ("terraform login", "terraform login asks a question", ("terraform plan",)),
    (
        "terraform apply",
        "terraform apply asks a question",
        ("terraform apply -auto-approve", "terraform apply --auto-approve"),
    ),
    ("terraform destroy", "terraform destroy asks a question", ("terraform destroy -auto-approve",)),
    ("tofu apply", "tofu apply asks a question", ("tofu apply -auto-approve", "tofu plan")),
    ("supabase db push", "supabase db push asks a question", ("supabase db push --yes", "supabase db push --dry-run")),
    ("supabase db reset", "supabase db reset asks a question", ("supabase db reset --yes", "supabase db diff")),
    ("kubectl edit deployment/shop", "kubectl edit asks a question", ("kubectl get deployment/shop",)),
    ("crontab -e", "crontab -e asks a question", ("crontab -l", "crontab jobs")),
    ("git rebase main -i", "git rebase -i asks a question", ("git rebase main",)),
    ("git add -p .", "git add -p asks a question", ("git add .",)),
    ("gh pr create", "gh pr create asks a question", ("gh pr create --fill", "gh pr create -t x -b y", "gh pr list")),
    ("gh issue create", "gh issue create asks a question", ("gh issue create --title=x", "gh issue create -w")),
    ("gh run watch", "gh run watch asks which run", ("gh run watch 7", "gh run view", "gh run list --limit 1")),
    (
        "gh run watch -R a/b -i 5",
        "gh run watch asks which run",
        ("gh run watch -R a/b 7", "gh run watch --interval 5 7"),
    ),
    (
        "ssh web-1",
        "ssh opens a shell on web-1",
        ("ssh web-1 uptime", "ssh web-1 <<EOF\nls\nEOF", "echo ls | ssh web-1"),
    ),
    ("ssh -J jump -p 22 ann@web-1", "ssh opens a shell on ann@web-1", ("ssh -J jump web-1 ls", "ssh -V", "ssh")),
    (
        "ssh -t web-1",
        "ssh opens a shell on web-1",
        ("ssh -N web-1", "ssh -f web-1", "ssh -O exit web-1", "ssh -G web-1"),
    ),
    ("mosh web-1", "ssh opens a shell on web-1", ("mosh web-1 -- ls",)),
    ("read answer", "read waits for an answer", ("read -u 3 answer", "ls | while read a; do echo; done", "read a < f")),
    ("psql shop", "psql opens a session", ("psql -c x", "psql -Atc x", "psql -l", "psql -V", "psql --command=x")),
    (
        "psql -h db -U ann",
        "psql opens a session",
        ("psql --file=x", "psql --list", "psql -f x", "psql -1f x", "echo x | psql shop"),
    ),
    ("git commit", "git commit opens an editor", ("git commit -m x", "git commit -am x", "git commit --message=x")),
    (
        "git commit --amend",
        "git commit opens an editor",
        ("git commit --amend --no-edit", "git commit -F x", "git log"),
    ),
    ("python", "python without arguments opens a session", ("python x.py", "python < x.py", "echo x | python")),
    ("node", "node without arguments opens a session", ("node x.js",)),
    ("irb", "irb without arguments opens a session", ("irb x.rb",)),
    ("/usr/bin/vim notes", "vim takes the whole terminal", ("cat notes | vim", "vim notes > log")),
    ("vi notes", "vi takes the whole terminal", ("echo vi",)),
    ("nano notes", "nano takes the whole terminal", ()),
    ("emacs notes", "emacs takes the whole terminal", ()),
    ("less notes", "less takes the whole terminal", ("ls | less", "x=$(less notes)")),
    ("more notes", "more takes the whole terminal", ()),
    ("top", "top takes the whole terminal", ("top -b > log",)),
    ("htop", "htop takes the whole terminal", ()),
    ("passwd ann", "passwd takes the whole terminal", ("echo x | passwd ann",)),
    ("visudo", "visudo takes the whole terminal", ()),
    ("su - ann", "su takes the whole terminal", ("su ann < x",)),
    ("ed notes", "ed takes the whole terminal", ("ed notes < x", "make && ed notes < x")),
    ("kubectl exec -it shop -- sh", "kubectl is told to use a terminal", ("kubectl exec shop -- ls",)),
    ("oc rsh --tty shop", "oc is told to use a terminal", ("oc get pods",)),
    ("docker run -ti shop", "docker is told to use a terminal", ("docker run shop", "docker build -t shop .")),
    ("podman run -i -t shop", "podman is told to use a terminal", ("podman run -i shop",)),
]


@pytest.mark.parametrize(("command", "reason", "quiet"), ASKING, ids=[command for command, *_ in ASKING])
def test_a_command_that_asks_says_why_and_some_options_answer_it(
    command: str, reason: str, quiet: tuple[str, ...]
) -> None:
    assert [note.text for note in read_script(f"{command}\n", 1).asks] == [reason]
    for other in quiet:
        assert read_script(f"{other}\n", 1).asks == (), other


def test_what_is_behind_a_wrapper_or_inside_a_block_asks_as_well() -> None:
    body = "sudo vim a\nif true; then\n  make && less b\nfi\nsudo\nenv A=1 python3\nnice -n 5\n"
    assert [(note.line, note.text) for note in read_script(body, 10).asks] == [
        (10, "vim takes the whole terminal"),
        (12, "less takes the whole terminal"),
        (15, "python3 without arguments opens a session"),
    ]
