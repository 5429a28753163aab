"""A study as the viewer OHIF reads it: its data source "dicomjson", one entry for each object or frame.

OHIF takes from here all that it knows of an image before it has it, and also what it measures with: geometry, pixel
spacing, windows. These are read from the objects, up to their pixel data; the index has not all of them.
"""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.naturalized import Natural, Naturalizer, natural_name
from openwado.dicom.reader import NotAnObject, ReadLimits, parse
from openwado.dicom.stream_syntax import is_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openwado.archive.index import InstanceRow
    from openwado.archive.store import Store
    from openwado.dicom.picture_record import LookupTable, Palette
    from openwado.server.viewer_study import ListedSeries, ListedStudy

MEDIA_TYPE: Final = "application/json"

#: What OHIF and Cornerstone look at, by keyword (PS3.6): identification, geometry, pixels, display, time, ultrasound
#: regions, uptake, functional groups, and what their readers of reports and segmentations need.
KEYWORDS: Final = """
    ImageType InstanceCreationDate SOPClassUID SOPInstanceUID SeriesDate AcquisitionDate ContentDate
    AcquisitionDateTime SeriesTime AcquisitionTime ContentTime Modality ConversionType Manufacturer InstitutionName
    StationName SeriesDescription ManufacturerModelName ReferencedSeriesSequence DerivationDescription
    PatientBirthDate PatientAge PatientSize PatientWeight IssuerOfPatientID
    ContrastBolusAgent BodyPartExamined ScanningSequence SequenceVariant ScanOptions MRAcquisitionType
    SliceThickness KVP RepetitionTime EchoTime InversionTime MagneticFieldStrength SpacingBetweenSlices FlipAngle
    FrameTime FrameTimeVector CineRate RecommendedDisplayFrameRate ActualFrameDuration ProtocolName
    DistanceSourceToDetector DistanceSourceToPatient EstimatedRadiographicMagnificationFactor ImagerPixelSpacing
    ConvolutionKernel PatientPosition ViewPosition PositionerPrimaryAngle PositionerSecondaryAngle
    SequenceOfUltrasoundRegions DiffusionBValue
    StudyInstanceUID SeriesInstanceUID StudyID SeriesNumber AcquisitionNumber InstanceNumber ImagePositionPatient
    ImageOrientationPatient FrameOfReferenceUID Laterality ImageLaterality TemporalPositionIdentifier
    NumberOfTemporalPositions PositionReferenceIndicator SliceLocation
    SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns PixelSpacing
    PixelAspectRatio BitsAllocated BitsStored HighBit PixelRepresentation SmallestImagePixelValue
    LargestImagePixelValue PixelPaddingValue PixelPaddingRangeLimit PixelSpacingCalibrationType
    PixelSpacingCalibrationDescription WindowCenter WindowWidth RescaleIntercept RescaleSlope RescaleType
    WindowCenterWidthExplanation VOILUTFunction LossyImageCompression LossyImageCompressionRatio
    LossyImageCompressionMethod
    RadiopharmaceuticalInformationSequence Units CorrectedImage SeriesType DecayCorrection FrameReferenceTime
    DecayFactor DoseCalibrationFactor
    SegmentationType SegmentSequence
    ConceptNameCodeSequence ContentSequence ContentTemplateSequence CurrentRequestedProcedureEvidenceSequence
    CompletionFlag VerificationFlag
    DoseGridScaling DoseUnits DoseSummationType StructureSetLabel StructureSetROISequence RTROIObservationsSequence
    DocumentTitle MIMETypeOfEncapsulatedDocument
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
"""

#: Transfer syntaxes that OHIF reads; objects in others, deflated ones too, are asked for in Explicit VR Little Endian.
_READ_BY_OHIF: Final = frozenset(
    f"1.2.840.10008.1.2{end}"
    for end in (
        *("", ".1", ".2", ".5", ".1.98", ".8.1"),
        *(f".4.{number}" for number in (50, 51, 53, 55, 57, 70, 80, 81, 90, 91, 110, 111, 112, 201, 202, 203)),
    )
)
_EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"

