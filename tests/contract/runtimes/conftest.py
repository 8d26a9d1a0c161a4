"""Real installations, into a cache of the test's own."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

from openglue.runtimes import Runtime, Runtimes

WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def runtimes(cache: Path) -> Runtimes:
    return Runtimes(cache, Path(find_uv_bin()))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Runtime]:
    """A cache with the smallest runtime, for tests that add to it."""
    cache = tmp_path_factory.mktemp("shared")
    return cache, Runtimes(cache, Path(find_uv_bin())).install("pythonshell-none", lambda _: None)


@pytest.fixture
def wheel(tmp_path: Path) -> Callable[..., Path]:
    """Makes a wheel with one module, which says its version."""

    def make(name: str, version: str = "1.0", *, needs: tuple[str, ...] = (), body: str = "", where: str = "") -> Path:
        directory = tmp_path / "wheels" / where
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr(f"{name}.py", f"version = {version!r}\n{body}")
            zipped.writestr(f"{info}/METADATA", metadata + "".join(f"Requires-Dist: {need}\n" for need in needs))
            zipped.writestr(f"{info}/WHEEL", WHEEL)
            zipped.writestr(f"{info}/RECORD", "")
        return path

    return make
