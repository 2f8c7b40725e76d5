"""What the title of a section, a bold line or a label says about its place in a deploy. Rule 12."""

import functools
import re

from cockpit.runbook.reading.vocabulary import Kind, languages, start_pattern, title_pattern

_BRACKETS = re.compile(r"\([^()]*\)|（[^（）]*）")
_CODE = re.compile(r"`[^`]*`")
_NUMBER = r"\s*(?:[A-Z]|\d{1,2}|[IVX]{1,4}|[一二三四五六七八九十甲乙])(?![\w])"
_PLATFORM = re.compile(
    r"(?:(?:for|on|with|using|via)\s+)?(?:pip|pipx|poetry|uv|conda|npm|yarn|pnpm|brew|homebrew|apt|apt-get|yum|dnf|rpm|"
    r"deb|apk|pacman|snap|docker|docker[ -]compose|podman|helm|kubectl|kubernetes|k8s|kustomize|kubeadm|ubuntu|debian|"
    r"centos|rhel|red hat|fedora|alpine|arch(?: linux)?|suse|opensuse|linux|macos|mac|darwin|windows|powershell|bash|"
    r"zsh|fish|freebsd|source|from source|tarball|git|binary|binaries|package manager|systemd|upstart|aws|azure|gcp|"
    r"google cloud|heroku|render|railway|vercel|netlify|fly(?:\.io)?|postgres(?:ql)?|mysql|mariadb|sqlite|"
    r"x86(?:_64)?|amd64|arm64|intel|apple silicon)(?:[ /,(].{0,40})?\s*:?\s*",
    re.I,
)
_EXCLUSIVE = re.compile(
    r"(?:(?:for|on|with|using|via)\s+)?(?:pip|pipx|poetry|conda|npm|yarn|pnpm|homebrew|brew|apt|apt-get|yum|dnf|rpm|deb|"
    r"ubuntu|debian|centos|rhel|red hat|fedora|alpine|arch linux|suse|opensuse|linux|macos|mac os x|windows|freebsd|"
    r"aws|amazon web services|(?:microsoft )?azure|gcp|google cloud(?: platform)?|"
    r"digital ?ocean|openstack|on[- ]prem(?:ises)?|"
    r"bare metal)"
    r"(?:\s*[/,(].{0,40})?\s*:?\s*",
    re.I,
)
"""Of these a machine has one: sections that are called so are never all meant for it."""
_PLACES = re.compile(
    r"\b(?:staging|production|prod|dev|development|test|qa|uat|canary|preview|producción|produção|produktion)\b", re.I
)


def without_code(title: str) -> str:
    """`title` without its code spans: `rollback.sh` is a name."""
    return _CODE.sub("", title)


@functools.lru_cache(maxsize=4096)
def says_rollback(title: str, spoken: tuple[str, ...] = ("en",)) -> bool:
    """True where `title` says roll back, revert or undo, and not in brackets, and not when or whether to."""
    title = without_code(_BRACKETS.sub("", title))
    found = title_pattern("rollback", spoken).search(title)
    return bool(found) and not title_pattern("not_rollback", spoken).search(title)


@functools.lru_cache(maxsize=8192)
def is_about(title: str, kind: Kind, spoken: tuple[str, ...]) -> bool:
    """True where `title` has a word of this kind."""
    return bool(title) and bool(title_pattern(kind, spoken).search(title))


@functools.lru_cache(maxsize=1)
def _family() -> re.Pattern[str]:
    return re.compile(rf"[\W_]*({title_pattern('family', languages()).pattern}){_NUMBER}", re.I)


@functools.lru_cache(maxsize=4096)
def family_of(title: str, spoken: tuple[str, ...] = ("en",)) -> str:
    """`option`, `path`, `if`, ...: titles of one family side by side are alternatives. Empty: an ordinary title."""
    match = _family().match(title)
    if match:
        return match[1].lower()
    if start_pattern("condition", spoken).match(title) or re.match(r"(?:if|when)\s+\S", title, re.I):
        return "" if title_pattern("not_rollback", spoken).match(title.lower()) else "if"
    return "platform" if _EXCLUSIVE.fullmatch(title.strip("*_ ")) else ""


def is_platform(text: str) -> bool:
    """True for the name of a package manager, an operating system or a host, and no more."""
    return _PLATFORM.fullmatch(text.strip("*_ ")) is not None


def names_a_place(title: str) -> bool:
    """True where a title names an environment: those come one after another."""
    return bool(_PLACES.search(title))
