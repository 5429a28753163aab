"""What tests of clients share: a server for web pages of another origin, a browser, and what is installed from npm."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest
from playwright import sync_api

from browser.conftest import ARGUMENTS, CHROMIUM_NAMES
from clients.site import Site
from corridor.conftest import start_server, starting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from pydicom.dataset import FileDataset

    from serving import RunningServer

__all__ = ["start_server"]

HERE = Path(__file__).parent
#: OHIF and Cornerstone draw by WebGL, which needs no card.
DRAWING = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def installed(*parts: str) -> Path:
    """Return the path of something from npm; skip where it is not installed, unless the tests run in CI."""
    path = HERE.joinpath(*parts)
    if not path.exists():
        sentence = f"{'/'.join(parts)} is not installed: make client-packages"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """Give two servers of web pages, which are of other origins than the server under test."""
    with Site(tmp_path_factory.mktemp("pages")) as pages, Site(tmp_path_factory.mktemp("viewer")) as viewer:
        yield pages, viewer


@pytest.fixture(scope="session")
def site(sites: tuple[Site, Site]) -> Site:
    """Return the one for pages, each module's in a folder of its own."""
    return sites[0]


@pytest.fixture(scope="session")
def viewer_site(sites: tuple[Site, Site]) -> Site:
    """Return the one for a viewer, which wants to be at the root."""
    return sites[1]


@pytest.fixture(scope="session")  # one for all modules, which are in one group
def server(
    tmp_path_factory: pytest.TempPathFactory, samples: Path, sites: tuple[Site, Site]
) -> Iterator[RunningServer]:
    """Start the command on the sample objects, for pages of the two sites and no others."""
    settings = {
        "OPENWADO_CORS_ORIGINS": ",".join(site.origin for site in sites),
        "OPENWADO_OHIF_URL": f"{sites[1].origin}/",
        "OPENWADO_WEASIS_LINKS": "true",
    }
    with starting(tmp_path_factory) as start:
        yield start(samples, "--workers", "1", **settings)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium that draws."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and the checks of record need it")
        pytest.skip("Chromium is not installed")
    arguments = [argument for argument in ARGUMENTS if argument != "--disable-gpu"]
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=[*arguments, *DRAWING])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def objects(samples: Path) -> dict[str, FileDataset]:
    """Return the sample objects by their names, such as head/1-ct-01."""
    return {
        path.relative_to(samples).with_suffix("").as_posix(): pydicom.dcmread(path)
        for path in sorted(samples.rglob("*.dcm"))
    }
