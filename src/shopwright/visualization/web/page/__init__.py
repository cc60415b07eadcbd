"""The dashboard's page: what the server hands out, and the one file that a report is mailed as."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

_FOLDER = Path(__file__).parent
_SERVED = (".html", ".css", ".js", ".svg")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_LIBRARY = "echarts.min.js"
ENTRY = "app.js"
"""The module that imports the others."""

PAGE_FILES: Mapping[str, Path] = {
    path.name: path for path in sorted(_FOLDER.iterdir()) if path.suffix in _SERVED
}
"""By name, every file that the server may hand out."""


def self_contained(data: Mapping[str, object]) -> str:
    """The page as one HTML file that opens from disk and asks nobody for anything.

    `data` is what the page would otherwise ask the server for; `source.js` reads it.
    """
    scripts = [_read(_LIBRARY), one_script()]
    style = _read("app.css")
    html = re.sub(r"  <(link|script)[^>]*(href|src)=[^>]*>(</script>)?\n", "", _read("index.html"))
    head = "".join(
        [
            f'  <meta http-equiv="Content-Security-Policy" content="{_policy(scripts, style)}">\n',
            f'  <link rel="icon" href="data:image/svg+xml;base64,{_base64(_read("icon.svg"))}">\n',
            f"  <style>{style}</style>\n",
        ]
    )
    block = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    tail = "".join(
        [
            f'<script type="application/json" id="shopwright-data">{block}</script>\n',
            f"<script>{scripts[0]}</script>\n",
            f'<script type="module">{scripts[1]}</script>\n',
        ]
    )
    return html.replace("</head>", f"{head}</head>").replace("</body>", f"{tail}</body>")


def one_script() -> str:
    """The modules as one, each after those it imports: from disk a module cannot import another."""
    texts = {name: _read(name) for name in PAGE_FILES if name.endswith(".js") and name != _LIBRARY}
    order = TopologicalSorter({name: _IMPORT.findall(text) for name, text in texts.items()})
    return "".join(_EXPORT.sub("", _IMPORT.sub("", texts[name])) for name in order.static_order())


def _policy(scripts: list[str], style: str) -> str:
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'sha256-{_digest(style)}';"
        " img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _read(name: str) -> str:
    return PAGE_FILES[name].read_text(encoding="utf-8")
