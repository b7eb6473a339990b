import shutil
from pathlib import Path

from tests.architecture.locks import FILES, ROOT, out_of_step


def test_what_is_asked_for_is_what_is_locked() -> None:
    assert out_of_step() == []


def test_a_changed_hash_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    for name in ("pyproject.toml", "uv.lock", *FILES):
        shutil.copy(ROOT / name, tmp_path / name)
    lock = tmp_path / "requirements.lock"
    text = lock.read_text()
    at = text.index("sha256:") + len("sha256:")
    lock.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
    assert any("differs from uv.lock" in line for line in out_of_step(tmp_path))


def test_running_needs_at_most_sixty_packages() -> None:
    """architecture.md section 8 counts them; growth is a decision."""
    assert (ROOT / "requirements.lock").read_text().count("==") <= 60
