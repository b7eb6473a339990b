"""Where a scan runs: small ones in a thread, others in a child process, with the same answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.rights.scan import Medium, scan
from ringfence.privacy.rights.scanner import ScannerFailed, scan_apart

MEDIA_FACTS = "on another server"


def needles() -> list[Needle]:
    clear = Needle.clear("table.field", ["anna.example@sip.example.org"])
    assert clear is not None
    return [clear, Needle.exact(NeedleKind.SEALED, "table.sealed", b"\xff" * 40)]


def media(folder: Path, size: int) -> list[Medium]:
    (folder / "log").write_bytes(b"." * size + b"anna.example@sip.example.org" + b"\xff" * 40)
    return [Medium("logs", (folder,)), Medium("remote", unread=MEDIA_FACTS)]


@pytest.mark.parametrize("size", [10, 2_000_000])
async def test_a_scan_apart_answers_as_a_scan_does(tmp_path: Path, size: int) -> None:
    places = media(tmp_path, size)
    assert await scan_apart(places, needles()) == scan(places, needles())
    assert len((await scan_apart(places, needles())).findings) == 2


async def test_the_child_says_nothing_but_its_account(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    await scan_apart(media(tmp_path, 2_000_000), needles())
    assert capfd.readouterr() == ("", "")


async def test_a_child_that_fails_is_no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ScannerFailed):
        await scan_apart(media(tmp_path, 2_000_000), needles())


async def test_a_scan_that_is_cancelled_leaves_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, real = asyncio.Event(), asyncio.create_subprocess_exec

    async def starting(*arguments: str, **keywords: Any) -> asyncio.subprocess.Process:
        child = await real(*arguments, **keywords)
        started.set()
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", starting)
    running = asyncio.create_task(scan_apart(media(tmp_path, 2_000_000), needles()))
    await started.wait()
    assert _children()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _children()


def _children() -> list[str]:
    return [child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]
