"""The files of the page as the server hands them out: compressed once, sent where they are new."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from shopwright.visualization.web.page import ENTRY, PAGE_FILES, one_script


@dataclass(frozen=True)
class _Static:
    content: bytes
    compressed: bytes
    kind: str
    tag: str


def static_response(request: Request, name: str) -> Response:
    """The file, or that the browser has it already. Raises KeyError."""
    file = _static(name)
    headers = {"Cache-Control": "no-cache", "ETag": file.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.kind, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(file.compressed, media_type=file.kind, headers=headers)


@cache
def _static(name: str) -> _Static:
    """All modules come as the one that imports them: a browser asks for each after another."""
    content = one_script().encode() if name == ENTRY else PAGE_FILES[name].read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return _Static(content, gzip.compress(content, 6), kind, tag)
