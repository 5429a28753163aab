"""How single values are written in a query (PS3.18 8.1-8.2 of the legacy text; IS, DS and UI of PS3.5 6.2).

Every reader takes a decoded value and raises ValueError where it is not written as the clause says.
"""

from __future__ import annotations

import math
import re

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")

#: The highest integer (PS3.5 6.2, IS), and the best quality.
MAXIMUM_IS = 2**31 - 1
MAXIMUM_QUALITY = 100

_MAXIMUM_UID_LENGTH = 64
_MAXIMUM_IS_LENGTH = 12
_MAXIMUM_DS_LENGTH = 16
_REGION_NUMBERS = 4


def read_uid(value: str) -> str:
    """Return a UID: components of digits between dots, at most 64 characters (REQ-URI-8.1.4-2).

    Components with leading zeros are tolerated: they exist in archives.
    """
    if len(value) > _MAXIMUM_UID_LENGTH or _UID.fullmatch(value) is None:
        raise ValueError(value)
    return value


def read_transfer_syntax(value: str) -> str:
    """Return one UID, or "*" for the stored transfer syntax (REQ-URI-8.2.11-5 and -6, D-12)."""
    return value if value == "*" else read_uid(value)


def read_request_type(value: str) -> str:
    """Return "WADO", the only request type (REQ-URI-8.1.1-2)."""
    if value != "WADO":
        raise ValueError(value)
    return value


def read_yes(value: str) -> bool:
    """Return True for "yes", the only value of anonymize (REQ-URI-8.1.7-1)."""
    if value != "yes":
        raise ValueError(value)
    return True


def read_positive_integer(value: str) -> int:
    """Return an Integer String of 1 or more (REQ-URI-8.1-0, 8.2.2-1, 8.2.7-2)."""
    if len(value) > _MAXIMUM_IS_LENGTH or _INTEGER.fullmatch(value) is None:
        raise ValueError(value)
    number = int(value)
    if not 1 <= number <= MAXIMUM_IS:
        raise ValueError(value)
    return number


def read_quality_percent(value: str) -> int:
    """Return an integer from 1 to 100 (REQ-URI-8.2.8-1)."""
    number = read_positive_integer(value)
    if number > MAXIMUM_QUALITY:
        raise ValueError(value)
    return number


def read_bit_depth(value: str) -> int:
    """Return 8 or 16 (RR-27)."""
    number = read_positive_integer(value)
    if number not in (8, 16):
        raise ValueError(value)
    return number


def read_one(value: str) -> bool:
    """Return True for 1."""
    if value != "1":
        raise ValueError(value)
    return True


def read_decimal(value: str) -> float:
    """Return a Decimal String as a finite number; minus zero is zero (REQ-URI-8.1-0, 8.2.5-2)."""
    if len(value) > _MAXIMUM_DS_LENGTH or _DECIMAL.fullmatch(value) is None:
        raise ValueError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number + 0.0


def read_positive_decimal(value: str) -> float:
    """Return a Decimal String above zero (REQ-URI-8.2.5-3)."""
    number = read_decimal(value)
    if number <= 0:
        raise ValueError(value)
    return number


def read_region(value: str) -> tuple[float, float, float, float]:
    """Return xmin, ymin, xmax, ymax: 0 <= xmin < xmax <= 1, likewise y (REQ-URI-8.2.4-1)."""
    numbers = value.split(",")
    if len(numbers) != _REGION_NUMBERS:
        raise ValueError(value)
    xmin, ymin, xmax, ymax = map(read_decimal, numbers)
    if not (0 <= xmin < xmax <= 1 and 0 <= ymin < ymax <= 1):
        raise ValueError(value)
    return xmin, ymin, xmax, ymax


def read_words(value: str) -> tuple[str, ...]:
    """Return the words of a comma list, without duplicates, sorted (REQ-URI-8.2.1-1, D-14)."""
    words = [word.strip(" ") for word in value.split(",")]
    if not all(map(_WORD.fullmatch, words)):
        raise ValueError(value)
    return tuple(sorted(set(words)))


def write_decimal(number: float) -> str:
    """Return the canonical Decimal String of a finite number: no trailing zeros, read back to the same number.

    It has at most 16 characters for every number that was read from so many (PS3.5 6.2): Python writes the fewest
    digits, but not always in the shortest notation.
    """
    text = repr(number).removesuffix(".0").replace("e+", "e")
    if len(text) <= _MAXIMUM_DS_LENGTH:
        return text
    mantissa, _, exponent = text.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent or 0) - len(fraction)  # of ten, by which the digits taken as an integer are multiplied
    digits = (whole + fraction).lstrip("0")
    shifted = digits.rstrip("0")
    power += len(digits) - len(shifted)
    forms = [f"{shifted[0]}.{shifted[1:]}e{power + len(shifted) - 1}", f"{shifted}e{power}"]
    if power < 0:
        forms.append(f"{shifted[:power]}.{shifted[power:].rjust(-power, '0')}")
    return text[: number < 0] + min(forms, key=len)
