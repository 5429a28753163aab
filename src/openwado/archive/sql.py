"""Every statement that the index runs on its tables, which `migrations` and `postgresql_tables` make.

They are written as SQLite has them; `postgresql` says what is called otherwise there.
"""

from __future__ import annotations

from functools import lru_cache

# Look-up

FIND = "SELECT number, gone, record FROM instance WHERE sop_instance_uid = ?"

DESCRIBED = "SELECT number, gone, record, description FROM instance WHERE sop_instance_uid = ?"

HOLDER = "SELECT file.key FROM instance JOIN file ON file.number = instance.file WHERE instance.sop_instance_uid = ?"

FRAME_ENTRY = "SELECT substr(entries, ?, ?) FROM frame WHERE instance = ? AND block = ?"

FRAME_ENTRIES = "SELECT entries FROM frame WHERE instance = ? ORDER BY block"

FRAME_ATTRIBUTES = "SELECT attributes FROM frame_attributes WHERE instance = ? AND number = ?"

# Lists

_STUDY_COLUMNS = """
    SELECT
        study.study_instance_uid,
        study.description,
        (SELECT group_concat(modality, char(31)) FROM series WHERE series.study = study.number),
        (SELECT count(*) FROM series WHERE series.study = study.number),
        (SELECT coalesce(sum(number_of_instances), 0) FROM series WHERE series.study = study.number)
"""

STUDY = _STUDY_COLUMNS + "FROM study WHERE study.study_instance_uid = ?"

_PAGE_OF_STUDIES = """
    FROM (
        SELECT study_date, study_instance_uid FROM study {where}
        ORDER BY study_date DESC, study_instance_uid LIMIT ? OFFSET ?
    ) AS page JOIN study ON study.study_instance_uid = page.study_instance_uid
"""


@lru_cache(maxsize=256)
def studies(where: str = "") -> str:
    """Return the statement for a page of studies.

    Args:
        where: a condition, as `StudySearch` has it.
    """
    page = _PAGE_OF_STUDIES.format(where=where)
    return f"{_STUDY_COLUMNS} {page} ORDER BY page.study_date DESC, page.study_instance_uid"


@lru_cache(maxsize=256)
def studies_with_series(where: str = "") -> str:
    """Return the statement for the series of a page of studies."""
    page = _PAGE_OF_STUDIES.format(where=where)
    return f"""
    SELECT study.study_instance_uid, series.series_instance_uid, series.description, series.number_of_instances {page}
    JOIN series ON series.study = study.number
    ORDER BY page.study_date DESC, page.study_instance_uid, series.place, series.series_instance_uid
"""


@lru_cache(maxsize=256)
def count_found(where: str) -> str:
    """Return the statement that counts studies, up to a number."""
    return f"SELECT count(*) FROM (SELECT 1 FROM study {where} LIMIT ?) AS found"  # noqa: S608 -- as above


@lru_cache(maxsize=64)
def series_of(studies: int) -> str:
    """Return the statement for the series of so many studies, each with the record of the instance in its middle."""
    return f"""
    WITH
        listed AS (
            SELECT
                study.study_instance_uid, series.number, series.series_instance_uid, series.place,
                series.description, series.number_of_instances
            FROM study JOIN series ON series.study = study.number
            WHERE study.study_instance_uid IN ({", ".join("?" * studies)})
        ),
        numbered AS (
            SELECT
                instance.number, instance.series,
                row_number() OVER (PARTITION BY instance.series ORDER BY instance.place, instance.number) AS nth
            FROM listed CROSS JOIN instance WHERE instance.series = listed.number
        )
    SELECT
        listed.study_instance_uid, listed.series_instance_uid, listed.description, listed.number_of_instances,
        instance.record
    FROM
        listed
        LEFT JOIN numbered ON numbered.series = listed.number AND numbered.nth = listed.number_of_instances / 2 + 1
        LEFT JOIN instance ON instance.number = numbered.number
    ORDER BY listed.study_instance_uid, listed.place, listed.series_instance_uid
"""  # noqa: S608 -- all of it stands here


COUNT_STUDIES = "SELECT count(*) FROM study"

STUDY_OF = """
    SELECT study.study_instance_uid FROM series JOIN study ON study.number = series.study
    WHERE series.series_instance_uid = ? ORDER BY study.study_instance_uid LIMIT 1
"""

