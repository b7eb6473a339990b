"""Chromium without a screen, driven over the Chrome DevTools Protocol."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import websockets.sync.client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    "--headless=new",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
]
_WITHIN = 20.0  # seconds; a cold start on a busy machine


_TALLEST = 12_000  # CSS pixels of a picture; GPUs end at 16,384


class Page:
    """One tab, and everything that it asked for or complained about."""

    def __init__(self, socket: websockets.sync.client.ClientConnection, session: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket, self._session, self._last = socket, session, 0
        self._events: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """One command and its result; events that come in between are noted."""
        self._last += 1
        self._socket.send(
            json.dumps({"id": self._last, "method": method, "params": params, "sessionId": self._session})
        )
        while True:
            message = json.loads(self._socket.recv(timeout=_WITHIN))
            if message.get("id") == self._last:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def open(self, url: str, *, width: int, dark: bool = False, scripts: bool = True) -> Self:
        """Load a page in a window of that width and wait until it is there."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._events.clear()
        self.call("Page.navigate", url=url)
        self.loaded()
        return self

    def value(self, expression: str) -> Any:
        """What a piece of JavaScript comes to; promises are waited for."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                text=text,
                windowsVirtualKeyCode={"Tab": 9, "Enter": 13, " ": 32}[key],
            )

    def press_on(self, selector: str) -> None:
        """Use a button or link by keyboard, and wait for the page that follows."""
        self.focus(selector)
        self._events.clear()
        self.press("Enter")
        self.loaded()

    def focus(self, selector: str) -> None:
        assert self.value(f"document.querySelector({json.dumps(selector)}).focus() ?? true"), selector

    def type(self, text: str) -> None:
        """Into the field that has the focus."""
        self.call("Input.insertText", text=text)

    def loaded(self) -> None:
        """Wait until the page that comes is there."""
        while "Page.loadEventFired" not in self._events:
            self._note(json.loads(self._socket.recv(timeout=_WITHIN)))

    def text(self) -> str:
        """What is to be read on it."""
        return str(self.value("document.body.innerText"))

    def path(self) -> str:
        return str(self.value("location.pathname"))

    def picture(self, path: Path) -> None:
        """Save the page as PNG; of a very long one its first part, since Chromium refuses the whole."""
        width, height = self.value("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, _TALLEST), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def foreign(self, origin: str) -> list[str]:
        """What was asked of anybody but `origin`."""
        return [url for url in self.requests if "://".join(urlsplit(url)[:2]) != origin]

    def _note(self, message: dict[str, Any]) -> None:
        method, params = message.get("method", ""), message.get("params", {})
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method in {"Runtime.exceptionThrown", "Runtime.consoleAPICalled"}:
            self.complaints.append(json.dumps(params))


@contextmanager
def browser() -> Iterator[websockets.sync.client.ClientConnection]:
    """A Chromium of our own with an empty profile; ends with the context."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with websockets.sync.client.connect(_address(Path(profile)), max_size=None) as socket:
                yield socket
        finally:
            process.terminate()
            process.wait(_WITHIN)


def new_page(socket: websockets.sync.client.ClientConnection, *, apart: bool = False) -> Page:
    """A fresh tab; `apart`: with cookies of its own, as on another computer."""

    def ask(number: int, method: str, **params: object) -> dict[str, Any]:
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(socket.recv(timeout=_WITHIN))
            if message.get("id") == number and "sessionId" not in message:
                result: dict[str, Any] = message["result"]
                return result

    where = ask(1_000_000, "Target.createBrowserContext") if apart else {}
    target = ask(1_000_001, "Target.createTarget", url="about:blank", **where)["targetId"]
    session = ask(1_000_002, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    return Page(socket, session)


def _address(profile: Path) -> str:
    """Where Chromium listens, once it has said so."""
    until = time.monotonic() + _WITHIN
    port_file = profile / "DevToolsActivePort"
    while time.monotonic() < until:
        if port_file.exists() and len(lines := port_file.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise TimeoutError