#: Values that are told of one object: an enhanced one has some dozens for each frame.
_VALUES_MAX: Final = 200_000
#: How far one object is read for a list of thousands; of those beyond it the list tells what the index knows.
_LIMITS: Final = ReadLimits(header_bytes=32 << 20, inflated_bytes=64 << 20, headers=300_000)
#: Entries of a palette up to which it is told.
_LONGEST_PALETTE: Final = 4096
#: Objects that are read at the same time from a store that is elsewhere.
_READ_AT_ONCE: Final = 8

_encode = msgspec.json.Encoder().encode


def ohif_json(listed: ListedStudy, store: Store, *, is_remote: bool) -> Iterator[bytes]:
    """Give the list in pieces.

    Args:
        listed: what is in it.
        store: where objects are read; of those that cannot be, the list tells what the index knows.
        is_remote: whether reading takes longer than from a disk.
    """
    yield b'{"studies":[' + _open(_study(listed)) + b'"series":['
    with _reading(is_remote=is_remote) as reading:
        for number, series in enumerate(listed.series):
            yield (b"," if number else b"") + _open(_series(series)) + b'"instances":['
            made = reading(lambda row: _Entries(listed, row).written(store), series.objects)
            for place, entries in enumerate(made):
                yield (b"," if place else b"") + entries
            yield b"]}"
    yield b"]}]}"


@contextmanager
def _reading(
    *, is_remote: bool
) -> Iterator[Callable[[Callable[[InstanceRow], bytes], list[InstanceRow]], Iterable[bytes]]]:
    """Give what maps objects to what is written of them: one after the other, or several at a time."""
    if not is_remote:
        yield map
        return
    with ThreadPoolExecutor(_READ_AT_ONCE, "viewer-list") as pool:
        yield pool.map


def _open(values: dict[str, Natural]) -> bytes:
    """Write an object that goes on."""
    return _encode(values)[:-1] + b","


def _study(listed: ListedStudy) -> dict[str, Natural]:
    about = listed.row.description
    return {
        "StudyInstanceUID": listed.row.study_instance_uid,
        "StudyDate": about.study_date,
        "StudyTime": about.study_time,
        "StudyDescription": about.study_description,
        "AccessionNumber": about.accession_number,
        "ReferringPhysicianName": natural_name(about.referring_physician_name),
        "PatientName": natural_name(about.patient_name),
        "PatientID": about.patient_id,
        "PatientBirthDate": about.patient_birth_date,
        "PatientSex": about.patient_sex,
        "NumInstances": listed.count,
        "Modalities": "/".join(sorted({one.row.description.modality for one in listed.series} - {""})),
    }


def _series(series: ListedSeries) -> dict[str, Natural]:
    about = series.row.description
    values: dict[str, Natural] = {"SeriesInstanceUID": series.row.series_instance_uid, "Modality": about.modality}
    if about.series_number is not None:
        values["SeriesNumber"] = about.series_number
    if about.series_description:
        values["SeriesDescription"] = about.series_description
    return values


