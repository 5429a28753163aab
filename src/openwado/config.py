"""Every setting: its unit, its default and what it does, on one page.

A setting comes from the command line, else from the environment (`OPENWADO_` and its name in capitals), else from a
TOML file, else it has its default. `openwado settings` prints this table; docs/settings.md is that print.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT_PREFIX = "OPENWADO_"

#: First parts of paths that the page and the health check use.
_TAKEN = frozenset({"health", "static", "studies"})

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
CountOrNone = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]


class SettingsError(Exception):
    """A setting is unknown or has a value that it cannot have; the message says which and what would be right."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one server."""

    host: Annotated[str, Meta(description="Address to listen on. 127.0.0.1 is this machine only.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port to listen on; 0 takes any free one.")] = 8080
    workers: Annotated[
        CountOrNone, Meta(description="HTTP processes that share the port; 0 means one per processor core.")
    ] = 0
    data: Annotated[
        str, Meta(description="Folder for the index. Empty: the platform's place for a user's application data.")
    ] = ""
    store: Annotated[
        str,
        Meta(
            description="Where objects are kept that are taken in: a folder, as a path or file:///path, or a bucket, "
            "as s3://bucket/prefix, az://container/prefix or gs://bucket/prefix (extra `cloud`; docs/scaling.md). "
            "Empty: the folder `archive` in the data folder."
        ),
    ] = ""
    duplicates: Annotated[
        str,
        Meta(
            pattern=r"^(reject|replace)$",
            description="What becomes of an object taken in whose SOP Instance UID another one holds that has other "
            "bytes: reject it, or replace that one.",
        ),
    ] = "reject"
    max_object_size: Annotated[Count, Meta(description="Largest object that is taken in, MiB.")] = 4096
    stow: Annotated[
        bool, Meta(description="Whether objects are taken in over HTTP, by POST to /studies (STOW-RS, PS3.18 10.5).")
    ] = False
    max_request_size: Annotated[Count, Meta(description="Largest body of such a request, MiB; beyond it 413.")] = 16384
    accept_contradictory_meta: Annotated[
        bool,
        Meta(
            description="Whether objects are taken in whose data set contradicts their file meta information (PS3.10 "
            "7.1); what the data set says holds."
        ),
    ] = False
    index: Annotated[
        str,
        Meta(
            description="Address of the index: sqlite:///absolute/path, or for one that several servers share "
            "postgresql://user:password@host:5432/database (extra postgresql). Empty: SQLite in the data folder."
        ),
    ] = ""
    dicom_port: Annotated[
        Port, Meta(description="TCP port where objects are taken by C-STORE; 0: none. 104 and 11112 are usual.")
    ] = 0
    dicom_host: Annotated[str, Meta(description="Address to listen on for C-STORE. Empty: the same as host.")] = ""
    ae_title: Annotated[str, Meta(description="AE title of this server.")] = "OPENWADO"
    match_called_ae_title: Annotated[
        bool, Meta(description="Whether DICOM peers must call this server by its AE title.")
    ] = True
    dicom_peers: Annotated[
        tuple[dict[str, str], ...],
        Meta(
            description="Who may send by C-STORE: tables with ae_title, address (or a network such as 192.0.2.0/24), "
            "or both. An empty list: everybody who gets through to the port. In the environment: JSON."
        ),
    ] = ()
    max_associations: Annotated[
        Count, Meta(description="DICOM associations at the same time; more are rejected for the time being.")
    ] = 50
    dicom_acse_timeout: Annotated[
        Seconds, Meta(description="Longest time for a DICOM peer to ask for an association, seconds.")
    ] = 30.0
    dicom_dimse_timeout: Annotated[
        Seconds, Meta(description="Longest silence of a DICOM peer within a message, and for each unit of it, seconds.")
    ] = 60.0
    dicom_idle_timeout: Annotated[
        Seconds, Meta(description="Longest silence of a DICOM peer between messages, seconds.")
    ] = 300.0
    dicom_tls_certificate: Annotated[
        str, Meta(description="File with this server's certificate (PEM); with it, DICOM is spoken over TLS only.")
    ] = ""
    dicom_tls_key: Annotated[
        str, Meta(description="File with the certificate's private key (PEM). Empty: it is in the certificate's file.")
    ] = ""
    dicom_tls_ca: Annotated[
        str,
        Meta(
            description="File with certificates (PEM) of those who vouch for DICOM peers. With it, each peer needs a "
            "certificate of theirs."
        ),
    ] = ""
    wado_path: Annotated[
        str, Meta(pattern=r"^/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-]$", description="Path of the WADO service.")
    ] = "/wado"
    page: Annotated[bool, Meta(description="Whether the web page is served at /.")] = True
    cors_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins of web pages that may read answers by script, e.g. https://viewer.example; * for all. "
            "In the environment: separated by commas."
        ),
    ] = ()
    cors_credentials: Annotated[
        bool,
        Meta(description="Whether such pages may send cookies or authorization. Needs origins by name, never *."),
    ] = False
    cache_max_age: Annotated[
        CountOrNone,
        Meta(
            description="Seconds a browser may show an answer without asking again; 0: it always asks (304 is cheap)."
        ),
    ] = 0
    max_uri_length: Annotated[Count, Meta(description="Longest request target answered, bytes; beyond it 414.")] = 8192
    max_motion_frames: Annotated[
        Count, Meta(description="Most pictures of an animation or video; longer ones are refused with 400.")
    ] = 10_000
    max_motion_size: Annotated[
        Annotated[int, Meta(ge=1, le=2047)], Meta(description="Largest animation or video, MiB.")
    ] = 256
    max_output_pixels: Annotated[
        Count, Meta(description="Largest picture made, pixels (rows times columns); beyond it 400.")
    ] = 64_000_000
    plain_lane_pixels: Annotated[
        CountOrNone,
        Meta(description="Largest native frame, and largest picture, drawn in the HTTP process itself, pixels."),
    ] = 1_100_000
    prefer_window: Annotated[
        bool, Meta(description="Where an object has both: its first window is used, not its first VOI LUT (RR-19).")
    ] = False
    presentation_lut_shape_wins: Annotated[
        bool,
        Meta(
            description="Where Presentation LUT Shape and Photometric Interpretation contradict each other: the shape "
            "says what is white (RR-21)."
        ),
    ] = False
    correct_pixel_aspect: Annotated[
        bool,
        Meta(
            description="Whether rows and columns count square pixels, whatever shape those of the image have (RR-22)."
        ),
    ] = True
    draw_overlays: Annotated[
        bool, Meta(description="Whether overlay planes of type G are drawn, in white (RR-23).")
    ] = True
    apply_display_shutters: Annotated[
        bool, Meta(description="Whether display shutters of an image are applied (RR-25).")
    ] = True
    bit_depth_parameter: Annotated[
        bool,
        Meta(
            description="Whether the extra query parameter bitDepth=16 is known: grey image/png and image/jp2 with "
            "16 bits (RR-27)."
        ),
    ] = False
    deidentification_key: Annotated[
        str,
        Meta(
            description="Secret of the pseudonyms that anonymize=yes makes; servers with the same one agree. Empty: "
            "made at the first start and kept in the data folder."
        ),
    ] = ""
    burned_in_rules: Annotated[
        tuple[dict[str, str | int | list[list[int]]], ...],
        Meta(
            description="Where images have text in their pixels: tables with any of modality, manufacturer, model, "
            "sop_class_uid, rows, columns, and rectangles (left, top, width, height), which anonymize=yes blacks out; "
            "an empty list says that there is none. In the environment: JSON."
        ),
    ] = ()
    annotation_extensions: Annotated[
        bool,
        Meta(
            description="Whether annotation also knows the words orientation (letters of the patient's directions) and "
            "scale (a bar of a round length)."
        ),
    ] = False
    cache: Annotated[
        bool,
        Meta(description="Whether pictures that were made are kept, to be sent again to whoever asks for the same."),
    ] = True
    cache_memory: Annotated[
        CountOrNone, Meta(description="Most memory of each HTTP process for such pictures, MiB.")
    ] = 64
    cache_disk: Annotated[
        CountOrNone,
        Meta(description="Most room on disk for them, in the data folder, MiB; 0 keeps none there."),
    ] = 1024
    cache_files: Annotated[
        CountOrNone,
        Meta(
            description="Most room on disk for animations, videos and documents of more than 1 MiB, each a file in the "
            "data folder, MiB; 0 keeps none."
        ),
    ] = 2048
    cache_shared: Annotated[
        str,
        Meta(
            description="Bucket in which several servers share what their render processes have made, written as for "
            "`store` (docs/scaling.md). Empty: none."
        ),
    ] = ""
    prefetch: Annotated[
        Annotated[int, Meta(ge=0, le=16)],
        Meta(
            description="Pictures made ahead for a client that walks through frames or a series, where they are kept, "
            "need a render process, and one has nothing else to do; 0 makes none."
        ),
    ] = 2
    render_processes: Annotated[
        CountOrNone,
        Meta(description="Render processes of each HTTP process; 0 shares the processor cores out among them."),
    ] = 0
    render_deadline: Annotated[Seconds, Meta(description="Longest time for one picture or frame, seconds.")] = 30.0
    render_memory: Annotated[
        Annotated[int, Meta(ge=64)], Meta(description="Most memory of one render process, MiB.")
    ] = 2048
    render_queue: Annotated[
        CountOrNone, Meta(description="Requests that may wait for a render process; more get 503.")
    ] = 64
    keep_alive: Annotated[Count, Meta(description="Seconds an idle connection is kept open for the next request.")] = 65
    shutdown_grace: Annotated[
        Count, Meta(description="Seconds that running requests get to finish when the server is stopped.")
    ] = 30
    index_processes: Annotated[
        CountOrNone, Meta(description="Processes that read files while indexing; 0 means one per processor core.")
    ] = 0
    log_level: Annotated[
        str, Meta(pattern=r"^(debug|info|warning|error)$", description="What is logged: debug, info, warning or error.")
    ] = "info"