NTH_OF_SERIES = "SELECT record FROM instance WHERE series = ? ORDER BY place, number LIMIT 1 OFFSET ?"

#: What the series of a study are like, and those of a UID in any: each by an object that is not the one with a number.
BESIDE = """
    SELECT (SELECT instance.description FROM instance WHERE instance.series = series.number AND instance.number <> ?
            ORDER BY instance.place, instance.number LIMIT 1), 0
    FROM study JOIN series ON series.study = study.number
    WHERE study.study_instance_uid = ? AND series.series_instance_uid <> ?
    UNION
    SELECT (SELECT instance.description FROM instance WHERE instance.series = series.number AND instance.number <> ?
            ORDER BY instance.place, instance.number LIMIT 1), 1
    FROM series WHERE series.series_instance_uid = ?
"""

INSTANCES = """
    SELECT instance.record, instance.description
    FROM (
        SELECT instance.number
        FROM series
        JOIN study ON study.number = series.study
        JOIN instance ON instance.series = series.number
        WHERE series.series_instance_uid = ? AND (? = '' OR study.study_instance_uid = ?)
        ORDER BY instance.place, instance.number
        LIMIT ? OFFSET ?
    ) AS page JOIN instance ON instance.number = page.number
    ORDER BY instance.place, instance.number
"""

_FOLLOWING = """
    SELECT other.sop_instance_uid
    FROM instance AS here JOIN instance AS other ON other.series = here.series
    WHERE here.sop_instance_uid = ? AND (other.place, other.number) {after} (here.place, here.number)
    ORDER BY other.place {order}, other.number {order}
    LIMIT ?
"""

FOLLOWING = _FOLLOWING.format(after=">", order="ASC")

PRECEDING = _FOLLOWING.format(after="<", order="DESC")

INSTANCE_ROW = "SELECT record, description FROM instance WHERE sop_instance_uid = ? AND series IS NOT NULL"

UIDS_OF = """
    SELECT instance.sop_instance_uid
    FROM study JOIN series ON series.study = study.number JOIN instance ON instance.series = series.number
    WHERE study.study_instance_uid = ? AND (? = '' OR series.series_instance_uid = ?)
    ORDER BY series.place, series.series_instance_uid, instance.place, instance.number
"""

COUNT = "SELECT coalesce(sum(number_of_instances), 0) FROM series"

# The lowest number of frames that can be drawn is 1 wherever there is a single-frame image.
EXAMPLE = """
    SELECT instance.record, series.number, series.number_of_instances
    FROM instance JOIN series ON series.number = instance.series
    WHERE instance.series IS NOT NULL AND instance.drawable_frames > 0
    ORDER BY instance.drawable_frames, instance.number
    LIMIT 1
"""

# Files

LEFT_OUT = """
    SELECT outcome, reason, count(*) FROM file WHERE outcome <> 'indexed' AND NOT (key >= '@' AND key < 'A')
    GROUP BY outcome, reason ORDER BY count(*) DESC, reason
"""

KNOWN = """
    SELECT size, modified_ns, changed_ns, inode
    FROM file WHERE key = ? AND (record_version = ? OR outcome IN ('replaced', 'deleted')) AND outcome <> 'successor'
"""

OUTDATED = """
    SELECT key FROM file WHERE record_version <> ? AND outcome NOT IN ('replaced', 'deleted') ORDER BY key
"""

LOOKED_AT = """
    SELECT
        key, (record_version = ? OR outcome IN ('replaced', 'deleted')) AND outcome <> 'successor',
        size, modified_ns, changed_ns, inode
    FROM file WHERE key >= ? AND key < ? ORDER BY key LIMIT ?
"""

SUCCESSORS = "SELECT key FROM file WHERE outcome = 'successor' ORDER BY key LIMIT ?"

FILE = """
    SELECT number, outcome, sop_instance_uid, reason, size, modified_ns, changed_ns, inode FROM file WHERE key = ?
"""

KEY = "SELECT key FROM file WHERE number = ?"

STRIKE_OUT = "UPDATE file SET outcome = ?, reason = ? WHERE key = ?"

DUPLICATES_OF = "SELECT key FROM file WHERE sop_instance_uid = ? AND outcome = 'duplicate'"

