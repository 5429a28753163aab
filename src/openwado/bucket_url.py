"""URLs of buckets: what they may say, and what that is called in the library that opens them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

#: What a URL may say beside bucket and prefix, and what that is called in the library.
_WORDS: Final[dict[str, dict[str, str]]] = {
    "s3": {
        "endpoint": "endpoint",
        "region": "region",
        "virtual_hosted_style": "virtual_hosted_style_request",
    },
    "az": {"endpoint": "endpoint", "account": "account_name"},
    "gs": {"endpoint": "base_url"},
}
_ALLOW_HTTP: Final = "allow_http"
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}


class BucketUrlError(ValueError):
    """A URL names no bucket; the message says what would be right, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bucket is, as a URL says it.

    Attributes:
        scheme: s3, az or gs.
        bucket: its name; the container's in Azure.
        prefix: of all names, "" for none.
        config: of the library.
        allow_http: whether requests may go unencrypted.
    """

    scheme: str
    bucket: str
    prefix: str = ""
    config: dict[str, str] = field(default_factory=dict)
    allow_http: bool = False


def is_bucket_url(url: str) -> bool:
    """Say whether a URL is meant to name a bucket."""
    return url.partition("://")[0] in _WORDS


def place_of(url: str) -> Place:
    """Read a URL: s3://bucket/prefix, az://container/prefix or gs://bucket/prefix, with words behind a question mark.

    Raises:
        BucketUrlError: it is none of these, or says more than is known.
    """
    split = _split(url)
    words = _WORDS.get(split.scheme)
    if words is None:
        raise BucketUrlError("write s3://bucket/prefix, az://container/prefix or gs://bucket/prefix")
    if "@" in split.netloc or ":" in split.netloc or split.fragment:
        raise BucketUrlError("a bucket's URL has no user, password or port: credentials stand in the environment")
    if not split.netloc:
        raise BucketUrlError(f"the name of the bucket is missing behind {split.scheme}://")
    config, allow_http = _config_of(split.query, words)
    endpoint = config.get("endpoint") or config.get("base_url") or ""
    if endpoint and _split(endpoint).scheme not in ("http", "https"):
        raise BucketUrlError("an endpoint is written https://host or http://host:port")
    if "@" in endpoint:
        raise BucketUrlError("an endpoint has no user or password: credentials stand in the environment")
    if endpoint.startswith("http://") and not allow_http:
        raise BucketUrlError(f"an endpoint without encryption needs {_ALLOW_HTTP}=true beside it")
    return Place(split.scheme, split.netloc, unquote(split.path).strip("/"), config, allow_http)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # without the cause, which quotes it
        raise BucketUrlError("an address has brackets that hold no address: leave them out") from None


def _config_of(query: str, words: dict[str, str]) -> tuple[dict[str, str], bool]:
    """Return what a URL says behind its question mark, and whether requests may go unencrypted."""
    config: dict[str, str] = {}
    allow_http = False
    for word, value in parse_qsl(query, keep_blank_values=True):
        if word == _ALLOW_HTTP:
            if value.lower() not in _TRUTHS:
                raise BucketUrlError(f"{_ALLOW_HTTP} is true or false")
            allow_http = _TRUTHS[value.lower()]
        elif word in words and value:
            config[words[word]] = value
        else:
            known = ", ".join((*words, _ALLOW_HTTP))
            raise BucketUrlError(f"behind the question mark stand, with a value: {known}")
    return config, allow_http