def load(*, config: Path | None = None, **command_line: object) -> Settings:
    """Merge defaults, a TOML file, the environment and the command line, the last one strongest.

    Args:
        config: the TOML file; each key is a setting's name.
        command_line: settings by name; None means not given.

    Raises:
        SettingsError: a name is unknown or a value cannot be.
    """
    values: dict[str, Any] = {}
    if config is not None:
        values.update(_from_toml(config))
    values.update(_from_environment())
    values.update({name: value for name, value in command_line.items() if value is not None})
    return convert(values)


def convert(values: dict[str, Any]) -> Settings:
    """Check values and return them as settings; text is read as the setting's own type.

    Raises:
        SettingsError: a name is unknown or a value cannot be.
    """
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"Settings: {error}. `openwado settings` lists them all.") from error
    if settings.wado_path.split("/")[1] in _TAKEN:
        raise SettingsError(f"Settings: wado_path cannot be under /{settings.wado_path.split('/')[1]}: that is taken.")
    for origin in settings.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"Settings: cors_origins has {origin!r}; write scheme and host, such as https://viewer.example, or *."
            )
    if "*" in settings.cors_origins and settings.cors_credentials:
        raise SettingsError("Settings: cors_origins * cannot stand beside cors_credentials: name the origins instead.")
    return settings


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error


