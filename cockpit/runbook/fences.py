"""A fence -> what of it can run, and why not. Rules 5 to 7 of the dialect."""

import re

from msgspec import Struct

from cockpit.runbook.annotations import Read, read_fence
from cockpit.runbook.grammar import parse_script
from cockpit.runbook.known_programs import PROGRAMS
from cockpit.runbook.shell import Script
from cockpit.runbook.syntax import SyntaxCheck

SHELL = frozenset({"bash", "sh", "shell", "zsh"})
CONSOLE = frozenset({
    "console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal", "terminal-session",
    "shell_session",
})  # fmt: skip
TEXT = frozenset({"", "text", "txt", "plain", "plaintext", "no-highlight", "nohighlight", "none", "code"})

_PROMPT = re.compile(
    r"[ \t]*(?:\[[\w.@:~/ -]{1,40}\][ \t]?(?=\$))?(?:\([\w.-]+\)[ \t]*)?"
    r"(?:\[?[\w.-]+@[\w.-]+(?:[: ][^\s$#%\]]*)?\]?[ \t]?[$#%]|(?:ba|z|k|da|)sh-\d[\d.]*[$#]|\$)(?:[ \t]+|$)"
)
_PERCENT = re.compile(r"[ \t]*%[ \t]+(?=[a-z./~])")
_ROOT = re.compile(r"[ \t]*#[ \t]+(?=(?P<word>[\w./-]+))")
_DIRECTIVE = re.compile(r"\{(?:code-block|code|code-cell|sourcecode|prompt|highlight)\}\s*([\w+-]*)\s*(.*)", re.I)
_CLASSES = re.compile(r"\{\s*\.([\w+-]+)[^}]*\}")
_DIRECTIVE_OPTION = re.compile(r":[\w-]+:.*")
_COMMENT_HERE = re.compile(r"\s*:?\s*<<-?\s*[\"']?([A-Za-z_]\w*)[\"']?\s*$")
_SECOND_PROMPT = re.compile(r"[ \t]*>[ \t]?")
_HEREDOC = re.compile(r"<<-?\s*[\"']?([A-Za-z_]\w*)[\"']?")
_POWERSHELL = re.compile(
    r"\s*(?:PS [A-Za-z]:\\|(?:Get|Set|New|Invoke|Remove|Import|Export|Write|Start|Stop)-[A-Z]\w+\b)"
)
_WINDOWS = re.compile(r"\s*[A-Za-z]:\\[^>]*>\s*\S")
_CAPITAL_COMMANDS = frozenset({"Rscript", "Xvfb", "Xorg"})
_DATA_FILE = re.compile(
    r"\.(?:ya?ml|json|md|rst|txt|toml|ini|conf|cfg|env|sql|tf|tfvars|lock|xml|log|csv|go|ts|tsx|jsx|properties|html|css)$"
)


class Code(Struct, frozen=True):
    """The label of a fence and its body as it would run."""

    language: str
    attributes: Read
    body: str
    prompts: str = "none"
    """`none`, `all` (now stripped) or `mixed`: prompts and output in a fence that is not labelled console."""

    @property
    def labelled(self) -> bool:
        return self.language in SHELL or self.language in CONSOLE


def read_code(info: str, content: str) -> Code:
    """Split a fence's info string, and take prompts and expected output out of the body.

    A line of output becomes an empty line, so that every command keeps its line of the file.
    """
    language, rest = _label(info)
    if info.startswith("{"):
        content = _without_options(content)
    if language not in SHELL | CONSOLE | TEXT:
        return Code(language, Read(), content)
    shell = language in SHELL or language in CONSOLE
    attributes = read_fence(rest) if rest and shell else Read()
    body = _without_comment_texts(content) if shell else content
    prompt = _prompt_of(language, body.split("\n"))
    if prompt is None:
        return Code(language, attributes, body)
    stripped, mixed = _without_prompts(body, prompt)
    if mixed and language in SHELL:
        return Code(language, attributes, content, "mixed")
    return Code(language, attributes, stripped, "all")


def _label(info: str) -> tuple[str, str]:
    """The language of an info string, in the spellings of the generators, and its attributes with their braces."""
    directive = _DIRECTIVE.match(info)
    if directive:
        return directive[1].lower(), ""
    classes = _CLASSES.fullmatch(info)
    if classes:
        return classes[1].lower(), ""
    words, brace, rest = info.partition("{")
    word = (words.split() or [""])[0].lower()
    if brace and not word:
        # MyST writes its directives so: "```{note}".
        return "{" + rest.split("}")[0] + "}", ""
    return re.split(r"[,:;]", word)[0] or word, brace + rest


def _without_options(content: str) -> str:
    """MyST puts the options of a directive on its first lines."""
    lines = content.split("\n")
    for index, line in enumerate(lines):
        if not _DIRECTIVE_OPTION.fullmatch(line):
            break
        lines[index] = ""
    return "\n".join(lines)


def _without_comment_texts(content: str) -> str:
    """A here-document that no command reads is a comment in many lines (`<<COMMENT`): output that is shown."""
    if "<<" not in content:
        return content
    lines = content.split("\n")
    at = 0
    while at < len(lines):
        here = _COMMENT_HERE.match(lines[at])
        end = next((n for n in range(at + 1, len(lines)) if here and lines[n].strip() == here[1]), None)
        if end is not None:
            lines[at : end + 1] = [""] * (end + 1 - at)
            at = end
        at += 1
    return "\n".join(lines)


