"""A headless Chromium with one client certificate, told what to do by its DevTools protocol over a pipe.

Chromium chooses a certificate without asking a person only by a managed policy, which it reads from /etc. So it runs in
a mount namespace of its own where /etc/chromium is a folder of the test's.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

__all__ = ["Browser", "why_not"]

_SECONDS = 30.0
_POLICY = {"AutoSelectCertificateForUrls": [json.dumps({"pattern": "https://localhost", "filter": {}})]}


def why_not() -> str:
    """Why there can be no browser here; empty: there can."""
    missing = [
        each for each in ("chromium", "certutil", "pk12util", "openssl", "unshare") if shutil.which(each) is None
    ]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: chromium libnss3-tools)"
    if not Path("/etc/chromium").is_dir():
        return "there is no /etc/chromium to put a policy in"
    done = subprocess.run(
        ["unshare", "-m", "mount", "--bind", "/tmp", "/etc/chromium"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else "no mount namespace can be made (root is needed)"


class Browser:
    """One browser with one page."""

    def __init__(self, folder: Path, pki: Path, name: str) -> None:
        """Start; it trusts the CA of `pki` and has the certificate `name`."""
        self._number = 0
        self._read = b""
        self.events: list[dict[str, Any]] = []
        home = folder / "home"
        self._certificates(home, pki, name)
        managed = folder / "etc" / "policies" / "managed"
        managed.mkdir(parents=True)
        (managed / "policy.json").write_text(json.dumps(_POLICY))
        command = (
            f'mount --bind "{folder}/etc" /etc/chromium && exec chromium --headless --no-sandbox --disable-gpu '
            f"--disable-dev-shm-usage --hide-scrollbars --no-first-run --remote-debugging-pipe "
            f'--user-data-dir="{folder}/data" '
            "about:blank"
        )
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (to_read, to_write)]

        def give_pipe() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", command],
            env={**os.environ, "HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=(folder / "chromium.log").open("w"),
            pass_fds=(3, 4),
            preexec_fn=give_pipe,  # noqa: PLW1509 (nothing in it takes a lock)
        )
        for each in (to_read, to_write, *high):
            os.close(each)
        self._session = ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")

    @staticmethod
    def _certificates(home: Path, pki: Path, name: str) -> None:
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        both, database = home / "client.p12", f"sql:{store}"
        key = ["-inkey", str(pki / f"{name}.key"), "-in", str(pki / f"{name}.pem")]
        for command in (
            ["certutil", "-N", "-d", database, "--empty-password"],
            ["certutil", "-A", "-d", database, "-n", "ca", "-t", "CT,,", "-i", str(pki / "ca.pem")],
            ["openssl", "pkcs12", "-export", "-passout", "pass:", "-out", str(both), *key],
            ["pk12util", "-i", str(both), "-d", database, "-W", ""],
        ):
            subprocess.run(command, check=True, capture_output=True)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _SECONDS
        while True:
            answer = self._message(deadline)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._from, 1 << 20)
            assert data, "the browser has ended"
            self._read += data
        message, _, self._read = self._read.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def go(self, url: str) -> None:
        """Show `url`."""
        self._ask("Page.navigate", url=url)

    def run(self, expression: str) -> Any:
        """The value of a script's expression in the page; promises are waited for."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until `expression` is true."""
        deadline = time.monotonic() + _SECONDS
        while True:
            value = self.run(f"Boolean({expression})")
            if value:
                return
            assert time.monotonic() < deadline, f"never: {expression}\n{self.run('document.body.innerText')}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key, such as `Tab`, as a person does."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self._ask("Input.insertText", text=text)

    def look(self, *, width: int, height: int, dark: bool) -> None:
        """Be a screen of this size, with this taste."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = "dark" if dark else "light"
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        """Keep what is seen."""
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> list[str]:
        """What the browser found wrong: refused by the content policy, errors of the scripts."""
        self.run("1")
        found = [each["params"]["entry"]["text"] for each in self.events if each.get("method") == "Log.entryAdded"]
        return found + [str(each["params"]) for each in self.events if each.get("method") == "Runtime.exceptionThrown"]

    def end(self) -> None:
        """Close it."""
        self._process.terminate()
        self._process.wait(20)
        os.close(self._to)
        os.close(self._from)
