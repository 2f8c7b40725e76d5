"""Commands that are known to change nothing in production, and with which words. What is not here may change something.

Words are matched in order behind the program's global options: `("rollout", "status")` is `kubectl -n x rollout
status`.
"""

from collections.abc import Mapping, Sequence

Words = Sequence[tuple[str, ...]]

ALWAYS = frozenset({
    ":", "[", "[[", "basename", "base64", "break", "cal", "cat", "cd", "cksum", "clear", "cmp", "column", "comm",
    "continue", "cut", "date", "declare", "df", "diff", "dig", "dirname", "dirs", "du", "echo", "egrep", "exit",
    "export", "false", "fgrep", "file", "fold", "free", "getent", "getopts", "grep", "groups", "head", "hexdump",
    "host", "id", "join", "jq", "less", "let", "local", "ls", "lsblk", "lscpu", "lsof", "mapfile", "md5sum", "more",
    "mongodump", "mysqldump", "netstat", "nl", "nproc", "nslookup", "od", "paste", "pg_config", "pg_controldata",
    "pg_dump", "pg_dumpall", "pg_isready", "pgrep", "ping", "popd", "printenv", "printf", "ps", "pushd", "pwd", "read",
    "readarray", "readlink", "readonly", "realpath", "return", "rev", "rg", "seq", "set", "sha1sum", "sha256sum",
    "sha512sum", "shift", "shopt", "sleep", "sort", "ss", "stat", "strings", "tac", "tail", "test", "times", "tput",
    "tr", "traceroute", "tree", "true", "type", "typeset", "ulimit", "umask", "uname", "uniq", "unset", "uptime",
    "vmstat", "w", "wait", "wc", "which", "who", "whoami", "xxd", "zcat", "zgrep",
})  # fmt: skip

READS: Mapping[str, Words] = {
    "git": [
        (word,)
        for word in (
            "status", "log", "diff", "show", "fetch", "rev-parse", "describe", "ls-remote", "ls-files", "ls-tree",
            "cat-file", "blame", "shortlog", "merge-base", "rev-list", "name-rev", "for-each-ref", "grep", "version",
        )
    ] + [("stash", "list"), ("config", "--get"), ("config", "--list"), ("remote", "-v"), ("remote", "show"),
         ("remote", "get-url"), ("tag", "-l"), ("tag", "--list"), ("branch", "-a"), ("branch", "-v"),
         ("branch", "--show-current"), ("branch", "--list"), ("branch", "--contains")],
    "docker": [(word,) for word in ("ps", "images", "logs", "inspect", "version", "info", "stats", "top", "port")]
    + [("image", "ls"), ("image", "inspect"), ("container", "ls"), ("container", "inspect"), ("service", "ls"),
       ("service", "ps"), ("service", "logs"), ("stack", "ps"), ("stack", "services"), ("node", "ls"),
       ("compose", "ps"), ("compose", "logs"), ("compose", "config"), ("compose", "images"), ("compose", "ls"),
       ("compose", "top")],
    "docker-compose": [("ps",), ("logs",), ("config",), ("images",), ("top",)],
    "kubectl": [(word,) for word in ("get", "describe", "logs", "top", "version", "cluster-info", "explain",
                                     "api-resources", "api-versions", "diff", "wait", "events")]
    + [("config", "view"), ("config", "get-contexts"), ("config", "current-context"), ("auth", "can-i"),
       ("rollout", "status"), ("rollout", "history")],
    "helm": [(word,) for word in ("list", "ls", "status", "get", "history", "show", "search", "version", "template",
                                  "lint", "diff", "env")] + [("repo", "list")],
    "terraform": [(word,) for word in ("plan", "show", "validate", "version", "output", "providers", "graph", "init")]
    + [("state", "list"), ("state", "show"), ("workspace", "list"), ("workspace", "show"), ("fmt", "-check")],
    "flyway": [("info",), ("validate",)],
    "liquibase": [("status",), ("validate",), ("history",)],
    "alembic": [("current",), ("history",), ("heads",), ("check",), ("show",), ("branches",)],
    "prisma": [("migrate", "status"), ("validate",), ("version",)],
    "gh": [(noun, verb) for noun in ("run", "pr", "release", "issue", "workflow", "repo", "cache")
           for verb in ("list", "view", "watch", "checks", "status", "diff")] + [("auth", "status")],
    "systemctl": [(word,) for word in ("status", "is-active", "is-enabled", "is-failed", "list-units", "show", "cat",
                                       "list-timers", "list-unit-files", "list-jobs")],
    "supervisorctl": [("status",), ("avail",)],
    "pm2": [("list",), ("ls",), ("status",), ("logs",), ("show",), ("describe",)],
    "nginx": [("-t",), ("-T",), ("-v",)],
    "apachectl": [("configtest",)],
    "redis-cli": [(word,) for word in ("ping", "info", "get", "dbsize", "ttl", "type", "llen", "scan", "PING", "INFO")],
    "npm": [("ls",), ("list",), ("outdated",), ("view",), ("whoami",), ("config", "get")],
    "heroku": [("logs",), ("ps",), ("releases",), ("info",), ("config",), ("config:get",), ("pg:info",), ("apps",)],
    "fly": [("status",), ("logs",), ("releases",)],
    "flyctl": [("status",), ("logs",), ("releases",)],
    "kamal": [("details",), ("version",), ("audit",), ("app", "details"), ("app", "logs"), ("app", "version"),
              ("lock", "status"), ("config",)],
    "eb": [("status",), ("health",), ("logs",), ("list",)],
    "nomad": [("status",), ("plan",), ("job", "status"), ("job", "plan"), ("node", "status")],
    "consul": [("members",), ("kv", "get"), ("info",)],
    "vault": [("status",), ("read",), ("kv", "get"), ("kv", "list")],
    "rails": [("db:migrate:status",), ("db:version",)],
    "rake": [("db:migrate:status",), ("db:version",), ("-T",)],
    "openssl": [("s_client",), ("x509",), ("version",), ("verify",)],
    "brew": [("list",), ("info",)],
    "argocd": [("app", "get"), ("app", "list"), ("app", "diff"), ("app", "history"), ("app", "wait"), ("version",)],
}  # fmt: skip
"""Program -> the words with which it only looks."""

