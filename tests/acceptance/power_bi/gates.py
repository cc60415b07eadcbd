"""What a project has to pass: JSON schemas, Microsoft's parser and validator, our lints.

Microsoft's two are npm packages that only the tests use. They are installed by name into a folder
that later runs find again: SHOPWRIGHT_NODE_TOOLS, or one in the user's cache.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

SCHEMAS = (
    Path(__file__).resolve().parents[3].parent / "shared/reference/power-bi/json-schemas/fabric"
)
PACKAGES = ("@microsoft/powerbi-modeling-mcp@0.5.0-beta.13",
            "@microsoft/powerbi-report-authoring-cli@0.1.4")  # fmt: skip
_ADDRESS = "https://developer.microsoft.com/json-schemas/fabric/"


def node_tools() -> Path:
    """The folder with Microsoft's validators. Skips where there is no node or npm."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: Microsoft's validators need it")
    default = Path.home() / ".cache" / "shopwright-node-tools"
    folder = Path(os.environ.get("SHOPWRIGHT_NODE_TOOLS", default))
    folder.mkdir(parents=True, exist_ok=True)
    versions = "-".join(one.rsplit("@")[-1] for one in PACKAGES)
    done = folder / f"installed-{versions}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one run install once
        if not done.is_file():
            command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder]
            subprocess.run([*command, *PACKAGES], check=True, timeout=300)
            done.touch()
    return folder


def schema_faults(files: Mapping[str, str]) -> list[str]:
    """What the published JSON schemas refuse; files without a schema have no JSON of Power BI."""
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    if not SCHEMAS.is_dir():
        pytest.skip(f"the JSON schemas are not at {SCHEMAS}")

    def at(address: str) -> Resource[Any]:
        # By path and not by $id: eleven of the $ids are wrong.
        text = (SCHEMAS / address.removeprefix(_ADDRESS)).read_text(encoding="utf-8")
        content = json.loads(text)
        content["$id"] = address
        return Resource.from_contents(content, default_specification=DRAFT7)

    registry: Registry[Any] = Registry(retrieve=at)
    found = []
    for path, text in files.items():
        if not path.endswith((".json", ".pbir", ".pbism", ".pbip", ".platform")):
            continue
        content = json.loads(text)
        if isinstance(content, dict) and (address := content.get("$schema")):
            schema = registry.get_or_retrieve(address).value.contents
            errors = Draft7Validator(schema, registry=registry).iter_errors(content)
            found += [f"{path}: {one.json_path}: {one.message[:200]}" for one in errors]
    return found


def report_faults(folder: Path) -> list[str]:
    """What Microsoft's report validator refuses. It is told to fetch no schemas."""
    program = node_tools() / "node_modules/@microsoft/powerbi-report-authoring-cli/dist/cli.js"
    done = subprocess.run(
        ["node", program, "validate", "--no-schema", folder / "Shop.pbip"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    if "error" in answer:
        return [str(answer["error"])]
    diagnostics = answer["data"].get("diagnostics", {})
    return [f"{code}: {item['message']}" for code, one in diagnostics.items()
            for item in one["items"]]  # fmt: skip


class ModelParser:
    """Microsoft's own parser of TMDL, a server on its standard input. Close it."""

    def __init__(self) -> None:
        package = node_tools() / "node_modules/@microsoft/powerbi-modeling-mcp"
        self._process = subprocess.Popen(
            ["node", package / "index.js", "--start"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._number = 0
        self._ask("initialize", {
            "protocolVersion": "2025-03-26", "capabilities": {},
            "clientInfo": {"name": "shopwright-tests", "version": "1"},
        })  # fmt: skip
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def faults(self, folder: Path) -> list[str]:
        """What the parser refuses of a project's model; loaded, its tables are counted."""
        definition = folder / "Shop.SemanticModel" / "definition"
        answer = self._ask("tools/call", {
            "name": "connection_operations",
            "arguments": {"request": {"operation": "ConnectFolder", "folderPath": str(definition)}},
        })  # fmt: skip
        text = answer["content"][0]["text"]
        if answer.get("isError") or "Successfully loaded" not in text:
            return [text]
        tables = len(list((definition / "tables").glob("*.tmdl")))
        loaded = json.loads(text)["data"]["tablesLoaded"]
        return [] if loaded == tables else [f"{loaded} of {tables} tables were loaded"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        self._send(
            {"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters}
        )  # fmt: skip
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            message = json.loads(line)
            if message.get("id") == self._number:
                result: dict[str, Any] = message["result"]
                return result
        raise AssertionError("the parser of TMDL ended without an answer")


def put(files: Mapping[str, str], folder: Path) -> Path:
    """Writes a project as it is."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder
