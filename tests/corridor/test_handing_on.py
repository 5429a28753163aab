"""What somebody who may not see everything can hand on, plant or hide: links, objects, and what tells of them."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pydicom
import pytest

from audit_reading import trail_of, wait_for
from corridor.test_presentation_states import write_blending
from made_objects import write_object
from serving import wado_parameters
from stowing import MULTIPART, parts_of, reasons_of, uids_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("handing on")

OURS, OURS_MR = ("1.2.3.1", "1.2.3.1.1", "1.2.3.1.1.1"), ("1.2.3.1", "1.2.3.1.2", "1.2.3.1.2.1")
HIDDEN = ("1.2.3.2", "1.2.3.2.1", "1.2.3.2.1.1")
MIXED_SEEN, MIXED_HIDDEN = ("1.2.3.4", "1.2.3.4.1", "1.2.3.4.1.1"), ("1.2.3.4", "1.2.3.4.1", "1.2.3.4.1.2")
UNDER, STATE, OVER = ("1.2.40", "1.2.40.1", "1.2.40.1.1"), ("1.2.40.2", "1.2.40.2.1"), "1.2.41"
NOT_AUTHORIZED = 0x0124
DICOM = {"contentType": "application/dicom"}
LINK = ("scope", "allows", "linkId", "uses", "expires", "keyId", "signature", "alike")

SETTINGS = """
audit = true
audit_window = 0
stow = true
log_level = "debug"
max_request_rate = 100000
access_proxies = ["127.0.0.1"]
access_proxy_user_header = "X-Remote-User"
access_proxy_roles_header = "X-Remote-Roles"
access_link_keys = [{ id = "now", secret = "0123456789012345678901234567890123456789" }]
access_rules = [
  { roles = "physician", rights = ["view", "native", "store", "sign", "delete"] },
  { roles = "mary", rights = ["view", "native", "store", "sign"], institution_name = "St.*" },
  { roles = "p1", rights = ["view", "native", "store", "sign"], patient_id = "P1" },
  { roles = "ct", rights = ["view", "sign"], modality = ["CT", "PR"] },
]
"""


def path_of(uids: tuple[str, str, str], **more: str) -> str:
    """Return path and query of a request."""
    return f"/wado?{urlencode(wado_parameters(uids) | more)}"


@dataclass
class House:
    """A server that several kinds of people ask."""

    server: RunningServer
    audit: Path
    folder: Path

    def get(self, role: str, path: str) -> httpx.Response:
        """Ask as somebody with one role; "" for nobody."""
        fields = {"X-Remote-User": f"the {role}", "X-Remote-Roles": role} if role else {}
        return self.server.client.get(path, headers=fields)

    def link(self, role: str, path: str, **wish: object) -> httpx.Response:
        """Ask for a link."""
        fields = {"X-Remote-User": f"the {role}", "X-Remote-Roles": role}
        return self.server.client.post("/links", json={"url": path} | wish, headers=fields)

    def store(
        self,
        role: str,
        uid: str,
        study: str,
        series: str,
        **attributes: Any,  # noqa: ANN401 -- of a data set
    ) -> httpx.Response:
        """Send an object."""
        written = write_object(self.folder / "sent.dcm", uid, study, series, **attributes)
        fields = {"X-Remote-User": f"the {role}", "X-Remote-Roles": role, "Content-Type": MULTIPART}
        return self.server.client.post("/studies", content=parts_of(written.read_bytes()), headers=fields)


@pytest.fixture(scope="module")
def house(start_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory) -> House:
    """Start the server."""
    folder = tmp_path_factory.mktemp("house")
    objects, data, config = folder / "objects", folder / "data", folder / "openwado.toml"
    for uids, patient, institution, more in (
        (OURS, "P1", "St. Mary", {}),
        (OURS_MR, "P1", "St. Mary", {"Modality": "MR"}),
        (HIDDEN, "P2", "Other", {"PatientName": "Secret"}),
        (MIXED_SEEN, "P1", "St. Mary", {"InstanceNumber": 1}),
        (MIXED_HIDDEN, "P1", "Other", {"InstanceNumber": 2}),
    ):
        known: dict[str, Any] = {"PatientID": patient, "InstitutionName": institution} | more
        write_object(objects / f"{uids[2]}.dcm", uids[2], *uids[:2], **known)
    blend = objects / "blend"
    blend.mkdir()
    write_blending(blend)
    for path in blend.rglob("*.dcm"):
        _in_one_study(path)
    config.write_text(SETTINGS, encoding="utf-8")
    server = start_server(objects, "--config", config, "--data", data, "--workers", "1")
    return House(server, data / "audit", folder)


def _in_one_study(path: Path) -> None:
    """Bring the images that are blended into the study of the one below them, as another modality."""
    data_set = pydicom.dcmread(path)
    is_over = data_set.StudyInstanceUID == OVER

    def bring(found: pydicom.Dataset) -> None:
        for element in found:
            if element.VR == "SQ":
                for item in element.value:
                    bring(item)
            elif element.VR == "UI" and element.VM == 1 and str(element.value).startswith(OVER):
                rest = str(element.value).removeprefix(OVER)
                element.value = f"{UNDER[0]}.3{rest.removeprefix('.1')}" if rest else UNDER[0]

    bring(data_set)
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.Modality = "PT" if is_over else "PR" if data_set.SOPInstanceUID == STATE[1] else "CT"
    data_set.save_as(path)


def signed(answer: httpx.Response) -> dict[str, str]:
    """Return the parameters of a link that was made."""
    assert answer.status_code == 200, answer.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.json()["url"]).query).items()}
    return {name: query[name] for name in LINK if name in query}


def test_a_link_to_a_series_opens_what_is_like_the_object_it_was_made_for(house: House) -> None:
    """Not what is hidden from its maker: neither in a series of two institutions, nor in one that comes later."""
    assert house.get("mary", path_of(MIXED_SEEN)).status_code == 200
    assert house.get("mary", path_of(MIXED_HIDDEN)).status_code == 404
    made = signed(house.link("mary", path_of(MIXED_SEEN, **DICOM), scope="series"))
    assert house.get("", path_of(MIXED_SEEN, **DICOM, **made)).status_code == 200
    assert house.get("", path_of(MIXED_HIDDEN, **DICOM, **made)).status_code == 404
    without = {name: value for name, value in made.items() if name != "alike"}
    assert house.get("", path_of(MIXED_SEEN, **DICOM, **without)).status_code == 403
    changed = made | {"alike": made["alike"].replace("institution_name", "modality")}
    assert house.get("", path_of(MIXED_SEEN, **DICOM, **changed)).status_code == 403
    unbound = signed(house.link("physician", path_of(MIXED_SEEN, **DICOM), scope="series"))
    assert "alike" not in unbound
    assert house.get("", path_of(MIXED_HIDDEN, **DICOM, **unbound)).status_code == 200


def test_what_a_link_is_bound_to_does_not_tell_of_whom(house: House) -> None:
    """Two links of the same person say it by other digests, and none has the value in it."""
    made = [signed(house.link("p1", path_of(OURS), scope="study"))["alike"] for _ in range(2)]
    assert made[0] != made[1]
    assert all(one.startswith("patient_id~") and "P1" not in one for one in made)


def test_a_link_to_a_study_opens_what_comes_later(house: House) -> None:
    """Of the same patient, also another modality; not what another patient has in the study by mistake."""
    made = signed(house.link("p1", path_of(OURS, **DICOM), scope="study"))
    late, mistaken = ("1.2.3.1", "1.2.3.1.8", "1.2.3.1.8.1"), ("1.2.3.1", "1.2.3.1.9", "1.2.3.1.9.1")
    known = {"PatientID": "P1", "Modality": "US"}
    assert house.store("physician", late[2], *late[:2], **known).status_code == 200
    assert house.store("physician", mistaken[2], *mistaken[:2], PatientID="P2").status_code == 200
    assert house.get("", path_of(OURS_MR, **DICOM, **made)).status_code == 200
    answer = house.get("", path_of(late, **DICOM, **made))
    assert pydicom.dcmread(BytesIO(answer.content)).Modality == "US"
    assert house.get("", path_of(mistaken, **DICOM, **made)).status_code == 404


def test_nothing_is_planted_among_what_is_hidden(house: House) -> None:
    """An object of one's own in the series, or the study, of others is not taken in: 0124H; in one's own it is."""
    for study, series, role, attributes in (
        (HIDDEN[0], HIDDEN[1], "mary", {"InstitutionName": "St. Mary", "InstanceNumber": 0}),
        (HIDDEN[0], HIDDEN[1], "p1", {"PatientID": "P1"}),
        (HIDDEN[0], "1.2.3.2.7", "p1", {"PatientID": "P1"}),
    ):
        answer = house.store(role, "1.2.3.66.1", study, series, **attributes)
        assert answer.status_code == 403, (role, series)
        assert reasons_of(answer, "00081198") == [NOT_AUTHORIZED]
        assert house.get(role, f"/studies/{study}").status_code == 404
        assert house.link(role, path_of((study, series, "1.2.3.66.1"), **DICOM), scope="study").status_code == 404
    own = {"InstitutionName": "St. Mary", "PatientID": "P1"}
    assert uids_of(house.store("mary", "1.2.3.66.2", OURS[0], OURS[1], **own)) == ["1.2.3.66.2"]
    assert uids_of(house.store("mary", "1.2.3.66.3", OURS[0], "1.2.3.1.66", **own)) == ["1.2.3.66.3"]
    # another institution's series in a study is no obstacle: institutions differ by series
    assert uids_of(house.store("mary", "1.2.3.66.4", MIXED_SEEN[0], "1.2.3.4.66", **own)) == ["1.2.3.66.4"]


def test_a_link_with_a_state_shows_what_its_maker_sees(house: House) -> None:
    """Images that the state blends, and that are hidden from the maker, are hidden from whoever has the link."""
    state = {"presentationSeriesUID": STATE[0], "presentationUID": STATE[1], "contentType": "image/png"}
    path = path_of(UNDER, **state)
    whole = house.get("physician", path)
    assert whole.status_code == 200
    mine = house.get("ct", path)
    assert mine.status_code == 404
    by_ct = house.link("ct", path)
    assert by_ct.status_code == 200
    assert house.get("", by_ct.json()["url"]).status_code == mine.status_code
    by_physician = house.link("physician", path)
    assert house.get("", by_physician.json()["url"]).content == whole.content


def test_who_makes_a_link_is_told(house: House) -> None:
    """The log and the audit trail name its maker, its number and what it opens, and never the signature."""
    url = house.link("mary", path_of(OURS), hours=2, uses=3).json()["url"]
    query = parse_qs(urlsplit(url).query)
    name = f"{query['keyId'][0]}/{query['linkId'][0]}"
    told = wait_for(house.audit, lambda found: any(name in one.alert for one in found))
    alert = next(one for one in told if name in one.alert)
    assert (alert.type, alert.outcome, alert.text("ActiveParticipant[2]/@UserID")) == ("110135", "0", "the mary")
    assert f"study {OURS[0]}" in alert.alert
    line = next(line for line in house.server.log.read_text(encoding="utf-8").splitlines() if name in line)
    assert 'user="the mary"' in line
    assert f"={OURS[0]} " not in line  # UIDs are no business of the log


def test_signatures_stand_in_no_log_and_no_trail(house: House) -> None:
    """Wherever a link is put: asked for, pasted into the search of the page, or in another address."""
    url = house.link("mary", path_of(OURS)).json()["url"]
    signature = parse_qs(urlsplit(url).query)["signature"][0]
    pasted = [f"/?{urlencode({'q': said})}" for said in (url, f"next signature={signature}")]
    assert [house.get("mary", path).status_code for path in (url, *pasted)] == [200, 303, 200]
    assert house.get("mary", url.replace("signature=", "%73ignature=")).status_code != 500
    told = wait_for(house.audit, lambda found: any("next" in one.query for one in found if one.event == "110112"))
    assert all("…" in one.query and signature not in one.query for one in told if one.event == "110112")
    assert signature not in house.server.log.read_text(encoding="utf-8")


def test_what_is_stored_is_told_though_its_sender_hangs_up(house: House) -> None:
    """A sender who leaves in the middle of the next object has stored the first one, by name, in the trail."""
    written = write_object(
        house.folder / "whole.dcm", "1.2.3.82.1", "1.2.3.82", "1.2.3.82.1", InstitutionName="St. Mary"
    )
    body = parts_of(written.read_bytes(), bytes(4 << 20))[: (3 << 20)]
    head = (
        "POST /studies HTTP/1.1\r\nHost: x\r\nX-Remote-User: the sneaky\r\nX-Remote-Roles: mary\r\n"
        f"Content-Type: {MULTIPART}\r\nContent-Length: {len(body) + 5000}\r\n\r\n"
    )
    address = urlsplit(house.server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.5)
    told = wait_for(house.audit, lambda found: any(one.study == "1.2.3.82" for one in found))
    assert [(one.event, one.requestor) for one in told if one.study == "1.2.3.82"] == [("110104", "the sneaky")]


def test_the_trail_tells_of_what_was_shown_and_not_of_what_was_named(house: House) -> None:
    """A document in the frame of a page is told by what it shows: its address can name any study."""
    forged = f"/studies/{HIDDEN[0]}/series/FORGED/instances/x/document?{path_of(OURS).partition('?')[2]}"
    assert house.get("p1", forged).status_code == 200
    assert house.get("p1", forged.replace(HIDDEN[0], "9.9.9%0A%3Cinjected%3E")).status_code == 200
    wait_for(house.audit, lambda found: any(one.requestor == "the p1" and one.study == OURS[0] for one in found))
    studies = {one.study for one in trail_of(house.audit) if one.requestor == "the p1"}
    assert HIDDEN[0] not in studies
    assert not any("injected" in study for study in studies)


def test_a_proxy_that_proves_nothing_is_told(house: House) -> None:
    """A name said twice is refused, and counts as a failure."""
    fields = [("X-Remote-User", "root"), ("X-Remote-User", "the mary"), ("X-Remote-Roles", "mary")]
    assert house.server.client.get(path_of(OURS), headers=fields).status_code == 401
    told = wait_for(house.audit, lambda found: any(one.event == "110114" and one.outcome == "4" for one in found))
    assert any(one.event == "110114" and one.outcome == "4" for one in told)


def test_who_deletes_stands_in_the_log(house: House) -> None:
    """By name: there is no patient in it."""
    assert house.store("physician", "1.2.3.90.1", "1.2.3.90", "1.2.3.90.1").status_code == 200
    fields = {"X-Remote-User": "the physician", "X-Remote-Roles": "physician"}
    assert house.server.client.delete("/studies/1.2.3.90", headers=fields).status_code == 204
    log = house.server.log.read_text(encoding="utf-8")
    assert any("objects deleted" in line and 'user="the physician"' in line for line in log.splitlines())
