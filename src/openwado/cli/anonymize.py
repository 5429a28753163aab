"""`openwado anonymize`: copies of files and folders without who they are about."""

from __future__ import annotations

import os
from collections import Counter, deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openwado.cli.index import printable
from openwado.cli.options import EXISTING, config_option, data_option
from openwado.cli.progress import progress_bar
from openwado.config import load
from openwado.machine import cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openwado.dicom.object_wishes import ObjectWishes

#: What came of a file: the reason why there is no copy, "" if there is one.
Outcome = tuple[str, str]

_AHEAD = 4
_EXAMPLES = 3


@click.command()
@click.argument("source", type=EXISTING)
@click.argument("destination", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--transfer-syntax",
    metavar="UID",
    default="",
    help="Transfer syntax of the copies, where it can be had; * for the stored one.  "
    "[default: Explicit VR Little Endian]",
)
@click.option("--charset", metavar="NAME", default="", help="Character set of the copies, such as UTF-8.")
@data_option
@config_option
def anonymize(  # noqa: PLR0913, PLR0917 -- one argument an option
    source: Path, destination: Path, transfer_syntax: str, charset: str, data: str | None, config: Path | None
) -> None:
    """Copy the objects of SOURCE to DESTINATION without who they are about.

    The same as anonymize=yes of the server, with its key: UIDs agree. Copies are named by their new UIDs. Nothing is
    overwritten, and what cannot be anonymized safely is left out and said why.
    """
    wishes = _wishes(transfer_syntax, charset, data, config)
    try:
        destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{destination} cannot be made: {error.strerror}.") from error
    keys, outcomes = _files(source, destination), []
    with progress_bar("Anonymizing", "files") as advance:
        for outcome in _run(keys, partial(_copy, folder=destination.resolve(), wishes=wishes)):
            outcomes.append(outcome)
            advance(len(outcomes), len(keys))
    for line in report(outcomes):
        click.echo(line)
    if not any(reason == "" for _, reason in outcomes):
        raise click.exceptions.Exit(1)


def report(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what came of it, as lines for people."""
    reasons = Counter(reason for _, reason in outcomes)
    lines = [f"{reasons.pop('', 0)} of {len(outcomes)} files were anonymized."]
    for reason, count in reasons.most_common():
        lines.append(f"  {count} left out: {reason}")
        lines += [f"      {printable(key)}" for key, why in outcomes if why == reason][:_EXAMPLES]
    return lines


def _wishes(transfer_syntax: str, charset: str, data: str | None, config: Path | None) -> ObjectWishes:
    from openwado.assemble import deidentification_of  # noqa: PLC0415 -- heavy, and only needed here
    from openwado.dicom.codecs import CODECS  # noqa: PLC0415 -- as above
    from openwado.dicom.object_wishes import ObjectWishes  # noqa: PLC0415 -- as above
    from openwado.dicom.undecoded import UNDECODED  # noqa: PLC0415 -- as above
    from openwado.protocol.charset import defined_terms, iana_name  # noqa: PLC0415 -- as above

    if transfer_syntax not in ("", "*") and transfer_syntax not in CODECS and transfer_syntax not in UNDECODED:
        text = f"{transfer_syntax} is no transfer syntax: give its UID, such as 1.2.840.10008.1.2.4.90, or *."
        raise click.BadParameter(text, param_hint="--transfer-syntax")
    name = iana_name(charset) if charset else ""
    if name is None:
        raise click.BadParameter(f"{charset} is no character set that DICOM knows.", param_hint="--charset")
    return ObjectWishes(
        transfer_syntax=transfer_syntax,
        charset=name,
        character_set=defined_terms(name) or () if name else (),
        deidentification=deidentification_of(load(config=config, data=data)),
    )


def _files(source: Path, destination: Path) -> list[str]:
    from openwado.archive.folder import FoundFile, roots_of, walk  # noqa: PLC0415 -- only needed here

    prefix = f"{destination.resolve()}{os.sep}"
    return [
        found.key
        for root in roots_of([source])
        for found in walk(root, set())
        if isinstance(found, FoundFile) and not found.key.startswith(prefix)
    ]


def _run(keys: Sequence[str], copy: partial[str]) -> Iterator[Outcome]:
    """Yield what came of each file; one that ends the process that works on it costs nothing else."""
    processes = cores()
    rest = deque(keys)
    while rest:
        with ProcessPoolExecutor(processes) as pool:
            waiting: deque[tuple[str, Future[str]]] = deque()
            try:
                while rest or waiting:
                    while rest and len(waiting) < _AHEAD * processes:
                        key = rest.popleft()
                        waiting.append((key, pool.submit(copy, key)))
                    key, future = waiting[0]
                    yield key, future.result()
                    waiting.popleft()
            except BrokenProcessPool:
                lost = [key for key, future in waiting if not future.done() or future.exception() is not None]
                done = [(key, future.result()) for key, future in waiting if key not in lost]
                yield from done
                for key in lost:
                    yield key, _alone(copy, key)


def _alone(copy: partial[str], key: str) -> str:
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(copy, key).result()
        except BrokenProcessPool:
            return "the process that worked on it crashed"


def _copy(key: str, *, folder: Path, wishes: ObjectWishes) -> str:
    """Copy one file; return why not, "" if it was."""
    from openwado.archive.file_store import FileStore  # noqa: PLC0415 -- in the process that does it
    from openwado.dicom.reader import DEFAULT_LIMITS, NotAnObject  # noqa: PLC0415 -- as above
    from openwado.errors import WadoError  # noqa: PLC0415 -- as above
    from openwado.object_files import write_anonymized  # noqa: PLC0415 -- as above

    try:
        write_anonymized(key, FileStore(), folder, wishes, DEFAULT_LIMITS)
    except NotAnObject as verdict:
        return verdict.reason
    except WadoError as error:
        return error.public
    except FileExistsError:
        return "a copy with the same new UID is there already"
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    except Exception as error:  # noqa: BLE001 -- one odd file may not end a run over a million others
        return f"{type(error).__name__} while copying it"
    return ""
