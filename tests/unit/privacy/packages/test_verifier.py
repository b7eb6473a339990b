"""Whoever gets a package can check it with one file, and a stranger's package can do no more than fail."""

import io
import json
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ringfence.identifiers import SubjectId
from ringfence.privacy.packages import verifier
from ringfence.privacy.packages.verifier import Report, verify
from tests.unit.privacy.installation import Installation
from tests.unit.privacy.packages.packing import Packing

Files = dict[str, bytes]
OTHER = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


@pytest.fixture
async def files(packing: Packing, anna: SubjectId) -> Files:
    return (await packing.made(anna)).files


def packed(tmp_path: Path, files: Files, name: str = "package.zip") -> Path:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    return path


def signed_by_a_stranger(files: Files, /, **changed: object) -> Files:
    """The same under another key: what somebody would hand in who makes packages up."""
    manifest = {
        **json.loads(files["manifest.json"]),
        "public_key": OTHER.public_key().public_bytes_raw().hex(),
        **changed,
    }
    spelled = json.dumps(manifest).encode()
    return {**files, "manifest.json": spelled, "manifest.sig": OTHER.sign(spelled).hex().encode()}


def problems(report: Report) -> set[tuple[str, str]]:
    return {(finding.problem, finding.file) for finding in report.findings}


@pytest.mark.promise("ACR-13")
async def test_a_package_is_found_sound_by_the_published_key(
    house: Installation, tmp_path: Path, packing: Packing, anna: SubjectId
) -> None:
    package = await packing.made(anna)
    path = tmp_path / "mine.zip"
    path.write_bytes(package.content)
    report = verify(path, house.signer.public_key)
    assert (report.sound, report.trusted, report.findings) == (True, True, ())
    assert (report.rows, report.files) == (7, len(package.files) - 2)
    assert report.made == "2027-01-15T08:00:00Z"
    assert verify(path).trusted is False
    assert verify(path).key == house.signer.public_key


async def test_every_changed_byte_of_every_file_is_found(tmp_path: Path, files: Files) -> None:
    for name, content in files.items():
        for at in {0, len(content) // 2, len(content) - 1}:
            changed = bytearray(content)
            changed[at] ^= 1
            report = verify(packed(tmp_path, {**files, name: bytes(changed)}))
            assert not report.sound, (name, at)


async def test_what_is_missing_or_added_is_named(tmp_path: Path, files: Files) -> None:
    fewer = {name: content for name, content in files.items() if name != "data/contact.csv"}
    assert problems(verify(packed(tmp_path, fewer))) == {("missing_file", "data/contact.csv")}
    more = {**files, "data/extra.json": b"[]"}
    assert problems(verify(packed(tmp_path, more))) == {("extra_file", "data/extra.json")}
    for name in ("manifest.json", "manifest.sig"):
        without = {each: content for each, content in files.items() if each != name}
        assert problems(verify(packed(tmp_path, without))) == {("missing_file", name)}


async def test_a_strangers_signature_is_known_from_ours(house: Installation, tmp_path: Path, files: Files) -> None:
    path = packed(tmp_path, signed_by_a_stranger(files))
    assert verify(path).sound, "by its own key; whoever asks with ours hears the truth"
    assert problems(verify(path, house.signer.public_key)) == {("other_key", "manifest.json")}


@pytest.mark.parametrize(
    "name", ["../evil.json", "/etc/passwd", "data/../../evil.json", "data\\evil.json", "C:evil.json", "data/",
             "a\nb.json", "data/deep/er.json", ".hidden.json", "data/é.json", "con", "data/x.json\x00.exe"]
)  # fmt: skip
async def test_a_name_that_leads_out_is_refused(tmp_path: Path, files: Files, name: str) -> None:
    path = packed(tmp_path, files)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, b"[]")
    (finding,) = verify(path).findings
    assert finding.problem in {"unfit_name", "not_a_readable_archive"}
    assert "\n" not in finding.file