class _Entries:
    """The entries of one object.

    Args:
        listed: the list that they are in.
        row: the object.
    """

    def __init__(self, listed: ListedStudy, row: InstanceRow) -> None:
        self._listed = listed
        self._row = row
        self._instance = row.instance

    def written(self, store: Store) -> bytes:
        """Write them: of several frames each has its own address, and the first one all that is known."""
        instance = self._instance
        metadata = self._known() | self._read(store) | self._told_here()
        if instance.number_of_frames < 2:  # noqa: PLR2004 -- a frame alone needs no number
            return _encode({"metadata": metadata, "url": self._url()})
        brief = {name: metadata[name] for name in ("SOPClassUID", "SOPInstanceUID", "NumberOfFrames")}
        return b",".join(
            _encode({"metadata": metadata if number == 1 else brief, "url": f"{self._url()}&frame={number}"})
            for number in range(1, instance.number_of_frames + 1)
        )

    def _url(self) -> str:
        """Return where the object is: nothing may follow but the frame."""
        syntax = self._instance.transfer_syntax_uid
        wanted = "*" if syntax in _READ_BY_OHIF or is_video(syntax) else _EXPLICIT_VR_LITTLE_ENDIAN
        return f"dicomweb:{self._address('application/dicom', wanted)}"

    def _address(self, content_type: str, transfer_syntax: str = "") -> str:
        links = self._listed.links
        if transfer_syntax:
            return self._listed.origin + links.wado(self._instance, content_type, transferSyntax=transfer_syntax)
        return self._listed.origin + links.wado(self._instance, content_type)

    def _known(self) -> dict[str, Natural]:
        """Return what the index knows."""
        instance, about = self._instance, self._row.description
        values: dict[str, Natural] = {"Modality": about.modality} if about.modality else {}
        if about.instance_number is not None:
            values["InstanceNumber"] = about.instance_number
        if instance.picture is not None:
            pixel = instance.picture.image_pixel
            values |= {
                "Rows": pixel.rows,
                "Columns": pixel.columns,
                "SamplesPerPixel": pixel.samples_per_pixel,
                "PhotometricInterpretation": pixel.photometric_interpretation,
                "BitsAllocated": pixel.bits_allocated,
                "BitsStored": pixel.bits_stored,
                "HighBit": pixel.high_bit,
                "PixelRepresentation": pixel.pixel_representation,
            }
        return values

    def _read(self, store: Store) -> dict[str, Natural]:
        """Return what the object itself says, nothing where it cannot be read or has changed."""
        instance = self._instance
        try:
            with store.open(instance.key) as stored:
                if stored.stamp() != instance.stamp:
                    return {}
                return Naturalizer(parse(stored, _LIMITS).attributes, values=_VALUES_MAX).values(_tags())
        except (OSError, NotAnObject, Unreadable):
            return {}

    def _told_here(self) -> dict[str, Natural]:
        """Return what is so whatever the object says: what it is known by, and where its other forms are."""
        instance = self._instance
        values: dict[str, Natural] = {
            "StudyInstanceUID": instance.study_instance_uid,
            "SeriesInstanceUID": instance.series_instance_uid,
            "SOPInstanceUID": instance.sop_instance_uid,
            "SOPClassUID": instance.sop_class_uid,
            "AvailableTransferSyntaxUID": instance.transfer_syntax_uid,
        }
        if instance.number_of_frames > 1:
            values["NumberOfFrames"] = instance.number_of_frames
        if instance.picture is not None and instance.picture.palette is not None:
            values |= _palette(instance.picture.palette)
        if instance.encapsulated is not None and instance.encapsulated.media_type:
            values["EncapsulatedDocument"] = {"DirectRetrieveURL": self._address(instance.encapsulated.media_type)}
        if is_video(instance.transfer_syntax_uid):
            values["PixelData"] = {"DirectRetrieveURL": self._address("video/mp4")}
        return values


def _palette(palette: Palette) -> dict[str, Natural]:
    values: dict[str, Natural] = {}
    for color, table in (("Red", palette.red), ("Green", palette.green), ("Blue", palette.blue)):
        if len(table.entries) > 2 * _LONGEST_PALETTE:
            return {}
        values |= _lookup_table(f"{color}PaletteColorLookupTable", table)
    return values


def _lookup_table(name: str, table: LookupTable) -> dict[str, Natural]:
    return {
        f"{name}Descriptor": [len(table.entries) // 2, table.first_mapped, table.bits],
        f"{name}Data": {"InlineBinary": base64.b64encode(table.entries).decode("ascii")},
    }


@cache
def _tags() -> tuple[int, ...]:
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 -- heavy; pictures do without

    return tuple(sorted(tag for keyword in KEYWORDS.split() if (tag := tag_for_keyword(keyword)) is not None))
