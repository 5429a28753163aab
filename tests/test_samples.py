"""The sample objects: the same each time, valid as far as a reader can tell, and of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.uid import UID

from command_line import run
from openwado.samples import write_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset, FileDataset

COMMON = (
    "SpecificCharacterSet PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyDate StudyTime "
    "StudyID AccessionNumber ReferringPhysicianName SeriesInstanceUID SeriesNumber Modality Manufacturer InstanceNumber"
)
IMAGE = (
    "Rows Columns SamplesPerPixel PhotometricInterpretation BitsAllocated BitsStored HighBit PixelRepresentation "
    "PixelData"
)
PLANE = "PixelSpacing ImagePositionPatient ImageOrientationPatient SliceThickness FrameOfReferenceUID"
#: Attributes of type 1 and 2 (PS3.3 A and C) that each kind of object has to have beside the common ones.
REQUIRED = {
    "CT": f"{IMAGE} {PLANE} ImageType RescaleIntercept RescaleSlope RescaleType KVP AcquisitionNumber",
    "MR": (
        f"{IMAGE} {PLANE} ImageType ScanningSequence SequenceVariant ScanOptions MRAcquisitionType EchoTime "
        "EchoTrainLength RepetitionTime"
    ),
    "PT": (
        f"{IMAGE} {PLANE} ImageType Units CountsSource SeriesType NumberOfSlices CorrectedImage DecayCorrection "
        "CollimatorType FrameReferenceTime ActualFrameDuration DecayFactor ImageIndex RescaleSlope RescaleIntercept "
        "RadiopharmaceuticalInformationSequence PatientOrientationCodeSequence PatientGantryRelationshipCodeSequence"
    ),
    "DX": (
        f"{IMAGE} ImageType PresentationIntentType ImageLaterality PatientOrientation PixelIntensityRelationship "
        "PixelIntensityRelationshipSign RescaleIntercept RescaleSlope RescaleType PresentationLUTShape "
        "LossyImageCompression BurnedInAnnotation DetectorType ImagerPixelSpacing AcquisitionContextSequence"
    ),
    "US": f"{IMAGE} ImageType NumberOfFrames FrameIncrementPointer FrameTime LossyImageCompression PlanarConfiguration",
    "XA": (
        f"{IMAGE} ImageType PatientOrientation NumberOfFrames FrameIncrementPointer FrameTime LossyImageCompression "
        "PixelIntensityRelationship ContrastBolusAgent KVP RadiationSetting XRayTubeCurrent ExposureTime "
        "PositionerMotion PositionerPrimaryAngle PositionerSecondaryAngle WindowCenter WindowWidth ShutterShape "
        "ShutterLeftVerticalEdge ShutterRightVerticalEdge ShutterUpperHorizontalEdge ShutterLowerHorizontalEdge "
        "CenterOfCircularShutter RadiusOfCircularShutter PixelSpacingCalibrationDescription"
    ),
    "NM": (
        f"{IMAGE} ImageType NumberOfFrames FrameIncrementPointer EnergyWindowVector NumberOfEnergyWindows "
        "DetectorVector NumberOfDetectors EnergyWindowInformationSequence DetectorInformationSequence "
        "RadiopharmaceuticalInformationSequence RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData "
        "GreenPaletteColorLookupTableData BluePaletteColorLookupTableData"
    ),
    "OT": f"{IMAGE} ConversionType",
    "SR": (
        "CompletionFlag VerificationFlag ContentDate ContentTime ValueType ContinuityOfContent ConceptNameCodeSequence "
        "ContentSequence PerformedProcedureCodeSequence ReferencedPerformedProcedureStepSequence"
    ),
    "PR": (
        "ContentLabel ContentDescription PresentationCreationDate PresentationCreationTime ContentCreatorName "
        "ReferencedSeriesSequence DisplayedAreaSelectionSequence GraphicLayerSequence GraphicAnnotationSequence "
        "SoftcopyVOILUTSequence PresentationLUTShape"
    ),
    "ECG": "AcquisitionDateTime AcquisitionContextSequence WaveformSequence",
}
TRANSFER_SYNTAXES = {
    "CT": {"1.2.840.10008.1.2.1"},
    "MR": {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"},
    "PT": {"1.2.840.10008.1.2.2"},
    "DX": {"1.2.840.10008.1.2.4.70"},
    "US": {"1.2.840.10008.1.2.4.50"},
    "XA": {"1.2.840.10008.1.2.1"},
    "NM": {"1.2.840.10008.1.2.1"},
    "OT": {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.99"},
    "SR": {"1.2.840.10008.1.2.1"},
    "PR": {"1.2.840.10008.1.2.1"},
    "ECG": {"1.2.840.10008.1.2.1"},
}


@pytest.fixture(scope="module")
def objects(samples: Path) -> list[FileDataset]:
    """Return all samples, read."""
    return [pydicom.dcmread(path) for path in sorted(samples.rglob("*.dcm"))]


def _of(objects: list[FileDataset], modality: str) -> list[FileDataset]:
    return [found for found in objects if found.Modality == modality]


def _frames(found: FileDataset) -> list[np.ndarray]:
    """Return the stored values of each frame, decoded without the server's own code."""
    count = int(found.get("NumberOfFrames", 1))
    shape = (found.Rows, found.Columns) + ((found.SamplesPerPixel,) if found.SamplesPerPixel > 1 else ())
    if not found.file_meta.TransferSyntaxUID.is_encapsulated:
        order = "<" if found.file_meta.TransferSyntaxUID.is_little_endian else ">"
        kind = "i" if found.PixelRepresentation else "u"
        cells = np.frombuffer(found.PixelData, dtype=f"{order}{kind}{found.BitsAllocated // 8}")
        return list(cells[: count * int(np.prod(shape))].reshape(count, *shape))
    encoded = list(generate_frames(found.PixelData, number_of_frames=count))
    assert len(encoded) == count
    decoders: dict[str, Callable[[bytes], Any]] = {
        "1.2.840.10008.1.2.4.50": imagecodecs.jpeg8_decode,
        "1.2.840.10008.1.2.4.70": imagecodecs.ljpeg_decode,
        "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_decode,
        "1.2.840.10008.1.2.4.90": imagecodecs.jpeg2k_decode,
        "1.2.840.10008.1.2.5": lambda data: np.moveaxis(
            np.frombuffer(imagecodecs.dicomrle_decode(data, np.uint8), np.uint8).reshape(shape[2], *shape[:2]), 0, -1
        ),
    }
    decode = decoders[found.file_meta.TransferSyntaxUID]
    frames = [np.asarray(decode(frame)) for frame in encoded]
    assert all(frame.shape == shape for frame in frames)
    return frames


