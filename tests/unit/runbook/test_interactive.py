"""Which commands ask a person, and with which option they no longer do."""

import pytest

from cockpit.runbook.shell import read_script

# The command that asks, its reason, and the ways to say it that ask nobody.
ASKING: list[tuple[str, str, tuple[str, ...]]] = [
    ("gh auth login", "gh auth login prompts for input", ("gh auth login --with-token", "gh auth status")),
    (
        "docker login ghcr.io",
        "docker login prompts for input",
        ("docker login -p x ghcr.io", "docker login --password=x ghcr.io", "docker logout"),
    ),
    ("podman login", "podman login prompts for input", ("podman login --password-stdin", "podman login -p x")),
    (
        "az login",
        "az login prompts for input",
        ("az login --service-principal", "az login --identity", "az account show"),
    ),
    (
        "gcloud auth login",
        "gcloud auth login prompts for input",
        ("gcloud auth login --cred-file=key", "gcloud auth list"),
    ),
    (
        "aws configure",
        "aws configure prompts for input",
        ("aws configure list", "aws configure set region eu", "aws s3 ls"),
    ),
    ("aws sso login", "aws sso login prompts for input", ("aws sso logout",)),
    ("npm login", "npm login prompts for input", ("npm logout",)),
    ("npm adduser", "npm adduser prompts for input", ("npm ci",)),
    ("heroku login", "heroku login prompts for input", ("heroku ps",)),
    ("vercel login", "vercel login prompts for input", ("vercel deploy",)),
    ("supabase login", "supabase login prompts for input", ("supabase login --token x",)),
    ("firebase login", "firebase login prompts for input", ("firebase deploy",)),
    ("fly auth login", "fly auth login prompts for input", ("fly auth whoami", "fly deploy")),
    ("terraform login", "terraform login prompts for input", ("terraform plan",)),
    (
        "terraform apply",
        "terraform apply prompts for input",
        ("terraform apply -auto-approve", "terraform apply --auto-approve"),
    ),
    ("terraform destroy", "terraform destroy prompts for input", ("terraform destroy -auto-approve",)),
    ("tofu apply", "tofu apply prompts for input", ("tofu apply -auto-approve", "tofu plan")),
    (
        "supabase db push",
        "supabase db push prompts for input",
        ("supabase db push --yes", "supabase db push --dry-run"),
    ),
    ("supabase db reset", "supabase db reset prompts for input", ("supabase db reset --yes", "supabase db diff")),
    ("kubectl edit deployment/shop", "kubectl edit prompts for input", ("kubectl get deployment/shop",)),
    ("crontab -e", "crontab -e prompts for input", ("crontab -l", "crontab jobs")),
    ("git rebase main -i", "git rebase -i prompts for input", ("git rebase main",)),
    ("git add -p .", "git add -p prompts for input", ("git add .",)),
    ("gh pr create", "gh pr create prompts for input", ("gh pr create --fill", "gh pr create -t x -b y", "gh pr list")),
    ("gh issue create", "gh issue create prompts for input", ("gh issue create --title=x", "gh issue create -w")),
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
    ("/usr/bin/vim notes", "vim takes over the terminal", ("cat notes | vim", "vim notes > log")),
    ("vi notes", "vi takes over the terminal", ("echo vi",)),
    ("nano notes", "nano takes over the terminal", ()),
    ("emacs notes", "emacs takes over the terminal", ()),
    ("less notes", "less takes over the terminal", ("ls | less", "x=$(less notes)")),
    ("more notes", "more takes over the terminal", ()),
    ("top", "top takes over the terminal", ("top -b > log",)),
    ("htop", "htop takes over the terminal", ()),
    ("passwd ann", "passwd takes over the terminal", ("echo x | passwd ann",)),
    ("visudo", "visudo takes over the terminal", ()),
    ("su - ann", "su takes over the terminal", ("su ann < x",)),
    ("ed notes", "ed takes over the terminal", ("ed notes < x", "make && ed notes < x")),
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
        (10, "vim takes over the terminal"),
        (12, "less takes over the terminal"),
        (15, "python3 without arguments opens a session"),
    ]
