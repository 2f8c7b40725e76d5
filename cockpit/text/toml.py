"""Text as a string of TOML."""

import json


def toml_string(text: str) -> str:
    """A basic string of TOML, which takes JSON's escapes; what is no text becomes U+FFFD, what does not print is
    escaped, so that the file shows what it holds."""
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else _escaped(one) for one in quoted)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
