"""Names of programs that runbooks call. A name that is not here may be a program as well."""

PROGRAMS = frozenset({
    "ansible", "ansible-playbook", "apt", "apt-get", "argocd", "aws", "az", "bash", "brew", "bundle", "cargo",
    "cat", "cd", "chmod", "chown", "composer", "cp", "crane", "curl", "dig", "docker", "docker-compose",
    "dotnet", "dpkg", "echo", "eksctl", "export", "find", "fly", "flyctl", "gcloud", "gh", "git", "gitlab-psql",
    "gitleaks", "go", "gradle", "grep", "gunzip", "gzip", "helm", "heroku", "jq", "kubectl", "kustomize", "ln",
    "ls", "make", "mix", "mkdir", "mv", "mvn", "mypy", "mysql", "nix", "node", "npm", "npx", "oc",
    "pg_basebackup", "pg_ctl", "pg_dump", "pg_dumpall", "pg_restore", "php", "pip", "pip3", "pnpm", "podman",
    "poetry", "psql", "pulumi", "pytest", "python", "python3", "rails", "rake", "redis-cli", "rm", "rsync",
    "ruff", "scp", "sed", "service", "sh", "skopeo", "source", "ssh", "sudo", "supabase", "systemctl", "tar",
    "tbump", "terraform", "tofu", "touch", "tox", "trivy", "twine", "uv", "vault", "vercel", "wget", "yarn",
})  # fmt: skip
"""What deploys are made of: alone a sign that a text is meant as commands."""

WORDS_TOO = frozenset({
    "a2ensite", "ab", "age", "alembic", "apachectl", "apk", "artisan", "awk", "aws-vault", "barman", "base64",
    "bun", "bunx", "cap", "certbot", "cf", "chamber", "consul", "cosign", "crictl", "crontab", "ctr", "cut",
    "date", "dbmate", "deno", "df", "diff", "django-admin", "dnf", "doctl", "doppler", "du", "egrep", "env",
    "etcdctl", "exit", "fab", "false", "ffmpeg", "fgrep", "file", "firebase", "flask", "flux", "flyway", "for",
    "free", "gem", "glab", "goose", "gpg", "gunicorn", "hcloud", "head", "host", "hostname", "httpie",
    "ibmcloud", "id", "if", "infisical", "ip", "iptables", "istioctl", "java", "journalctl", "k3s", "k9s",
    "kill", "killall", "knex", "kops", "kubeadm", "kubectx", "kubens", "kubeseal", "launchctl", "less",
    "linkerd", "linode-cli", "liquibase", "logrotate", "lsof", "mariadb", "mc", "md5sum", "minikube",
    "mongodump", "mongorestore", "mongosh", "mount", "mysqldump", "nano", "nc", "netlify", "netstat", "nginx",
    "nohup", "nomad", "nslookup", "op", "openssl", "openstack", "packer", "passwd", "patch", "patronictl",
    "pg_isready", "pg_upgrade", "pgbackrest", "pgrep", "ping", "pipenv", "pkill", "pm2", "popd", "printf",
    "prisma", "ps", "pushd", "pwd", "rabbitmqctl", "railway", "rancher", "rclone", "read", "reboot",
    "redis-server", "repmgr", "rg", "rpm", "ruby", "runuser", "s3cmd", "set", "sha256sum", "shutdown",
    "skaffold", "sleep", "sops", "sort", "sqitch", "sqlite3", "ss", "stat", "su", "supervisorctl", "svn",
    "symfony", "sync", "sysctl", "systemd-analyze", "tail", "tee", "telnet", "test", "timedatectl", "tiup",
    "top", "tr", "trap", "true", "type", "umount", "uname", "uniq", "unset", "unzip", "useradd", "usermod",
    "uwsgi", "vagrant", "velero", "vi", "vim", "virtualenv", "wal-g", "wc", "which", "while", "whoami",
    "wrangler", "xargs", "yq", "yum", "zip", "zsh",
})  # fmt: skip
"""Programs as well; some of them are words of a language, or begin lines of other files."""
