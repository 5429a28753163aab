"""What a running server tells about itself: health, readiness, metrics, traces, logs, explanations."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from openwado.config import Settings
from openwado.observe.metrics import FAMILIES
from openwado.server.metrics import COMMON
from otlp_collector import Collector
from stowing import parts_of, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving import RunningServer

MONITORING = Path(__file__).resolve().parent.parent.parent / "examples" / "monitoring"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Give a collector of traces."""
    with Collector() as started:
        yield started


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer], collector: Collector) -> RunningServer:
    """Give a server of two HTTP processes that tells all it can."""
    return start_server(
        "--workers",
        "2",
        OPENWADO_EXPLAIN_PARAMETER="yes",
        OPENWADO_LOG_FORMAT="json",
        OPENWADO_LOG_LEVEL="debug",
        OPENWADO_TRACING_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="200",
    )


def metrics_of(server: RunningServer) -> dict[str, float]:
    """Return the samples of /metrics by name and labels, read as Prometheus reads them."""
    answer = server.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def wait_until_ready(server: RunningServer) -> None:
    """Wait until the first render process takes jobs."""
    deadline = time.monotonic() + 30
    while server.client.get("/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def log_of(server: RunningServer) -> list[dict[str, Any]]:
    """Return the lines of the log so far."""
    return [json.loads(line) for line in server.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


def test_counts_are_those_of_all_processes(server: RunningServer) -> None:
    """Requests over many connections are all counted, whichever process answers, by status and cause."""
    before = metrics_of(server)

    def ask(number: int) -> int:
        query = server.example if number % 3 else f"{server.url}/wado?requestType=WADO"
        return httpx.get(query, timeout=60).status_code

    with ThreadPoolExecutor(6) as threads:
        found = Counter(threads.map(ask, range(60)))
    after = metrics_of(server)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert found == {200: 40, 400: 20}
    assert grown("openwado_http_requests_total{status=200,type=picture}") == 40
    assert grown("openwado_http_requests_total{status=400,type=wado}") == 20
    assert grown("openwado_errors_total{cause=BadRequest}") == 20
    assert grown("openwado_http_request_seconds_count{type=picture}") == 40
    assert grown("openwado_stage_seconds_count{stage=send}") == 60
    sources = {name: grown(name) for name in after if name.startswith("openwado_renditions_total")}
    assert sum(sources.values()) == 40
    assert sources["openwado_renditions_total{source=memory}"] >= 30
    assert after["openwado_processes{kind=http}"] == 2
    assert after["openwado_http_requests_running{}"] == 1
    assert after["openwado_render_processes{}"] >= 1
    assert after["openwado_data_free_bytes{}"] > 0


def test_metrics_are_for_readers_only(server: RunningServer, start_server: Callable[..., RunningServer]) -> None:
    """What came through a proxy is refused, so is another address than those of the setting; off, there is nothing."""
    for field in ("X-Forwarded-For", "Forwarded", "Via"):
        answer = server.client.get("/metrics", headers={field: "192.0.2.7"})
        assert answer.status_code == 403
        assert "metrics_readers" in answer.text
    quiet = start_server(
        "--workers", "1", OPENWADO_METRICS="no", OPENWADO_SERVER_TIMING="no", OPENWADO_REQUEST_ID_PROXIES="192.0.2.1"
    )
    assert quiet.client.get("/metrics").status_code == 404
    answer = quiet.client.get(quiet.example, headers={"X-Request-ID": "given"})
    assert "server-timing" not in answer.headers
    assert answer.headers["x-request-id"] != "given"
    assert quiet.client.get(f"{quiet.example}&explain=1").status_code == 400


def test_alerts_and_dashboard_name_metrics_that_exist(server: RunningServer) -> None:
    """Each metric, label and value in the files for Prometheus and Grafana is one that /metrics has."""
    exposed = {family.name for family in text_string_to_metric_families(server.client.get("/metrics").text)}
    assert set(COMMON) <= exposed
    values = {
        family.name: {label: {child[place] for child in family.places} for place, label in enumerate(family.labels)}
        for family in FAMILIES
    }
    expiring = {name for name in Settings.__struct_fields__ if name.endswith(("_certificate", "_crl"))}
    values["openwado_expires_timestamp_seconds"] = {"setting": expiring}
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(expressions) > 35
    for expression in expressions:
        named = re.findall(r"\b((?:openwado|process)_\w+)(\{[^}]*\})?", expression)
        assert named or expression.startswith("up{")
        for name, matchers in named:
            family = re.sub(r"_(?:bucket|sum|count)$", "", name)
            assert re.sub(r"_total$", "", family) in exposed or family in exposed, f"{name} in {expression}"
            for label, operator, text in re.findall(r'(\w+)(=~|=)"([^"]*)"', matchers):
                if label == "instance":
                    continue
                assert label in values[family], f"{label} in {expression}"
                wanted = re.split(r"\|", text) if operator == "=~" else [text]
                there = values[family][label]
                assert all(any(re.fullmatch(one, value) for value in there) for one in wanted), expression
        for labels in re.findall(r"by \(([^)]*)\)", expression):
            known = {label for name, _ in named for label in values[re.sub(r"_bucket$", "", name)]}
            assert {label.strip() for label in labels.split(",")} <= known | {"instance", "le"}, expression


def test_health_and_readiness(server: RunningServer) -> None:
    """/health says that a process is alive, /ready that index, store and render processes answer; never kept."""
    wait_until_ready(server)
    health, ready = server.client.get("/health"), server.client.get("/ready")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "index": "ok", "store": "ok", "render_processes": "ok"}
    assert ready.headers["cache-control"] == "no-store"
    assert server.client.post("/ready").status_code == 405


def test_a_server_whose_index_is_gone_is_not_ready(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """An index that gives errors makes /ready 503 within moments, and /health goes on."""
    server = start_server("--workers", "1", "--data", tmp_path / "data", "--stow")
    wait_until_ready(server)
    index = tmp_path / "data" / "index.sqlite"
    for path in (index, index.with_name("index.sqlite-wal"), index.with_name("index.sqlite-shm")):
        if path.exists():
            path.write_bytes(b"no database" * 1000)
    deadline = time.monotonic() + 20
    while (answer := server.client.get("/ready")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer.json()["index"] == "failed"
    assert server.client.get("/health").status_code == 200


def test_a_request_s_number_is_in_answer_and_log(server: RunningServer) -> None:
    """Each answer has X-Request-ID; a proxy's safe one is taken over, any other is not; lines in the log have it."""
    taken = server.client.get("/health", headers={"X-Request-ID": "ris-77"})
    assert taken.headers["x-request-id"] == "ris-77"
    made = {server.client.get("/health", headers={"X-Request-ID": "no good"}).headers["x-request-id"] for _ in "ab"}
    assert len(made) == 2
    assert "no good" not in made
    deadline = time.monotonic() + 10
    while not any(line.get("request") == "ris-77" for line in log_of(server)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_log_has_no_uid_of_a_patient_s_object(server: RunningServer) -> None:
    """At level debug too, where queries are logged: hashes stand for their UIDs."""
    server.client.get(server.example)
    uids = re.findall(r"UID=([0-9.]+)", server.example)
    deadline = time.monotonic() + 10
    while not any("query" in line for line in log_of(server)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    text = server.log.read_text(encoding="utf-8")
    assert uids
    assert not any(uid in text for uid in uids)
    assert "objectUID=uid:" in text


def test_explain_says_why(server: RunningServer) -> None:
    """explain=1 gives, instead of the answer and never kept: type, window, decoder, lane, cache, and why; and times."""
    fresh = f"{server.example}&windowCenter=41&windowWidth=99&rows=77"
    first, second = (server.client.get(f"{fresh}&explain=1") for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    found = first.json()
    assert found["representation"]["chosen"] == "image/jpeg"
    assert "contentType" in found["representation"]["why"]
    assert found["window"]["chosen"].startswith("LINEAR, center 41, width 99")
    assert "windowCenter" in found["window"]["why"]
    assert found["lane"]["chosen"] in ("plain", "codec")
    assert found["decoder"].startswith("none: the pixels are stored natively") or found["decoders"]
    assert found["decoder"]
    assert {"locate", "negotiate", "decode", "render", "encode", "total"} <= set(found["milliseconds"])
    assert found["cache"]["chosen"] == "made"
    assert second.json()["cache"]["chosen"] in ("memory", "disk")
    picture = server.client.get(fresh)
    assert picture.headers["content-type"] == "image/jpeg"
    assert "explain" not in picture.headers["content-location"]
    assert len(picture.content) == found["bytes"]
    assert server.client.get(f"{server.example}&explain=yes").status_code == 400
    stored = server.client.get(server.example.replace("image/jpeg", "application/dicom") + "&explain=1").json()
    assert stored["cache"]["chosen"] == "none"
    assert "window" not in stored


def test_traces_have_a_span_for_each_stage(server: RunningServer, collector: Collector) -> None:
    """A caller's traceparent is taken over; below the request's span stand its stages, the render process's too."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    query = server.example.replace("image/jpeg", "image/jp2") + "&rows=50"
    server.client.get(query, headers={"traceparent": f"00-{trace}-{parent}-01"})
    deadline = time.monotonic() + 20
    while len(collector.of(trace)) < 9:
        assert time.monotonic() < deadline, sorted(collector.of(trace))
        time.sleep(0.1)
    spans = collector.of(trace)
    root = spans["GET picture"]
    assert root.parent_span_id.hex() == parent
    names = {"locate", "negotiate", "cache", "queue", "produce", "decode", "render", "encode", "send"}
    assert names <= set(spans)
    for name in names - {"decode", "render", "encode"}:
        assert spans[name].parent_span_id == root.span_id, name
        assert root.start_time_unix_nano <= spans[name].start_time_unix_nano <= spans[name].end_time_unix_nano
        assert spans[name].end_time_unix_nano <= root.end_time_unix_nano + 1000
    for name in ("decode", "render", "encode"):
        assert spans[name].parent_span_id == spans["produce"].span_id
    unsampled = "1af7651916cd43dd8448eb211c80319c"
    server.client.get(query, headers={"traceparent": f"00-{unsampled}-{parent}-00"})
    time.sleep(0.5)
    assert not collector.of(unsampled)
    text = str(collector.spans)
    assert not any(uid in text for uid in re.findall(r"UID=([0-9.]+)", server.example))


def test_objects_that_come_in_are_counted(
    start_server: Callable[..., RunningServer], samples: Path, tmp_path: Path
) -> None:
    """By the way they came and what became of them: one process takes them from HTTP, another one finds files."""
    watched = tmp_path / "watched"
    watched.mkdir()
    server = start_server(watched, "--watch", "--stow", "--workers", "1")
    found = sorted(samples.rglob("*.dcm"))[:3]
    first, second = (path.read_bytes() for path in found[:2])
    store(server, parts_of(first, second, b"no object"))
    store(server, parts_of(first))
    shutil.copy(found[2], watched)
    deadline = time.monotonic() + 30
    while metrics_of(server)["openwado_objects_taken_in_total{outcome=indexed,way=watch}"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    metrics = metrics_of(server)
    assert metrics["openwado_objects_taken_in_total{outcome=stored,way=http}"] == 2
    assert metrics["openwado_objects_taken_in_total{outcome=same,way=http}"] == 1
    assert metrics["openwado_objects_taken_in_total{outcome=unreadable,way=http}"] == 1
    assert metrics["openwado_objects_taken_in_bytes_total{way=http}"] == 2 * len(first) + len(second)
    assert metrics["openwado_processes{kind=watch}"] == 1


def test_the_page_names_every_metric() -> None:
    """docs/monitoring.md has each metric and each of its labels."""
    page = (MONITORING.parent.parent / "docs" / "monitoring.md").read_text(encoding="utf-8")
    for name in [family.name for family in FAMILIES] + list(COMMON):
        assert f"`{name}`" in page, name
    for label in {label for family in FAMILIES for label in family.labels}:
        assert re.search(rf"^\| `openwado.*\| [a-z, ]*\b{label}\b", page, re.MULTILINE), label