DELETED = "SELECT key FROM file WHERE outcome = 'deleted' AND key >= '@' AND key < 'A' ORDER BY key"

DELETE_DELETED = "DELETE FROM file WHERE key = ? AND outcome = 'deleted'"

INSERT_FILE = """
    INSERT INTO file (size, modified_ns, changed_ns, inode, record_version, outcome, reason, sop_instance_uid, key)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING number
"""

UPDATE_FILE = """
    UPDATE file
    SET size = ?, modified_ns = ?, changed_ns = ?, inode = ?,
        record_version = ?, outcome = ?, reason = ?, sop_instance_uid = ?
    WHERE key = ?
"""

DELETE_FILE = "DELETE FROM file WHERE number = ?"

APPOINT_SUCCESSORS = "UPDATE file SET outcome = 'successor' WHERE sop_instance_uid = ? AND outcome = 'duplicate'"

SUCCESSORS_OF = "SELECT key FROM file WHERE sop_instance_uid = ? AND outcome = 'successor' ORDER BY key"

# Instances

INSTANCE = "SELECT number, series, file FROM instance WHERE sop_instance_uid = ?"

INSERT_INSTANCE = """
    INSERT INTO instance (series, file, place, drawable_frames, gone, record, description, sop_instance_uid)
    VALUES (?, ?, ?, ?, 0, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING number
"""

UPDATE_INSTANCE = """
    UPDATE instance
    SET series = ?, file = ?, place = ?, drawable_frames = ?, gone = 0, record = ?, description = ?
    WHERE sop_instance_uid = ?
"""

LOSE_INSTANCE = "UPDATE instance SET series = NULL, file = NULL, gone = 1 WHERE number = ?"

DELETE_FRAMES = "DELETE FROM frame WHERE instance = ?"

DELETE_FRAME_ATTRIBUTES = "DELETE FROM frame_attributes WHERE instance = ?"

INSERT_FRAMES = "INSERT INTO frame (instance, block, entries) VALUES (?, ?, ?)"

INSERT_FRAME_ATTRIBUTES = "INSERT INTO frame_attributes (instance, number, attributes) VALUES (?, ?, ?)"

# Uses of signed links

COUNT_USE = """
    INSERT INTO link_use (link, expires, uses) VALUES (?, ?, 1)
    ON CONFLICT (link) DO UPDATE SET uses = link_use.uses + 1 RETURNING uses
"""

DELETE_EXPIRED_USES = "DELETE FROM link_use WHERE expires <= ?"

# Studies and series follow their instances

STUDY_NUMBER = "SELECT number FROM study WHERE study_instance_uid = ?"

INSERT_STUDY = """
    INSERT INTO study (study_instance_uid, study_date, description) VALUES (?, '', ?)
    ON CONFLICT DO NOTHING RETURNING number
"""

STUDY_BY_NUMBER = "SELECT number FROM study WHERE number = ?"

SERIES_NUMBER = "SELECT number FROM series WHERE study = ? AND series_instance_uid = ?"

INSERT_SERIES = """
    INSERT INTO series (study, series_instance_uid, place, modality, number_of_instances, description)
    VALUES (?, ?, 0, '', 0, ?)
    ON CONFLICT DO NOTHING RETURNING number
"""

STUDY_OF_SERIES = "SELECT study FROM series WHERE number = ?"

COUNT_IN_SERIES = "UPDATE series SET number_of_instances = number_of_instances + ? WHERE number = ?"

FIRST_OF_SERIES = "SELECT description FROM instance WHERE series = ? ORDER BY place, number LIMIT 1"

DESCRIBE_SERIES = "UPDATE series SET place = ?, modality = ?, description = ? WHERE number = ?"

DELETE_SERIES = "DELETE FROM series WHERE number = ?"

FIRST_OF_STUDY = "SELECT description FROM series WHERE study = ? ORDER BY place, series_instance_uid LIMIT 1"

MODALITIES = "SELECT DISTINCT modality FROM series WHERE study = ?"

#: Of some series only, so that an object of a study of many costs no more.
SERIES_DESCRIPTIONS = "SELECT description FROM series WHERE study = ? ORDER BY number LIMIT ?"

DESCRIBE_STUDY = "UPDATE study SET study_date = ?, words = ?, description = ? WHERE number = ?"

DELETE_STUDY = "DELETE FROM study WHERE number = ?"
