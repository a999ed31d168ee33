"""Source, parameters and errors are shown without the secrets of the notebook."""

from __future__ import annotations

import ast

import nbformat
import pytest
from commands import notebook
from hypothesis import given
from hypothesis import strategies as st

from livens.recording.job import Job, RunOptions
from livens.recording.masking import Masking
from livens.recording.timeline import first_line

SOURCES = {
    "api_key = 'sk-abc'; 1/0": "api_key = redacted; 1/0",
    '# Parameters\ndb_password = "hunter2"\n': "# Parameters\ndb_password = redacted\n",
    "headers = {'Authorization': 'Bearer abc', 'n': 1}": "headers = {'Authorization': redacted, "
    "'n': 1}",
    "os.environ['API_KEY'] = 'x1'": "os.environ['API_KEY'] = redacted",
    "api_key: str = 'x'": "api_key: str = redacted",
    "password = '''a\nb\nc'''\nx = 1": "password = redacted\n\n\nx = 1",
    "connect(user='me', password='x', port=5)": "connect(user='me', password=redacted, port=5)",
    "pw = f'{a}secretpart'": "pw = redacted",
    "%env API_KEY=abc\nx = 1": "%env API_KEY=redacted\nx = 1",
    "!curl -H 'Authorization: token abc' http://x": "!curl -H 'Authorization: redacted' http://x",
    "%%bash\nexport DB_PASS=abc\necho 1": "%%bash\nexport DB_PASS=redacted\necho 1",
    "files = !ls\npassword = 'abc'": "files = !ls\npassword = redacted",
    "a, password = 'me', 'x'": "a, password = 'me', redacted",
    "os.getenv('TOKEN', 'dflt')": "os.getenv('TOKEN', redacted)",
    "os.environ.setdefault('API_KEY', 'x')": "os.environ.setdefault('API_KEY', redacted)",
    "if password == 'x': pass": "if password == redacted: pass",
    "def login(user, password='x'): pass": "def login(user, password=redacted): pass",
    "def get_token():\n    return 'abcd'": "def get_token():\n    return redacted",
    "lambda token='x': 1": "lambda token=redacted: 1",
    "self.password = 'x'": "self.password = redacted",
    "d['a']['password'] = 'x'": "d['a']['password'] = redacted",
    "set_password('x')": "set_password(redacted)",
    "# password = hunter2": "# password = redacted",
    "x = 1  # token: abc": "x = 1  # token: redacted",
    "url = 'postgres://me:pw@h'": "url = 'postgres://me:redacted@h'",
    "os.system('mysql --password=hunter2')": "os.system('mysql --password=redacted')",
    "conn = 'Server=x;Pwd=y'": "conn = 'Server=x;Pwd=redacted'",
    "auth = ('me', 'x')": "auth = redacted",
    "é = 'ü'; pw = 'ß'; y = 1": "é = 'ü'; pw = redacted; y = 1",
    "session_id = 12345": "session_id = redacted",
    "jwt = b'abc'": "jwt = redacted",
    "(pw := 'x')": "(pw := redacted)",
    "headers = [('Cookie', 'a=b')]": "headers = [('Cookie', redacted)]",
    "for token in ['a', 'b']: pass": "for token in redacted: pass",
    'json.loads(\'{"password": "abc"}\')': "json.loads('{\"password\": redacted}')",
    "password = 'never ended\nx = 1": "password = redacted\nx = 1",
    "connect(password='x'": "connect(password=redacted",
}


@pytest.mark.parametrize(("source", "shown"), SOURCES.items())
def test_what_is_given_to_a_secret_s_name_is_hidden(source: str, shown: str) -> None:
    """However it is given to it, in code that can be parsed and in other lines."""
    assert Masking().source(source) == shown


@pytest.mark.parametrize(
    "source",
    [
        "password = getpass()",
        "password = getpass('Password: ')",
        "token = os.environ['TOKEN']",
        "token = os.environ.get('TOKEN')",
        "with open('f') as f: token = f.read()",
        "tokens = tokenizer('text'); max_tokens = 5",
        "password = None",
        "eos_token = '</s>'",
        "author, first_pass = 'me', 'x'",
        "client = connect(host, password=password)",
    ],
)
def test_source_that_says_no_secret_is_shown(source: str) -> None:
    """Where a secret comes from is no secret."""
    assert Masking().source(source) == source


@given(st.text(max_size=200) | st.sampled_from(sorted(SOURCES)), st.text(max_size=30))
def test_any_source_keeps_its_lines(source: str, more: str) -> None:
    """A line is where it was, so that the numbers of lines are right."""
    shown = Masking().source(f"{source}\n{more}")
    assert shown.count("\n") == f"{source}\n{more}".count("\n")


def test_what_a_cell_hides_is_hidden_in_errors() -> None:
    """The same text in an error of any cell, also with colours in the midst of it."""
    made = notebook("db_password = 'pa55word'", "pin = 48151623\nauth = ('me', \"it's\")")
    masking = Masking.of(made)
    told = 'pa55word, 48151623 and "it\'s": \x1b[31mpa55\x1b[0mword, pa55words'
    assert masking.text(told) == (
        'redacted, redacted and "redacted": \x1b[31mredacted\x1b[0m, redacteds'
    )
    assert masking.text("nothing \x1b[31mof it\x1b[0m") == "nothing \x1b[31mof it\x1b[0m"


def test_a_coloured_line_of_source_is_hidden() -> None:
    """As IPython colours it: each token by itself."""
    red, end = "\x1b[31m", "\x1b[39m"
    line = f"----> 1 pw {red}={end} {red}'{end}{red}ab{end}'"
    assert Masking().text(line) == f"----> 1 pw {red}={end} {red}redacted{end}{red}{end}"


def test_titles_show_no_secret() -> None:
    """The first line of a cell is its title, also where a value ends on a later one."""
    source = "# login\npassword = '''pa55\nword'''\n"
    assert first_line(Masking().source(source)) == "password = redacted"


def test_parameters_show_no_secret() -> None:
    """By their names, and by what they look like."""
    given_ = {"db_password": "x", "year": 2024, "url": "http://a:b@c", "api_key": 5}
    assert Masking().parameters(given_) == {
        "db_password": "redacted",
        "year": 2024,
        "url": "http://a:redacted@c",
        "api_key": "redacted",
    }


def test_more_names_can_be_hidden(tmp_path) -> None:
    """Those that `--redact-extra` names; one that is no pattern is refused."""
    from livens.exceptions import RunFailed

    path = tmp_path / "a.ipynb"
    nbformat.write(notebook("salary = 90_000; pay(salary=1)", kernel="livens"), path)
    job = Job(path, RunOptions(redact_extra=["salary"]))
    assert job.masking.source("salary = 'x'") == "salary = redacted"
    with pytest.raises(RunFailed, match=r"--redact-extra: redact pattern '\('"):
        Job(path, RunOptions(redact_extra=["("]))


def test_the_examples_are_what_they_seem() -> None:
    """All but the magics and the broken ones are Python."""
    own = [source for source in SOURCES if source[0] not in "%!"]
    broken = []
    for source in own:
        try:
            ast.parse(source)
        except SyntaxError:
            broken.append(source)
    assert len(broken) == 3