def test_the_same_bytes_are_written_each_time(samples: Path, tmp_path: Path) -> None:
    """A second run writes the same files, and returns their paths."""
    paths = write_samples(tmp_path / "made" / "here")
    assert len(paths) == 27
    for path in paths:
        assert path.read_bytes() == (samples / path.relative_to(tmp_path / "made" / "here")).read_bytes()
    assert sum(path.stat().st_size for path in paths) < 12_000_000


def test_ps3_10_every_sample_is_a_part_10_file(objects: list[FileDataset]) -> None:
    """File meta and data set agree, and UIDs are unique, short enough and under 2.25 (PS3.5 B.2)."""
    for found in objects:
        assert found.preamble == bytes(128)
        assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID
        assert found.file_meta.MediaStorageSOPClassUID == found.SOPClassUID
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            value = UID(found[name].value)
            assert value.startswith("2.25.")
            assert value.is_valid
    assert len({found.SOPInstanceUID for found in objects}) == len(objects) == 27
    assert len({found.StudyInstanceUID for found in objects}) == 5
    assert len({found.SeriesInstanceUID for found in objects}) == 12


@pytest.mark.parametrize("modality", REQUIRED)
def test_ps3_3_attributes_of_type_1_and_2_are_there(objects: list[FileDataset], modality: str) -> None:
    """Each kind of object has what its IOD requires, in the transfer syntaxes that the samples are to show."""
    found = _of(objects, modality)
    assert found
    for one in found:
        missing = [name for name in f"{COMMON} {REQUIRED[modality]}".split() if name not in one]
        assert not missing
    assert {one.file_meta.TransferSyntaxUID for one in found} == TRANSFER_SYNTAXES[modality]


def test_ps3_5_decimal_and_short_strings_fit(objects: list[FileDataset]) -> None:
    """No DS value is longer than 16 characters, no CS or SH value longer than its 16 (PS3.5 6.2)."""

    def values(dataset: Dataset) -> Iterator[tuple[str, str]]:
        for element in dataset.iterall():
            if element.VR in ("DS", "IS", "CS", "SH"):
                parts = element.value if element.VM > 1 else [element.value]
                yield from ((element.keyword, str(part)) for part in parts)

    checked = [pair for found in objects for pair in values(found)]
    assert len(checked) > 500
    assert not [pair for pair in checked if len(pair[1]) > 16]


def test_nobody_real_is_named(objects: list[FileDataset]) -> None:
    """All names say that they are samples; one has Chinese characters in UTF-8."""
    names = {str(found.PatientName) for found in objects}
    assert all(name.startswith(("Sample^Phantom^", "Yangben^Tu=")) for name in names)
    assert "Yangben^Tu=样本^图" in names
    assert {found.SpecificCharacterSet for found in objects} == {"ISO_IR 192"}


