"""People at their browsers for test_killed_workers: they file residents and write notes, and send again what got no answer."""

import datetime as dt
import http.client
import io
import re
import socket
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.functional.pages import county

VILLAGE = 660101101201
CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
PATIENCE_S = 120
UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"


class Browser:
    """The cookies of one signed-in person, and forms sent by hand."""

    def __init__(self, port: int, username: str) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self.lost = 0
        self._ask("GET", "/login/")
        status, to = self.send("/login/", {"username": username, "password": county.PASSWORD})
        assert (status, to) == (302, "/")

    def send(self, path: str, fields: dict[str, Any]) -> tuple[int, str]:
        """Post a form and return status and where it goes on; without an answer send the very same again."""
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": self._cookies["csrftoken"]})
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                status, to, text = self._ask("POST", path, body)
                if status < 500:
                    assert status == 302, re.sub(r"<[^>]+>|\s+", " ", text[text.find("<main") :])[:2000]
                    return status, to
            except OSError:
                pass
            self.lost += 1
            assert time.monotonic() < end, f"no answer for {PATIENCE_S} s"
            time.sleep(0.02)

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """Status, Location and text of the answer. Raises ConnectionError when it does not come whole."""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            "Connection: close",
            f"Cookie: {'; '.join(f'{name}={value}' for name, value in self._cookies.items())}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        with socket.create_connection(("127.0.0.1", self._port), timeout=120) as connection:
            connection.sendall("\r\n".join([*lines, "", body]).encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        # http.client takes a head that was cut off for a whole one; a browser does not, and neither may we.
        head, whole, text = answer.partition(b"\r\n\r\n")
        if not whole:
            raise ConnectionError
        first, _, rest = head.partition(b"\r\n")
        headers = http.client.parse_headers(io.BytesIO(rest + b"\r\n\r\n"))
        for line in headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return int(first.split()[1]), headers.get("Location", ""), text.decode(errors="replace")


@dataclass(eq=False)
class Clerk(threading.Thread):
    """Files one resident after the other and writes a note about each, until told to stop.

    filed: name → the id the answer gave; noted: text of the note → the response's id.
    """

    number: int
    port: int
    doctor_id: str
    stop: threading.Event
    first: int = 0
    filed: dict[str, str] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    failure: BaseException | None = None
    lost: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._clerk = Browser(self.port, "clerk" if self.number % 2 else "clerk2")
        self._doctor = Browser(self.port, "doctor")

    def run(self) -> None:
        """Work on; what went wrong is kept for the test to see."""
        count = 0
        try:
            while not self.stop.is_set():
                count += 1
                self._one(self.first + self.number * 2000 + count)
        except BaseException as failure:
            self.failure = failure
        self.lost = self._clerk.lost + self._doctor.lost

    def _one(self, number: int) -> None:
        name = "赵" + "".join(CHARACTERS[number // 22**place % 22] for place in range(3))
        born = dt.date(1950, 1, 1) + dt.timedelta(days=number)
        form = {
            "submission": str(uuid.uuid4()),
            "name": name,
            "id_type": "01",
            "id_number": county.id_number(f"{born}", f"{number % 900 + 100}"),
            "phone": f"139{number:08d}",
            "residence_type": "1",
            "area": str(VILLAGE),
            "address": f"东巷{number}号",
            "filed_on": "",
            "mode": "outpatient",
            "household": "none",
        }
        _, to = self._clerk.send("/residents/register/", form)
        self.filed[name] = resident = key_in(f"/residents/({UUID})/", to)
        note = {
            "submission": str(uuid.uuid4()),
            "mode": "outpatient",
            "outpatient_note-done_on": f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=1):%Y-%m-%d}",  # noqa: TID251
            "outpatient_note-subjective": f"头晕{number}",
            "outpatient_note-objective": "血压130/80mmHg",
            "outpatient_note-assessment": "无特殊",
            "outpatient_note-plan": "观察",
            "outpatient_note-doctor": self.doctor_id,
        }
        _, to = self._doctor.send(f"/residents/{resident}/fill/outpatient_note/", note)
        self.noted[f"头晕{number}"] = key_in(f"/responses/({UUID})/", to)


def key_in(pattern: str, path: str) -> str:
    """The id in the address the answer goes on to."""
    found = re.fullmatch(pattern, path)
    assert found, f"sent on to {path}"
    return found[1]
