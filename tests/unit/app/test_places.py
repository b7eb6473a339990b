"""What lies in the data folder is its owner's alone."""

import stat
from pathlib import Path

from ringfence.app.kernel import Places


def test_folders_are_for_the_owner_alone_even_those_that_were_made_for_all(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    places = Places(data)
    places.make()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.iterdir())}
    assert modes == {"data": 0o700, "keys": 0o700, "backups": 0o700, "lock": 0o600}
