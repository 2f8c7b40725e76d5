"""An `env_file` as the usual frameworks write it: read as dotenv does; what cannot be read has its line and reason."""

from pathlib import Path

import pytest

from cockpit.engine.config.env_files import EnvFile, read_env_file

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC==\n-----END PRIVATE KEY-----\n"

READ = [
    ("", {}),
    ("A=1\n", {"A": "1"}),
    ("a=b\nc=d", {"a": "b", "c": "d"}),
    ("export A=1\n  B = 2 \n\texport\tC=3", {"A": "1", "B": "2", "C": "3"}),
    ("'A'=b\nexport 'B'=c", {"A": "b", "B": "c"}),
    ("export export_a=1", {"export_a": "1"}),
    ("A='one two'\nB=\"x\"\n", {"A": "one two", "B": "x"}),
    ("A='b c '\nB=\" b c\"", {"A": "b c ", "B": " b c"}),
    ("# A=1\n   # B=2\n\n\n#\nC=3", {"C": "3"}),
    # Comments begin behind a space, outside quotes: `#` is usual in passwords.
    ("A=b#c\nB=b #c\nC=b\t# c\nD= # c\nE=#b", {"A": "b#c", "B": "b", "C": "b", "D": "", "E": "#b"}),
    ("A='b #c' # d\nB=\"b #c\"#d", {"A": "b #c", "B": "b #c"}),
    ("A=a=b=c\nB==\nC=\nD=''\nE=\"\"", {"A": "a=b=c", "B": "=", "C": "", "D": "", "E": ""}),
    ('A={"foo": "bar"}\nB=x\'y\'\nC=it\'s', {"A": '{"foo": "bar"}', "B": "x'y'", "C": "it's"}),
    ('A="b\\nc"\nB=\'b\\nc\'\nC=b\\nc', {"A": "b\nc", "B": "b\\nc", "C": "b\\nc"}),
    ("A=\"b\\\"c\"\nB='b\\'c'\nC=\"ends\\\\\"", {"A": 'b"c', "B": "b'c", "C": "ends\\"}),
    # Over several lines.
    (f'KEY="{PEM}"\nB=2', {"KEY": PEM, "B": "2"}),
    (f"export KEY='{PEM}' # the key\nB=2", {"KEY": PEM, "B": "2"}),
    (f"KEY=`{PEM}`\nB=2", {"KEY": PEM, "B": "2"}),
    (f"KEY<<END\n{PEM}END\nB=2\n", {"KEY": PEM.rstrip("\n"), "B": "2"}),
    ('KEY="a\nB=in the value\n# so is this\n"\nC=3', {"KEY": "a\nB=in the value\n# so is this\n", "C": "3"}),
    ("KEY<<E\nB=\"inside\nE\nC=`x` # y", {"KEY": 'B="inside', "C": "x"}),
    ("KEY<<E\nE\nA=1", {"KEY": "", "A": "1"}),
    # From other systems.
    ("\ufeffA=1\nB=2", {"A": "1", "B": "2"}),
    ("A=1\r\nB='x\r\ny'\r\nC=3", {"A": "1", "B": "x\ny", "C": "3"}),
    ("K<<END\r\none\r\nEND\r\nB=1\rC=2", {"K": "one", "B": "1", "C": "2"}),
    ("A=x\u2028y\x0cz\nB=à", {"A": "x\u2028y\x0cz", "B": "à"}),
    # Nothing is expanded.
    ("A=1\nB=${A}-$A-$(id)\nC='${A}'", {"A": "1", "B": "${A}-$A-$(id)", "C": "${A}"}),
    ("A=1\nA=2\n", {"A": "2"}),
    ("spring.datasource.url=x\nA-B=1", {"spring.datasource.url": "x", "A-B": "1"}),
    ("export A\nB=2", {"B": "2"}),
]  # fmt: skip


def _read(folder: Path, data: str | bytes) -> EnvFile:
    path = folder / ".env"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_env_file(path)


@pytest.mark.parametrize(("text", "values"), READ)
def test_values_are_those_that_dotenv_reads(tmp_path: Path, text: str, values: dict[str, str]) -> None:
    found = _read(tmp_path, text)
    assert found.values == values
    assert found.unread == ()


UNREAD = [
    ('A=1\n\nKEY="-----BEGIN\nMIIEvQIBADAN\nB=2', 3, "unclosed quotes", {"A": "1", "B": "2"}),
    ("A='b'c\nB=2", 1, "text after them", {"B": "2"}),
    ("KEY=`MIIEvQIBADAN\nC=2\n", 1, "unclosed quotes", {"C": "2"}),
    ("A=1\nKEY<<END\nMIIEvQIBADAN\n", 2, "the line that closes `<<` is missing", {"A": "1"}),
    ("A=1\n# c\nMIIEvQIBADAN\nB=2", 3, "neither NAME=value", {"A": "1", "B": "2"}),
    ("MIIEvQ+/BADAN==\nB=2", 1, "not a variable name", {"B": "2"}),
    ("A: MIIEvQIBADAN\nB=2", 1, "neither NAME=value", {"B": "2"}),
    ("=MIIEvQIBADAN\n1A=MIIEvQIBADAN\nB=2", 1, "neither NAME=value", {"B": "2"}),
    ("A=x\0y\nB=2", 1, "NUL", {"B": "2"}),
]


@pytest.mark.parametrize(("text", "line", "words", "values"), UNREAD)
def test_what_cannot_be_read_has_its_line_and_is_hidden(
    tmp_path: Path, text: str, line: int, words: str, values: dict[str, str]
) -> None:
    found = _read(tmp_path, text)
    assert found.values == values
    assert found.unread[0][0] == line
    assert words in found.unread[0][1]
    if "MIIEvQ" in text:
        assert any("MIIEvQ" in one for one in found.hidden)
        assert not any("MIIEvQ" in why for _, why in found.unread)


def test_windows_writes_sixteen_bits_a_character(tmp_path: Path) -> None:
    assert _read(tmp_path, "\ufeffA=1\r\nB=ä".encode("utf-16-le")).values == {"A": "1", "B": "ä"}


def test_bytes_that_are_no_text_stay_what_they_are(tmp_path: Path) -> None:
    assert _read(tmp_path, b"A=\xff\xfe-key\n").values["A"].encode("utf-8", "surrogateescape") == b"\xff\xfe-key"


def test_what_other_readers_would_take_for_the_value_is_hidden_too(tmp_path: Path) -> None:
    found = _read(tmp_path, 'A="pa\\$word-1"\n')
    assert found.values == {"A": "pa\\$word-1"}
    assert "pa$word-1" in found.hidden


def test_what_others_would_expand_is_known(tmp_path: Path) -> None:
    found = _read(tmp_path, "A=${B}\nC=$(id)\nD='${B}'\nE=\\${B}\nF=a$b\nG=${x}\nG=1")
    assert found.expanding == ("A", "C")
