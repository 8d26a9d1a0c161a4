"""What a job may say in --additional-python-modules and --python-modules-installer-option."""

from __future__ import annotations

from pathlib import Path

import pytest

from openglue.runtimes import InstallError
from openglue.runtimes.options import parse, requirements_of, sources_of


def test_names_with_versions_are_lines_of_a_requirements_file():
    request = parse(["scikit-learn==0.21.3", " ephem>=4 ", "a[b]==1 ; python_version > '3'", ""], [])
    assert request.lines == ("scikit-learn==0.21.3", "ephem>=4", "a[b]==1 ; python_version > '3'")


def test_local_files_become_addresses(tmp_path: Path):
    wheel = tmp_path / "a b-1-py3-none-any.whl"
    wheel.touch()
    request = parse([str(wheel)], [])
    assert request.lines == (f"file://{tmp_path}/a%20b-1-py3-none-any.whl",)
    assert request.local == (wheel,)


def test_a_zip_of_wheels_is_not_a_line(tmp_path: Path):
    zipped = tmp_path / "x.gluewheels.zip"
    zipped.touch()
    request = parse([str(zipped)], ["--no-index"])
    assert (request.lines, request.wheelhouses, request.sources) == ((), (zipped,), ("--no-index",))


@pytest.mark.parametrize("form", ["-r {}", "-r{}", "--requirement {}", "--requirement={}"])
def test_a_requirements_file_is_taken_in_every_form(tmp_path: Path, form: str):
    file = tmp_path / "requirements.txt"
    file.touch()
    assert parse([form.format(file)], []).files == (file,)


def test_the_option_r_makes_the_modules_requirements_files(tmp_path: Path):
    file = tmp_path / "requirements.txt"
    file.touch()
    request = parse([str(file)], ["-r"])
    assert (request.files, request.lines) == ((file,), ())


@pytest.mark.parametrize("module", ["--index-url=http://x", "-e .", "-c x", "--", "-"])
def test_an_option_among_the_modules_is_refused(module: str):
    with pytest.raises(InstallError, match="an option is no module"):
        parse([module], ["-r"])


@pytest.mark.parametrize("module", ["a\n--index-url http://x", "a\x00"])
def test_control_characters_are_refused(module: str):
    with pytest.raises(InstallError, match="control characters"):
        parse([module], [])


@pytest.mark.parametrize("module", ["./here", "/tmp/project", "$(x)", "==1"])  # noqa: S108 - a name in a table
def test_what_is_neither_a_name_nor_a_file_is_refused(module: str):
    with pytest.raises(InstallError, match="neither the name of a package nor a file"):
        parse([module], [])


@pytest.mark.parametrize("module", ["missing-1-py3-none-any.whl", "-r missing.txt", "missing.gluewheels.zip"])
def test_a_file_that_is_not_there_is_named(module: str):
    with pytest.raises(InstallError, match=r"missing.*there is no such file"):
        parse([module], [])


def test_options_that_say_where_packages_come_from_go_into_the_file():
    request = parse([], ["--index-url=https://u:p@x/s -f /w", "-i", "https://y"])
    assert request.sources == ("--index-url https://u:p@x/s", "--find-links /w", "--index-url https://y")
    assert request.options == ()


def test_a_second_index_is_as_good_as_the_first_as_with_pip():
    request = parse([], ["--extra-index-url https://x"])
    assert request.options == ("--index-strategy=unsafe-best-match",)


def test_other_options_become_those_of_uv():
    request = parse([], ["--no-deps --pre --trusted-host x --only-binary=:all: --quiet --user"])
    assert request.options == (
        *("--no-deps", "--prerelease=allow", "--allow-insecure-host", "x"),
        *("--only-binary", ":all:"),
    )


@pytest.mark.parametrize(("option", "upgrade"), [("--upgrade", True), ("-U", True), ("", False)])
def test_upgrade_is_told(option: str, *, upgrade: bool):
    assert parse(["a"], [option]).upgrade is upgrade


@pytest.mark.parametrize(
    ("text", "named"),
    [("--proxy x", "--proxy"), ("--upgrade=yes", "--upgrade"), ("--target=/x", "--target"), ("package", "package")],
)
def test_an_option_that_is_not_supported_is_named(text: str, named: str):
    with pytest.raises(InstallError, match=f"^python-modules-installer-option {named} is not supported; supported are"):
        parse([], [text])


@pytest.mark.parametrize("text", ["--index-url", "--index-url --upgrade", "--index-url=", "-f ''", "-i 'a b'"])
def test_an_option_without_its_value_is_refused(text: str):
    with pytest.raises(InstallError, match="a value is missing"):
        parse([], [text])


def test_an_open_quote_is_refused():
    with pytest.raises(InstallError, match="No closing quotation"):
        parse([], ["--index-url 'x"])


@pytest.mark.parametrize(
    ("module", "floating"),
    [("a==1.0", False), ("a[x] == 1", False), ("a", True), ("a>=1", True), ("a==1.*", True), ("a==1,<2", True)],
)
def test_only_one_version_of_a_name_is_the_same_tomorrow(module: str, *, floating: bool):
    assert parse([module], []).floating is floating


@pytest.mark.parametrize(
    ("text", "floating"), [("a==1 # why\n\n", False), ("a==1 \\\n --hash=sha256:0\n", False), ("a", True)]
)
def test_a_requirements_file_is_as_pinned_as_its_lines(tmp_path: Path, text: str, *, floating: bool):
    (tmp_path / "r.txt").write_text(text)
    assert parse([f"-r {tmp_path / 'r.txt'}"], []).floating is floating


def test_a_requirements_file_is_read_without_comments_and_hashes(tmp_path: Path):
    (tmp_path / "r.txt").write_text("# all\na==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\nb # c\nc#d\n")
    assert requirements_of(tmp_path / "r.txt") == ["a==1", "b", "c#d"]


def test_a_requirements_file_says_where_packages_come_from(tmp_path: Path):
    (tmp_path / "r.txt").write_text(
        "--find-links wheels\n-f https://x/y=z\n--index-url=https://i\n-r sub/more.txt\na==1\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.txt").write_text("--no-index\n-f ../other\n-r ../r.txt\n")
    assert sources_of(tmp_path / "r.txt") == [
        f"--find-links {tmp_path}/wheels",
        "--find-links https://x/y=z",
        "--index-url https://i",
        "--no-index",
        f"--find-links {tmp_path}/other",
    ]
