"""Style sheets and scripts: our own files, under the same policy as the pages."""

from typing import Final, final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ringfence.web.look.headers import HEADERS

__all__ = ["look_files", "own_files"]

_PACKAGE: Final = "ringfence.web.look"


@final
class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(Headers(HEADERS))
        response.headers["Cache-Control"] = "no-cache"  # may be kept, must be asked about: an update shows at once
        return response


def own_files(path: str, package: str) -> Mount:
    """The folder `static` of a face, under a path of its own."""
    return Mount(path, _Files(packages=[(package, "static")]))


def look_files() -> Mount:
    """What the pages of every face load, under /style. Each face adds it: the first one answers."""
    return own_files("/style", _PACKAGE)
