"""What a job adds to its runtime: chosen as pip would, kept, and refused in words."""

from __future__ import annotations

import os
import socket
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from uv import find_uv_bin

from openglue.runtimes import InstallError, Runtime, Runtimes

Wheel = Callable[..., Path]
OFFLINE = ["--no-index"]


class Overlays:
    """A runtime, and what it says while something is added to it."""

    def __init__(self, cache: Path, runtime: Runtime) -> None:
        # Nobody answers at the addresses of these tests: asking again only takes time.
        self.runtimes = Runtimes(cache, Path(find_uv_bin()), environ={**os.environ, "UV_HTTP_RETRIES": "0"})
        self.runtime = runtime
        self.said: list[str] = []

    def add(self, *requirements: str | Path, options: Sequence[str] = OFFLINE, timeout_s: float = 60) -> Path:
        self.said.clear()
        wanted = [str(requirement) for requirement in requirements]
        return self.runtimes.overlay(self.runtime, wanted, options, self.said.append, timeout_s=timeout_s)

    def version(self, overlay: Path, module: str) -> str:
        command = [self.runtime.python, "-c", f"import {module} as m; print(getattr(m, 'version', m.__file__))"]
        told = subprocess.run(command, env={"PYTHONPATH": str(overlay)}, capture_output=True, text=True, check=True)
        return told.stdout.strip()


@pytest.fixture
def overlays(shared: tuple[Path, Runtime]) -> Overlays:
    return Overlays(*shared)


def modules(overlay: Path) -> set[str]:
    return {path.name for path in overlay.glob("*.py")}


def test_a_wheel_is_there_for_the_job_and_its_second_run(overlays: Overlays, wheel: Wheel):
    file = wheel("ogtiny", body="x = 1")
    first = overlays.add(file)
    assert overlays.version(first, "ogtiny") == "1.0"
    assert list(first.glob("__pycache__/ogtiny.*.pyc"))
    assert any("additional Python modules: ogtiny" in line for line in overlays.said)
    assert overlays.add(file) == first
    assert overlays.said == []


def test_a_wheel_that_changed_under_its_name_is_another(overlays: Overlays, wheel: Wheel):
    first = overlays.add(wheel("ogchanged", body="x = 1"))
    second = overlays.add(wheel("ogchanged", body="x = 2"))
    assert first != second
    assert "x = 2" in (second / "ogchanged.py").read_text()


def test_what_the_runtime_has_and_will_do_is_not_installed_again(overlays: Overlays, wheel: Wheel):
    overlay = overlays.add(wheel("ogneeds", needs=("boto3>=1", "six")))
    assert {path.name for path in overlay.iterdir() if not path.name.startswith((".", "_"))} == {
        "ogneeds.py",
        "ogneeds-1.0.dist-info",
    }


def test_a_job_that_adds_nothing_new_gets_an_empty_overlay(overlays: Overlays):
    assert modules(overlays.add("boto3")) == set()
    assert overlays.said == ["the runtime has the additional Python modules already"]


def test_another_version_wins_over_the_runtimes(overlays: Overlays, wheel: Wheel):
    overlay = overlays.add(wheel("six", "9.0"))
    assert overlays.version(overlay, "six") == "9.0"
    assert overlays.version(Path("/nowhere"), "six").startswith(str(overlays.runtime.root))


def test_upgrade_takes_the_newest_of_what_is_named_alone(overlays: Overlays, wheel: Wheel):
    wheel("jmespath", "99.0")
    place = wheel("six", "99.0").parent
    options = [f"--no-index --find-links {place}"]
    assert modules(overlays.add("six", options=options)) == set()
    assert modules(overlays.add("six", options=[*options, "--upgrade"])) == {"six.py"}


def test_no_deps_installs_the_module_alone(overlays: Overlays, wheel: Wheel):
    file = wheel("ogalone", needs=("ognowhere",))
    assert modules(overlays.add(file, options=["--no-index --no-deps"])) == {"ogalone.py"}
    with pytest.raises(InstallError, match="ognowhere"):
        overlays.add(file)


def test_a_requirements_file_is_installed(overlays: Overlays, wheel: Wheel, tmp_path: Path):
    file = tmp_path / "requirements.txt"
    file.write_text(f"ogfile==1.0\n--find-links {wheel('ogfile').parent}\n")
    assert modules(overlays.add(f"-r {file}")) == {"ogfile.py"}
    assert overlays.add(file, options=[*OFFLINE, "-r"]) == overlays.add(f"-r {file}")


def test_hashes_in_a_requirements_file_hold(overlays: Overlays, wheel: Wheel, tmp_path: Path):
    file = tmp_path / "requirements.txt"
    place = wheel("oghash").parent
    file.write_text(f"oghash==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InstallError, match=r"(?i)hash"):
        overlays.add(f"-r {file}", options=[f"--no-index --find-links {place}"])


def test_a_zip_of_wheels_is_an_index_of_its_own(overlays: Overlays, wheel: Wheel, tmp_path: Path):
    archive = tmp_path / "all.gluewheels.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in (wheel("ogone", needs=("ogtwo", "boto3")), wheel("ogtwo"), wheel("ogthree")):
            zipped.write(file, f"wheels/{file.name}")
        zipped.writestr("wheels/requirements.txt", "ogone\n")
    overlay = overlays.add(archive)
    assert modules(overlay) == {"ogone.py", "ogtwo.py"}
    assert overlays.add(archive) == overlay


def test_the_reason_of_a_failure_is_uvs(overlays: Overlays):
    with pytest.raises(
        InstallError, match=r"^installing additional Python modules failed: No solution .*ogmissing was not"
    ):
        overlays.add("ogmissing==1.0")


def test_a_failure_leaves_nothing_and_may_be_tried_again(
    overlays: Overlays, wheel: Wheel, shared: tuple[Path, Runtime]
):
    place = wheel("ogother").parent
    before = directories(shared[0])
    with pytest.raises(InstallError):
        overlays.add("oglater==1.0", options=[f"--no-index -f {place}"])
    assert directories(shared[0]) == before
    wheel("oglater")
    assert modules(overlays.add("oglater==1.0", options=[f"--no-index -f {place}"])) == {"oglater.py"}


def test_an_index_that_does_not_answer_ends_with_the_time_limit(overlays: Overlays):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        with pytest.raises(InstallError, match="installing additional Python modules took longer than 1 s"):
            overlays.add("ogslow==1.0", options=[f"--index-url {index}"], timeout_s=1)


def test_a_password_of_an_index_is_in_no_message(overlays: Overlays):
    with pytest.raises(InstallError) as caught:
        overlays.add("ogsecret==1.0", options=["--index-url http://user:hunter2@127.0.0.1:1/simple"])
    assert "hunter2" not in str(caught.value)


def test_several_runs_at_once_install_once(shared: tuple[Path, Runtime], wheel: Wheel):
    file = wheel("ogonce")
    several = [Overlays(*shared) for _ in range(4)]
    with ThreadPoolExecutor(len(several)) as pool:
        places = list(pool.map(lambda one: one.add(file), several))
    assert len(set(places)) == 1
    assert sum(any("ogonce" in line for line in one.said) for one in several) == 1


def directories(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("overlays/*") if path.is_dir()}
