"""A config that cannot be read stops with one message that says what the file is, and on which line."""

import pytest

from twoarm.config.config_file import read_config

DEEP = "a: " + "[" * 200 + "]" * 200
BOMB = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30))
ERRORS = {
    "empty": (b"", "it is empty"),
    "comments alone": (b"# study\n", "it is empty"),
    "a list": (b"- study\n", "it is a list"),
    "a text": (b"study", "it is a single text or number"),
    "a JSON list": (b"[1, 2]", "it is a list or a single value"),
    "Latin-1": (
        "study: {name: Zürich}\n".encode("latin-1"),
        "it is not encoded in UTF-8; save it as text in UTF-8 (see line 1",
    ),
    "UTF-16": ("study: {name: a}\n".encode("utf-16"), "it is encoded in UTF-16"),
    "UTF-16 without its mark": ("study: {name: a}\n".encode("utf-16-be"), "it is encoded in UTF-16"),
    "a workbook": (b"PK\x03\x04\x00", "it is a workbook"),
    "NUL": (b"a: 1\nb: \x00\n", "config.yaml row 2: found the control character U+0000"),
    "an open bracket": (b"a: 1\nb: [1, 2\n", "config.yaml line 3: Config file is not valid YAML"),
    "a tab": (
        b"a:\n\tb: 1\n",
        "line 2: Config file is not valid YAML: found character '\\t' that cannot start any token",
    ),
    "two documents": (b"a: 1\n---\nb: 1\n", "line 2: Config file is not valid YAML: but found another document"),
    "an unknown alias": (b"a: *b\n", "line 1: Config file is not valid YAML: found undefined alias 'b'"),
    "an unknown tag": (b"a: !!python/object:os.system x\n", "line 1: found 'x', which is not a valid os.system"),
    "an unknown tag of a list": (
        b"a: !mine [1]\n",
        "line 1: Config file is not valid YAML: could not determine a constr",
    ),
    "a key that is a list": (b"? [a, b]\n: 1\n", "line 1: Config file is not valid YAML: found unhashable key"),
    "no such day": (
        b"a: 1\ncutoff: 2025-02-30\n",
        "line 2: found '2025-02-30', which is not a valid timestamp; put it in quotes",
    ),
    "an endless number": (b"a: " + b"9" * 5000, "line 1: found '9999"),
    "an octal number": (
        b"a: {b: [0, 0120]}\n",
        "line 1: found '0120', which YAML reads as 80; write the number itself",
    ),
    "an octal key": (b"a: {010: x}\n", "line 1: found '010', which YAML reads as 8"),
    "a hexadecimal number": (b"a: 1\nb: 0x10\n", "line 2: found '0x10', which YAML reads as 16"),
    "a number of minutes": (b"a: 2:30\n", "line 1: found '2:30', which YAML reads as 150"),
    "a template": (b"__use_yte__: true\na: 1\n", "config.yaml line 1: __use_yte__: unknown key"),
    "an alias that contains itself": (b"a: &a\n  b: *a\n", "the alias in line 1 contains itself"),
    "a bomb of aliases": (b"x0: &x0 [1]\n" + BOMB.encode(), "its aliases expand to"),
    "200 levels": (DEEP.encode(), "line 1 is nested more than 30 levels deep"),
    "5,000 levels": (b"a: " + b"[" * 5000 + b"]" * 5000, "it is nested too deeply"),
    "5,000 levels of JSON": (b'{"a": ' + b"[" * 50000 + b"]" * 50000 + b"}", "it is nested too deeply"),
    "a key twice": (b"a: 1\nb: {c: 1, c: 2}\n", "b.c: the key appears twice"),
    "a key twice in JSON": (b'{"a": 1, "a": 2}', "'a': the key appears twice"),
}


@pytest.mark.parametrize(("content", "says"), ERRORS.values(), ids=ERRORS.keys())
def test_a_config_that_cannot_be_read_says_why(tmp_path, monkeypatch, content, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_bytes(content)
    config, errors = read_config("config.yaml")
    assert config == {}
    assert len(errors) == 1
    assert says in errors[0]
    assert len(errors[0]) < 250


def test_a_missing_config_is_reported(tmp_path):
    assert read_config(str(tmp_path / "config.yaml"))[1][0].endswith("it cannot be read: No such file or directory")


@pytest.mark.parametrize(
    "content", ["a: {b: [1, 2.5]}", '{"a": {"b": [1, 2.5]}}', '{\t"a": {"b":\n[1, 2.5]}}', "\ufeffa: {b: [1, 2.5]}"]
)
def test_yaml_and_json_are_read(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_text(content, encoding="utf-8")
    assert read_config(str(path)) == ({"a": {"b": [1, 2.5]}}, [])


def test_aliases_within_reason_are_read(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]\n")
    assert read_config(str(path)) == ({"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": [{"x": 1}, {"x": 1}]}, [])
