"""The package: what is in it, and that what is installed from it serves by itself."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from html import unescape
from pathlib import Path

import httpx
import pytest

from openwado.manual.files import OUTSIDE, PACKAGED
from served_command import served

ROOT = Path(__file__).resolve().parent.parent


def build(source: Path, folder: Path, *targets: str) -> None:
    """Build packages of a checkout, as `python -m build` does, by the back end that is installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    for target in targets:
        command += ["-t", target]
    subprocess.run(command, cwd=source, check=True, capture_output=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist and the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder, "sdist", "wheel")
    return folder


def wheel_in(folder: Path) -> zipfile.ZipFile:
    """Open the wheel."""
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def tracked(folder: str) -> set[Path]:
    """Return all files of a folder, but for what Python leaves there."""
    return {path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def test_the_wheel_holds_all_that_it_needs(built: Path) -> None:
    """Every file of the package and of the manual is in it, and nothing else."""
    source = {path.relative_to(ROOT / "src").as_posix(): path for path in tracked("src")}
    manual = {
        f"openwado/manual/{PACKAGED.name}/{path.relative_to(ROOT).as_posix()}": path
        for path in [*tracked("docs"), *tracked("examples"), *(ROOT / name for name in OUTSIDE)]
    }
    with wheel_in(built) as wheel:
        inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert inside == source.keys() | manual.keys()
        for name, path in (source | manual).items():
            assert wheel.read(name) == path.read_bytes(), name


def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    """Whoever has the sdist alone gets the wheel byte for byte, and has tests and benchmarks."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    assert {"Makefile", "tests", "benchmarks", "scripts", "requirements.lock"} <= {
        path.name for path in source.iterdir()
    }
    build(source, tmp_path / "again", "wheel")
    with wheel_in(built) as one, wheel_in(tmp_path / "again") as other:
        assert one.namelist() == other.namelist()
        for name in one.namelist():
            assert one.read(name) == other.read(name), name


def test_an_installed_wheel_serves_by_itself(built: Path, tmp_path: Path) -> None:
    """Installed elsewhere, without the checkout, it serves samples, pages, a picture, the manual and the statement."""
    site = tmp_path / "site"
    with wheel_in(built) as wheel:  # a wheel of pure Python is installed by unpacking it
        wheel.extractall(site)  # noqa: S202 -- our own
    where = subprocess.run(
        [sys.executable, "-c", "import openwado; print(openwado.__file__)"],
        env={"PYTHONPATH": str(site)},
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert Path(where.strip()).is_relative_to(site)
    arguments: list[str | Path] = ["serve", "--port", "0", "--workers", "1", "--data", tmp_path / "data"]
    with (
        served(arguments, tmp_path, PYTHONPATH=str(site)) as (_, url),
        httpx.Client(base_url=url, headers={"Accept": "text/html,*/*;q=0.8"}) as client,
    ):
        page = client.get("/")
        assert (page.status_code, "Phantom" in page.text) == (200, True)
        found = re.search(r'src="(/wado\?[^"]+)"', page.text)
        assert found is not None
        picture = client.get(unescape(found[1]))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        for address in ("/docs/", "/docs/parameters", "/docs/pictures/region-2.jpg", "/docs/examples/nginx/nginx.conf"):
            assert client.get(address).status_code == 200, address
        assert "Changelog" in client.get("/docs/changelog").text
        assert client.get("/statement").status_code == 200
