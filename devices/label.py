"""A label to stick on a device: a QR code, and the name in plain letters beside it."""

import html
import io
from pathlib import Path
from typing import Final

import segno

from devices.claims import Claim

#: Millimetres; a common address label.
_WIDTH, _HEIGHT, _QR = 89, 36, 32
_LINES: Final = ((10, 5), (19, 4), (26, 3.2), (32, 3.2))
_LONGEST: Final = 26


def svg(claim: Claim, link: str) -> str:
    """Return the label as a drawing of its size in print, in black on white."""
    code = segno.make(link, error="m", micro=False)
    side, _ = code.symbol_size(border=2)
    path = code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None, light="#fff")
    inner = path[path.index(">") + 1 : path.rindex("</svg>")]
    texts = (_cut(claim.device_id), "Hemvakt", claim.code, f"{claim.until_at:%Y-%m-%d}")
    lines = "".join(
        f'<text x="{_QR + 4}" y="{y}" font-family="sans-serif" font-size="{size}">{html.escape(text)}</text>'
        for text, (y, size) in zip(texts, _LINES, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}mm" height="{_HEIGHT}mm"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{html.escape(claim.device_id)}</title>'
        f'<path fill="#fff" d="M0 0h{_WIDTH}v{_HEIGHT}H0z"/>'
        f'<svg x="2" y="2" width="{_QR}" height="{_QR}" viewBox="0 0 {side} {side}">{inner}</svg>{lines}</svg>'
    )


def png(link: str) -> bytes:
    """Return the QR code alone as a picture, for printers that set the text themselves."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def write(path: Path, content: str | bytes) -> None:
    """Write a label that only its owner can read: it holds a code that is good until it is used."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