@pytest.mark.parametrize("modality", [name for name in REQUIRED if name not in ("SR", "ECG", "PR")])
def test_pictures_show_something(objects: list[FileDataset], modality: str) -> None:
    """Every frame decodes to its announced shape, within its bits, and is neither flat nor the same as the next."""
    for found in _of(objects, modality):
        frames = _frames(found)
        for frame in frames:
            assert frame.std() > 1
            assert int(frame.max()) < 1 << found.BitsStored
        assert len({frame.tobytes() for frame in frames}) == len(frames) == int(found.get("NumberOfFrames", 1))


def test_ct_lesion_comes_and_goes(objects: list[FileDataset]) -> None:
    """Blood (60 to 85 HU inside of the brain) grows towards the middle slices and is gone in the last ones."""
    areas = []
    for found in _of(objects, "CT"):
        numbers = _frames(found)[0] * float(found.RescaleSlope) + float(found.RescaleIntercept)
        areas.append(int(((numbers[170:270, 290:400] > 60) & (numbers[170:270, 290:400] < 85)).sum()))
    assert max(areas) == max(areas[2:6])
    assert max(areas) > 1500
    assert areas[-1] < 300


def test_ct_is_signed_with_rescale_windows_and_padding(objects: list[FileDataset]) -> None:
    """The CT shows what a server has to get right: signed cells, an intercept, two windows, padding around."""
    for found in _of(objects, "CT"):
        cells = _frames(found)[0]
        assert (found.PixelRepresentation, found.RescaleIntercept, found.RescaleSlope) == (1, -1024, 1)
        assert [float(value) for value in found.WindowCenter] == [40, 600]
        assert cells[0, 0] == found.PixelPaddingValue == -2000
        assert cells[256, 256] != -2000


def test_chest_is_dark_where_values_are_high(objects: list[FileDataset]) -> None:
    """MONOCHROME1: the lungs have higher stored values than the heart (PS3.3 C.7.6.3.1.2)."""
    (found,) = _of(objects, "DX")
    cells = _frames(found)[0].astype(float)
    assert found.PhotometricInterpretation == "MONOCHROME1"
    assert found.PresentationLUTShape == "INVERSE"
    assert cells[500:700, 250:350].mean() > cells[900:1000, 620:700].mean() + 500


def test_cine_is_colour_and_moves(objects: list[FileDataset]) -> None:
    """The ultrasound loop has 20 JPEG frames with halved chroma, red in some and blue in others."""
    (found,) = _of(objects, "US")
    frames = [frame.astype(int) for frame in _frames(found)]
    assert (found.PhotometricInterpretation, found.FrameTime, len(frames)) == ("YBR_FULL_422", 50, 20)
    warmth = [int((frame[60:420, 60:560, 0] - frame[60:420, 60:560, 2]).sum()) for frame in frames]
    assert max(warmth) > 0 > min(warmth)


def test_angiogram_fills_and_its_logarithm_is_darker_where_more_is_in_the_way(objects: list[FileDataset]) -> None:
    """LOG (PS3.3 C.8.7.1.1.2), 10 bit: in the open field the medium takes more from each frame than from the last."""
    (found,) = _of(objects, "XA")
    assert (found.PixelIntensityRelationship, found.BitsAllocated, found.BitsStored) == ("LOG", 16, 10)
    assert (found.FrameTime, found.CineRate, found.NumberOfFrames) == (125, 8, 8)
    assert float(found.PixelSpacing[0]) == pytest.approx(
        float(found.ImagerPixelSpacing[0]) / float(found.EstimatedRadiographicMagnificationFactor)
    )
    frames = np.stack(_frames(found)).astype(float)[:, _open_field(found)]
    assert (np.diff(frames.mean(axis=1)) < -0.5).all()
    assert np.percentile(frames[-1] - frames[0], 1) < -100
    assert frames.min() > 50


def _open_field(found: FileDataset) -> np.ndarray:
    """Return where the display shutter is open: inside of its circle and its rectangle (PS3.3 C.7.6.11)."""
    row, column = np.indices((found.Rows, found.Columns)) + 1
    (down, across), radius = found.CenterOfCircularShutter, found.RadiusOfCircularShutter
    circle = (row - down) ** 2 + (column - across) ** 2 <= radius**2
    upright = (row >= found.ShutterUpperHorizontalEdge) & (row <= found.ShutterLowerHorizontalEdge)
    across_it = (column >= found.ShutterLeftVerticalEdge) & (column <= found.ShutterRightVerticalEdge)
    return np.asarray(circle & upright & across_it)