def _prompt_of(language: str, lines: list[str]) -> re.Pattern[str] | None:
    """What stands before the commands; None where nothing does."""
    if any(map(_PROMPT.match, lines)):
        return _PROMPT
    if language not in CONSOLE:
        return None
    if any(map(_PERCENT.match, lines)):
        return _PERCENT
    # `# ` is root's prompt, and a comment: it is the prompt where a program follows it every time.
    hashed = [match for line in lines if line.lstrip().startswith("#") and (match := _ROOT.match(line))]
    programs = [match for match in hashed if match["word"] in PROGRAMS or match["word"].startswith(("/", "./"))]
    return _ROOT if hashed and len(programs) == len(hashed) and lines[0].lstrip().startswith("#") else None


def _without_prompts(content: str, before: re.Pattern[str]) -> tuple[str, bool]:
    lines = content.split("\n")
    kept = [""] * len(lines)
    mixed, index = False, 0
    while index < len(lines):
        prompt = before.match(lines[index])
        if prompt is None:
            stripped = lines[index].strip()
            if stripped.startswith("#"):
                kept[index] = lines[index]
            mixed = mixed or (bool(stripped) and not stripped.startswith("#"))
            index += 1
            continue
        kept[index] = lines[index][prompt.end() :]
        end = _end_of_command(lines, index, kept[index], before)
        for following in range(index + 1, end):
            kept[following] = _SECOND_PROMPT.sub("", lines[following], count=1)
        index = end
    return "\n".join(kept).rstrip("\n") + "\n", mixed


def _end_of_command(lines: list[str], index: int, first: str, prompt: re.Pattern[str]) -> int:
    """Index after the last line of the command that begins at `index`: continuations, here-documents, open quotes."""
    heredoc = _HEREDOC.search(first)
    if heredoc:
        ends = (
            i + 1
            for i in range(index + 1, min(index + 1_000, len(lines)))
            if lines[i].strip().removeprefix("> ") == heredoc[1]
        )
        return next(ends, index + 1)
    text, end = first, index + 1
    while end < len(lines) and (len(text) - len(text.rstrip("\\"))) % 2 and not prompt.match(lines[end]):
        text, end = lines[end], end + 1
    if end == index + 1 and parse_script(first.encode("utf-8", "replace")).has_error:
        for last in range(index + 1, min(index + 30, len(lines))):
            if prompt.match(lines[last]):
                break
            whole = "\n".join([first, *lines[index + 1 : last + 1]])
            if not parse_script(whole.encode("utf-8", "replace")).has_error:
                return last + 1
    return end


class Unfit(Struct, frozen=True):
    """Why a labelled fence does not run."""

    reason: str
    is_broken: bool = False
    """It was meant to run, and cannot: a step that nobody may pass without a word, not reading matter."""


def why_not(code: Code, script: Script, *, terminated: bool, check: SyntaxCheck | None) -> Unfit | None:
    """Why a labelled fence is not runnable; None where it is. Rule 6."""
    if not terminated:
        return Unfit("the fence is not closed", is_broken=bool(script.commands))
    reason = _no_script(code, script)
    if reason:
        return Unfit(reason)
    complaint = _syntax(script, code.attributes.notes.interpreter, check)
    return Unfit(complaint, is_broken=True) if complaint else None


def _no_script(code: Code, script: Script) -> str:
    if not code.body.strip():
        return "empty"
    if code.prompts == "mixed":
        return "prompts mixed with output; label it console"
    if not script.commands:
        return "only comments" if script.comments else "no command"
    texts = [(command.line, command.text) for command in script.commands]
    if any(_POWERSHELL.match(text) or _WINDOWS.match(text) for _, text in texts):
        return "PowerShell or a Windows prompt, not a shell script"
    if len(texts) == 1 and is_lone_path(texts[0][1]):
        return "only a file path"
    prose = next((line for line, text in texts if is_prose(text)), None)
    return f"line {prose} looks like prose or output" if prose is not None else ""


def _syntax(script: Script, interpreter: str | None, check: SyntaxCheck | None) -> str:
    if not script.suspicious or interpreter is not None:
        return ""
    complaint = check(script.masked) if check is not None else None
    if complaint is None:
        return "does not parse as shell"
    return f"bash -n: {complaint}" if complaint else ""


def is_lone_path(text: str) -> bool:
    """True for `deploy/values.yaml`: a file to look at, not a program to start."""
    return len(text.split()) == 1 and (text.endswith("/") or bool(_DATA_FILE.search(text)))


def is_prose(text: str) -> bool:
    """True for a line that begins like a sentence or like a program's output, and has no option, path or variable."""
    words = text.split("\n", 1)[0].split()
    if len(words) < 3 or words[0] in _CAPITAL_COMMANDS or not re.fullmatch(r"[A-Z][a-z]+[,:.]?", words[0]):
        return False
    punctuated = any(word[-1] in ".,:;!?" for word in words)
    return punctuated or not any(re.match(r"-|.*[=/$]", word) for word in words[1:])
