"""QR codes of provisioning links."""

import io

import segno

__all__ = ["png", "svg"]

_SCALE = 6  # pixels a module: 33 modules and the quiet zone make about 250 pixels, a hand's breadth on a screen


def svg(url: str) -> str:
    """An `<svg>` element to be put into a page or a file."""
    out = io.BytesIO()
    segno.make(url, micro=False).save(out, kind="svg", xmldecl=False, scale=_SCALE)
    return out.getvalue().decode("utf-8").strip()


def png(url: str) -> bytes:
    """A PNG file."""
    out = io.BytesIO()
    segno.make(url, micro=False).save(out, kind="png", scale=_SCALE)
    return out.getvalue()