def _overlay_plane(found: FileDataset, group: int) -> np.ndarray:
    """Return an overlay plane as the image's pixels that it covers (PS3.3 C.9.2)."""
    size = (found[group, 0x0010].value, found[group, 0x0011].value)
    bits = np.unpackbits(
        np.frombuffer(found[group, 0x3000].value, np.uint8), bitorder="little", count=size[0] * size[1]
    )
    top, left = (int(start) - 1 for start in found[group, 0x0050].value)
    plane = np.zeros((found.Rows, found.Columns), bool)
    plane[top : top + size[0], left : left + size[1]] = bits.reshape(size)
    return plane


def test_angiogram_has_overlay_planes_smaller_than_itself(objects: list[FileDataset]) -> None:
    """PS3.3 C.9.2: graphics with a scale bar of 20 mm, and a region of the area that it says, both for all frames."""
    (found,) = _of(objects, "XA")
    graphics, region = _overlay_plane(found, 0x6000), _overlay_plane(found, 0x6002)
    assert [found[group, 0x0040].value for group in (0x6000, 0x6002)] == ["G", "R"]
    for group in (0x6000, 0x6002):
        assert found[group, 0x0010].value < found.Rows
        assert found[group, 0x0011].value < found.Columns
        assert min(found[group, 0x0050].value) > 1
        assert (group, 0x0015) not in found
    lowest = np.flatnonzero(graphics.any(axis=1))[-1]
    bar = np.flatnonzero(graphics[lowest])
    assert bar[-1] - bar[0] + 1 == len(bar)
    ticks = np.flatnonzero(graphics[lowest - 4])  # each is two pixels wide
    assert (np.diff(ticks[::2]) * float(found.PixelSpacing[1]) == 5).all()
    assert (ticks[-2] - ticks[0]) * float(found.PixelSpacing[1]) == 20
    assert region.sum() == found[0x6002, 0x1301].value
    assert not (graphics & region).any()


@pytest.mark.parametrize("frame", [1, 8])
def test_angiogram_is_drawn_with_shutter_and_graphics(
    objects: list[FileDataset], samples: Path, tmp_path: Path, frame: int
) -> None:
    """RR-23, RR-25: black outside of the shutter, white graphics on top of it, the window's grey in the rest."""
    (found,) = _of(objects, "XA")
    picture = tmp_path / "picture.png"
    path = next(samples.rglob("*-xa-01.dcm"))
    assert run("render", path, "-o", picture, "--frame", str(frame)).returncode == 0
    with Image.open(picture) as drawn:
        levels = np.asarray(drawn.convert("L"))
    graphics, shown = _overlay_plane(found, 0x6000), _open_field(found)
    assert (levels[graphics] == 255).all()
    assert (levels[~shown & ~graphics] == 0).all()
    assert (graphics & ~shown).any()
    assert (graphics & shown).any()
    center, width = float(found.WindowCenter), float(found.WindowWidth)
    grey = ((_frames(found)[frame - 1] - (center - 0.5)) / (width - 1) + 0.5) * 255
    expected = np.clip(np.floor(grey + 0.5), 0, 255)
    assert (levels[shown & ~graphics] == expected[shown & ~graphics]).all()


def test_report_refers_to_a_ct_that_is_there(objects: list[FileDataset]) -> None:
    """The image that the SR names is one of the samples, in the study that the SR names (PS3.3 C.17.2)."""
    (report,) = _of(objects, "SR")
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0]
    series = evidence.ReferencedSeriesSequence[0]
    (target,) = [
        found for found in objects if found.SOPInstanceUID == series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    ]
    assert (target.StudyInstanceUID, target.SeriesInstanceUID) == (evidence.StudyInstanceUID, series.SeriesInstanceUID)
    assert "示例" in report.ContentSequence[2].ContentSequence[0].TextValue


def test_electrocardiogram_has_twelve_leads(objects: list[FileDataset]) -> None:
    """The waveform's length is channels times samples, and lead I plus lead III is lead II, as in any ECG."""
    (found,) = _of(objects, "ECG")
    (group,) = found.WaveformSequence
    samples = np.frombuffer(group.WaveformData, "<i2").reshape(group.NumberOfWaveformSamples, 12)
    assert len(group.ChannelDefinitionSequence) == group.NumberOfWaveformChannels == 12
    assert np.corrcoef(samples[:, 0] + samples[:, 2], samples[:, 1])[0, 1] > 0.98


def test_pet_has_a_tiny_slope(objects: list[FileDataset]) -> None:
    """PET values come from a slope far below 1, which has broken servers."""
    for found in _of(objects, "PT"):
        uptake = _frames(found)[0] * float(found.RescaleSlope)
        assert 0 < found.RescaleSlope < 0.01
        assert 5 < uptake.max() < 20