async def test_links_doubled_and_encrypted_files_are_refused(tmp_path: Path, files: Files) -> None:
    link = zipfile.ZipInfo("data/link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = packed(tmp_path, files)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert problems(verify(path)) == {("unfit_file", "data/link.json")}
    path = packed(tmp_path, files, "doubled.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("index.html", b"other")
    assert {problem for problem, _ in problems(verify(path))} == {"doubled_file"}
    path = packed(tmp_path, files, "encrypted.zip")
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(bytes(content))
    assert {problem for problem, _ in problems(verify(path))} == {"unfit_file"}


async def test_a_bomb_is_refused_before_it_unpacks(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = b"0" * (64 << 20)
    path = packed(tmp_path, {**files, "data/bomb.json": bomb})
    assert path.stat().st_size < 1 << 20
    read: list[str] = []
    real = zipfile.ZipFile.open

    def watched(self: zipfile.ZipFile, name: zipfile.ZipInfo, *more: object, **options: object) -> object:
        read.append(name.filename)
        return real(self, name, *more, **options)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(zipfile.ZipFile, "open", watched)
    assert problems(verify(path)) == {("extra_file", "data/bomb.json")}
    assert "data/bomb.json" not in read
    entry = {"file": "data/bomb.json", "rows": 0, "bytes": 10, "sha256": "0" * 64}
    told = json.loads(files["manifest.json"])["files"]
    path = packed(tmp_path, signed_by_a_stranger({**files, "data/bomb.json": bomb}, files=[*told, entry]))
    read.clear()  # writing opens, too
    assert problems(verify(path)) == {("other_size", "data/bomb.json")}
    assert "data/bomb.json" not in read


async def test_a_directory_that_lies_about_a_size_is_found(tmp_path: Path, files: Files) -> None:
    """The size in the directory is what the manifest says, and more comes out."""
    entry = {"file": "data/bomb.json", "rows": 0, "bytes": 10, "sha256": "0" * 64}
    told = json.loads(files["manifest.json"])["files"]
    lying = signed_by_a_stranger(files, files=[*told, entry])
    rebuilt = packed(tmp_path, {**lying, "data/bomb.json": b"0" * 100_000}, "lying.zip")
    content = rebuilt.read_bytes()
    directory = content.rindex(b"data/bomb.json") - 46
    rebuilt.write_bytes(content[: directory + 24] + struct.pack("<I", 10) + content[directory + 28 :])
    assert problems(verify(rebuilt)) & {("damaged", "data/bomb.json"), ("other_content", "data/bomb.json")}


async def test_files_that_share_bytes_are_refused(tmp_path: Path, files: Files) -> None:
    path = packed(tmp_path, files)
    content = bytearray(path.read_bytes())
    entries = [at for at in range(len(content)) if content[at : at + 4] == b"PK\x01\x02"]
    first, second = entries[:2]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    path.write_bytes(bytes(content))
    assert {problem for problem, _ in problems(verify(path))} == {"files_inside_each_other"}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"}, {"version": 2}, {"files": "none"}, {"files": [1]}, {"files": [{"file": "x"}]},
        {"files": [{"file": "manifest.json", "bytes": 1, "sha256": ""}]}, {"rows": "many", "files": []},
        {"files": [{"file": "a.json", "bytes": 1 << 50, "sha256": ""}]},
    ],
)  # fmt: skip
async def test_a_manifest_of_nonsense_is_refused(tmp_path: Path, files: Files, change: dict[str, object]) -> None:
    assert not verify(packed(tmp_path, signed_by_a_stranger(files, **change))).sound


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_an_answer_and_no_fault(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.zip"
        path.write_bytes(content)
        assert not verify(path).sound


@given(st.data())
def test_a_bent_archive_is_an_answer_and_no_fault(data: st.DataObject) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b'{"files": []}')
        archive.writestr("manifest.sig", b"00")
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.zip"
        path.write_bytes(bytes(content))
        assert not verify(path).sound


def test_a_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert problems(verify(tmp_path / "none.zip")) == {("not_a_readable_archive", "")}


SOURCE = Path(verifier.__file__).read_text()


@pytest.mark.promise("ACR-13")
async def test_the_one_file_does_without_the_rest_of_us(house: Installation, tmp_path: Path, files: Files) -> None:
    """Copied elsewhere and started by itself, where `ringfence` can't be imported."""
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "verifier.py").write_text(SOURCE)
    path = packed(tmp_path, files)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(alone / "verifier.py"), str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone, timeout=60)

    assert "import ringfence" not in SOURCE
    assert "from ringfence" not in SOURCE
    said = run("--key", house.signer.public_key)
    assert (said.returncode, said.stdout[:6]) == (0, "sound:")
    told = json.loads(run("--format", "json").stdout)
    assert (told["sound"], told["trusted"]) == (True, False)
    path.write_bytes(path.read_bytes()[:-10])
    said = run()
    assert (said.returncode, said.stdout.splitlines()[0]) == (1, "NOT SOUND")
