"""dicomtrolley's WADO-URI downloader: a series arrives as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from dicomtrolley.core import InstanceReference
from dicomtrolley.exceptions import DICOMTrolleyError
from dicomtrolley.wado_uri import WadoURI

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("clients")


def references(objects: dict[str, FileDataset], series: str) -> list[InstanceReference]:
    """Return what the downloader is told of a series."""
    return [
        InstanceReference(
            study_uid=dataset.StudyInstanceUID,
            series_uid=dataset.SeriesInstanceUID,
            instance_uid=dataset.SOPInstanceUID,
        )
        for name, dataset in objects.items()
        if name.startswith(series)
    ]


@pytest.mark.parametrize("use_async", [False, True])
@pytest.mark.parametrize("series", ["head/1-ct", "head/3-sr"])
def test_a_series_is_downloaded(
    server: RunningServer, objects: dict[str, FileDataset], series: str, *, use_async: bool
) -> None:
    """One after the other and by many threads: every data set equals the one that is stored in the same syntax."""
    wanted = references(objects, series)
    with requests.Session() as session:
        got = list(WadoURI(session, f"{server.url}/wado", use_async=use_async).datasets(wanted))
    sources = {dataset.SOPInstanceUID: dataset for dataset in objects.values()}
    assert sorted(dataset.SOPInstanceUID for dataset in got) == sorted(one.instance_uid for one in wanted)
    for dataset in got:
        assert dataset == sources[dataset.SOPInstanceUID]


def test_what_is_not_there_is_said(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """The downloader's error has our status and sentence."""
    wanted = references(objects, "head/3-sr")[0]
    missing = InstanceReference(study_uid=wanted.study_uid, series_uid=wanted.series_uid, instance_uid="1.2.3")
    with requests.Session() as session, pytest.raises(DICOMTrolleyError, match="404 - Not Found"):
        list(WadoURI(session, f"{server.url}/wado").datasets([missing]))
