"""What tests of every room share: where the given corpus is, and sample objects."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from ceph import running_gateway
from kept_archive import KeptArchive
from no_silent_skips import NO_CORPUS, pytest_make_collect_report, pytest_runtest_makereport
from openwado.samples import write_samples
from same_chance import same_chance
from schedule import pytest_collection_modifyitems, pytest_xdist_auto_num_workers

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_xdist_auto_num_workers",
    "same_chance",
]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceph import Gateway
    from postgresql_server import PostgresqlServer

CHECKOUT = Path(__file__).resolve().parent.parent

# On a busy machine anything takes long: no test fails for its time.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of the given DICOM files and their catalogue; skip the test where it is not there."""
    folder = Path(os.environ.get("OPENWADO_CORPUS", CHECKOUT.parent / "shared" / "data"))
    if not (folder / "catalog.csv").exists():
        pytest.skip(NO_CORPUS)
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sample objects."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[KeptArchive]:
    """Give an empty archive."""
    made = KeptArchive(tmp_path / "data")
    yield made
    made.index.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Give a PostgreSQL server of our own; skip where it is not installed, unless the tests run in CI."""
    from postgresql_server import PostgresqlServer  # noqa: PLC0415 -- only where it is wanted

    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgresql_database(postgresql: PostgresqlServer) -> str:
    """Return the address of a database that tests share, each of which begins by emptying it."""
    return postgresql.new_database()


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """Give a real S3 server; skip the test where Ceph is not installed."""
    with tempfile.TemporaryDirectory(prefix="ceph-", dir="/tmp") as folder:  # short: there are sockets in it
        yield from running_gateway(Path(folder))
