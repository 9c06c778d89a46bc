"""Record the cassettes again: the client calls the running mock over a socket, and vcrpy records the exchanges.

    python tests/record_cassettes.py

Each operation is recorded with a success for every documented example of its body, and with each documented error
status. Credentials are scrubbed before anything is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vcr

from dynclient import Client, Options
from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.catalog.shelves import apis
from dynclient.mock.server import Mock
from dynclient.opening import load
from dynclient.schema.maker import documented
from dynclient.security.scheme import security_schemes

FOLDER = Path(__file__).parent.parent / "cassettes"
PORT = 18080
ARGUMENTS = {"retailUnit": "no", "checkoutId": "00000000-0000-4000-8000-000000000001", "zipcode": "00123"}
CREDENTIALS = {"Client-Id": "fake-client-id", "BearerAuth": "fake-token", "application": "fake-application-id"}


def record(api: str, folder: Path, port: int = PORT) -> list[Path]:
    """Record the cassettes of one API, and return their files.

    Args:
        api: The API's name in the catalog.
        folder: The folder for the cassettes; existing ones are replaced.
        port: The port of the mock; always the same, so that recordings can be compared.
    """
    document = load(api)
    schemes = security_schemes(document)
    scrubbed = [(scheme.carrier[1], "REDACTED") for scheme in schemes.values()]
    recorder = vcr.VCR(
        record_mode=vcr.mode.ALL,
        filter_headers=scrubbed,
        before_record_response=_without_server_fields,
        serializer="yaml",
    )
    files = []
    with Mock(document, port=port, judge="openapi-core") as mock:
        # what a transport offers depends on the libraries that are installed beside it
        options = Options(server=mock.url, retries=0, headers={"Accept-Encoding": "gzip, deflate"})
        auth = {name: CREDENTIALS[name] for name in schemes}
        with Client(api, auth=auth, options=options, transport="requests") as client:
            for name, operation, body, prefer in cases(client):
                path = folder / f"{name}.yaml"
                path.unlink(missing_ok=True)
                with recorder.use_cassette(str(path)):
                    arguments = {p.wire.name: _argument(operation, p.wire.name) for p in operation.parameters}
                    client.with_options(headers=prefer).send(operation.id, arguments, body)
                files.append(path)
    return files


def cases(client: Client) -> Iterator[tuple[str, Operation, Any, dict[str, str]]]:
    """Yield the name of each cassette, the operation, the body, and the Prefer header."""
    for operation in client.operations.operations:
        contents = operation.body.contents if operation.body else ()
        bodies = documented(operation.document, contents[0].node) if contents else {"": MISSING}
        success = next(status for status in operation.replies if status.startswith("2"))
        for example, body in bodies.items():
            yield "-".join(filter(None, (operation.python_name, success, example))), operation, body, {}
        first = next(iter(bodies.values()))
        for status in operation.replies:
            if not status.startswith("2"):
                yield f"{operation.python_name}-{status}", operation, first, {"Prefer": f"code={status}"}


def _argument(operation: Operation, name: str) -> Any:
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    node = next(
        p for p in operation.node.child("parameters").items() if operation.document.follow(p).get("name") == name
    )
    content = next(iter(dict(operation.document.follow(node).child("content").children()).values()))
    return next(iter(documented(operation.document, content).values()))


def _without_server_fields(response: dict[str, Any]) -> dict[str, Any]:
    """Remove fields that change with every recording."""
    for name in ("Date", "Server"):
        response["headers"].pop(name, None)
    return response


def main() -> int:
    """Record everything, and return the exit code."""
    for api in apis():
        for path in record(api, FOLDER / api):
            sys.stdout.write(f"{path.relative_to(FOLDER.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