def _from_environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = os.environ.get(ENVIRONMENT_PREFIX + name.upper())
        if text is not None:
            values[name] = _from_text(name, text)
    return values


def _from_text(name: str, text: str) -> object:
    kind = get_type_hints(Settings)[name]
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    if getattr(kind, "__origin__", None) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        return words.get(text.strip().lower(), text)
    return text


def settings_page() -> str:
    """Return the table of all settings as Markdown; docs/settings.md is this text."""
    lines = [
        "# Settings",
        "",
        "This page is printed by `openwado settings`.",
        "",
        "Each setting may stand in a TOML file (`openwado serve --config FILE`), in the environment or, where there is",
        "an option for it, on the command line. The command line wins over the environment, that over the file.",
        "",
        "| setting | environment | default | what it does |",
        "|---|---|---|---|",
    ]
    for field in msgspec.structs.fields(Settings):
        default = field.default
        shown = (
            "(empty)" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)
        )
        lines.append(
            f"| `{field.name}` | `{ENVIRONMENT_PREFIX}{field.name.upper()}` | {shown} | {_description(field)} |"
        )
    return "\n".join(lines) + "\n"


def _description(field: msgspec.structs.FieldInfo) -> str:
    found = [meta.description for meta in get_args(field.type)[1:] if isinstance(meta, Meta) and meta.description]
    return found[0] if found else ""
