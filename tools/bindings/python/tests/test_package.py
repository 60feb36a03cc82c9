"""Facts about the package: money, the command, the documents, and what it is made of."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
from decimal import Decimal
from pathlib import Path

import pytest
from conformance import cost, read
from snapshots import GOLDEN, REPOSITORY, golden

import cco

PACKAGE = Path(cco.__file__).parent
STANDARD = {
    *("__future__", "argparse", "decimal", "errno", "fcntl", "functools", "json", "mmap", "os", "pathlib", "signal"),
    *("stat", "struct", "sys", "time", "typing", "zlib"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the golden snapshot in its place."""
    for name in ("XDG_STATE_HOME", "CCO_STATE", "CCO_SNAPSHOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".local/state/cco/usage.snapshot"
    path.parent.mkdir(parents=True)
    path.write_bytes(golden())
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cco", *arguments]
    return subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)


def test_money_is_exact() -> None:
    assert cco.usd(114_340_974_370_000) == "114.34097437"
    assert (cco.usd(0), cco.usd(1), cco.usd(10**13)) == ("0", "0.000000000001", "10")
    assert (cco.usd(1_005_000_000_000, 2), cco.usd(5 * 10**11, 0)) == ("1.01", "1")
    most = cco.Counters(*[0] * 9, (1 << 128) - 1, *[0] * 4)
    assert most.cost_usd == Decimal("340282366920938463463374607.431768211455")


def test_tokens_are_input_output_and_cache() -> None:
    assert cco.Counters(*range(14)).tokens == 2 + 3 + 4 + 5 + 6


def test_the_command_shows_what_is_stale_as_stale(home: Path) -> None:
    shown = run()
    assert shown.returncode == 3
    assert "today" in shown.stdout and "18631211514.45 USD" in shown.stdout and "(over)" in shown.stdout
    assert "stopped" in shown.stderr


def test_the_command_prints_json(home: Path) -> None:
    shown = run("--json", str(home))
    facts = json.loads(shown.stdout)
    assert shown.returncode == 3 and facts["publisher"] == "stopped"
    assert facts["today"]["cost"] == 1010 << 64 | 1011
    assert facts["today"]["cost_usd"] == "18631211514.446647133171"
    assert facts["today"]["is_over"] is True


def test_the_command_exits_with_the_number_of_the_error(tmp_path: Path) -> None:
    shown = run(str(tmp_path / "nothing"))
    assert (shown.returncode, shown.stdout) == (4, "")
    assert "cco publish --once" in shown.stderr
    assert run(str(GOLDEN)).returncode == 5


@pytest.mark.parametrize("document", ["docs/embedding.md", "tools/bindings/python/README.md"])
def test_the_examples_in_the_documents_run(document: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (REPOSITORY / document).read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, document, "exec"), {})
    assert "18631211514.45 USD" in capsys.readouterr().out


def test_an_answer_of_the_conformance_program_has_every_figure(home: Path) -> None:
    answer = read(str(home), 1_767_225_603_500, True)["snapshot"]
    assert answer["over"] == {"today": True, "this_week": True, "this_month": False, "block": False}
    assert (answer["freshness"], answer["page"]["boot_id"], len(answer["health"])) == ("stopped", None, 35)
    assert read(str(home.parent), 0, True) == {"error": 9}


def test_a_read_takes_microseconds(home: Path) -> None:
    for maps in (False, True):
        figures = cost(str(home), 1500, map=maps)
        # Forty times what it takes: it is the kind of cost that is tested, not the machine.
        assert all(figure < 1_000_000 for figure in figures.values()), figures


def test_the_package_is_small_and_needs_nothing() -> None:
    lines = 0
    for file in PACKAGE.glob("*.py"):
        source = file.read_text()
        tree = ast.parse(source)
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            assert STANDARD.issuperset(modules), (file, modules)
        strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        docs = [text for text in strings if isinstance(text, ast.Constant) and isinstance(text.value, str)]
        words = {line for doc in docs for line in range(doc.lineno, (doc.end_lineno or doc.lineno) + 1)}
        blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        code = {token.start[0] for token in tokens if token.type not in blank}
        lines += len(code - words)
    assert 0 < lines < 600


def test_the_types_are_strict() -> None:
    pytest.importorskip("mypy", reason="NOT RUN: mypy is not installed")
    environment = {**os.environ, "MYPY_CACHE_DIR": os.devnull}
    command = [sys.executable, "-m", "mypy", "--strict", "cco", "tests/conformance.py"]
    here = Path(__file__).parents[1]
    checked = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