SAME_AS = {"tofu": "terraform", "terragrunt": "terraform", "podman": "docker", "oc": "kubectl"}

DRY: Mapping[str, frozenset[str]] = {
    "kubectl": frozenset({"--dry-run=client", "--dry-run=server"}),
    "helm": frozenset({"--dry-run"}),
    "rsync": frozenset({"--dry-run", "-n"}),
    "ansible-playbook": frozenset({"--check", "--syntax-check", "--list-tasks", "--list-hosts"}),
    "make": frozenset({"-n", "--dry-run", "--just-print"}),
    "pg_restore": frozenset({"-l", "--list"}),
    "psql": frozenset({"-l", "--list"}),
}
"""Program -> the options with which it only says what it would do."""

NOT_WITH: Mapping[str, tuple[str, ...]] = {
    "curl": ("--data", "--form", "--upload-file", "--json", "--config", "--request"),
    "wget": ("--post", "--body", "--method", "-i"),
    "sed": ("--in-place",),
    "yq": ("-i", "--inplace", "--in-place"),
    "find": ("-delete", "-exec", "-ok", "-fprint", "-fls"),
    "journalctl": ("--vacuum", "--rotate", "--flush"),
    "terraform": ("-migrate-state", "-force-copy", "-destroy", "-refresh-only"),
    "mkdir": ("/",),
    "sort": ("-o", "--output"),
    "date": ("-s", "--set"),
    "hostname": ("-F", "-b"),
    "git": ("-D", "-d", "--delete", "-m", "--force", "--output"),
    "argocd": ("--hard-refresh",),
}
"""Program -> beginnings of arguments with which it is not known to be harmless."""

HARMLESS = frozenset({"curl", "wget", "sed", "yq", "find", "journalctl", "mkdir"})
"""Programs that only look but with an argument of `NOT_WITH`."""

CLOUD: Mapping[str, frozenset[str]] = {
    "aws": frozenset({"describe", "list", "get", "ls", "wait", "head"}),
    "gcloud": frozenset({"describe", "list", "info", "get-value", "read"}),
    "az": frozenset({"show", "list"}),
}
"""Program -> the verb that must stand among its first words, or begin one of them (`describe-services`)."""

SHORT: Mapping[str, str] = {"curl": "dFTKX", "sed": "i", "yq": "i"}
"""Program -> letters of options with which it is not known to be harmless, alone or among others (`-sXPOST`)."""

WRITING = frozenset({
    "add", "apply", "attach", "create", "delete", "deploy", "deregister", "detach", "import", "invoke", "modify", "mv",
    "cp", "patch", "put", "reboot", "register", "remove", "resize", "restart", "rm", "rollback", "rollout", "run",
    "scale", "send", "set", "start", "stop", "sync", "terminate", "update", "upgrade",
})  # fmt: skip
"""Verbs of `CLOUD` that stand against the others."""
