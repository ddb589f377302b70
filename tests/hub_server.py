"""A loopback stand-in for the Hugging Face Hub, so that tests run the real `load_dataset`.

The library does all its own work (card, tree, download, parquet, cache) in a child process, since
it reads `HF_ENDPOINT` at its import. `HF_HOME` is to be a private folder: when `datasets` fails, it
falls back on any cached revision.
"""

import contextlib
import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

WIKITEXT_REVISION = "b08601e04326c79dfdd32d625aee71d232d685c3"
AG_NEWS_REVISION = "eb185aade064a813bc0b7f42de02595523103ca4"


@dataclass(frozen=True)
class HubRepo:
    """One dataset repository, frozen at the only commit that the server knows of it."""

    repo_id: str
    revision: str
    files: dict[str, bytes]


def repo_of(
    repo_id: str,
    splits: dict[str, list[dict[str, Any]]],
    classes: dict[str, Sequence[str]],
    config: str = "default",
    revision: str = AG_NEWS_REVISION,
    other_config: str | None = None,
) -> HubRepo:
    """Build a data set with these records (split -> rows), and the card that declares them.

    `load_dataset` fails on a parquet file that pyarrow wrote without rows: every split needs one.

    classes: the names of the labels 0, 1, ..., by column, where the card names them.
    other_config: another configuration, of the first rows alone: as on the Hub, a load without a
        configuration name is then refused, and a load of the wrong one is seen in its rows.
    """
    tables = {split: pa.Table.from_pylist(rows) for split, rows in splits.items()}
    features: list[dict[str, Any]] = []
    for column in next(iter(tables.values())).schema:
        kind: Any = str(column.type)
        if column.name in classes:
            names = {str(number): name for number, name in enumerate(classes[column.name])}
            kind = {"class_label": {"names": names}}
        features.append({"name": column.name, "dtype": kind})
    configs = {config: tables}
    if other_config:
        configs[other_config] = {split: table[:1] for split, table in tables.items()}
    files: dict[str, bytes] = {}
    about: dict[str, list[dict[str, Any]]] = {"dataset_info": [], "configs": []}
    for name, of_config in configs.items():
        for split, table in of_config.items():
            rows = io.BytesIO()
            pq.write_table(table, rows)
            files[f"{name}/{split}-00000-of-00001.parquet"] = rows.getvalue()
        paths = [{"split": split, "path": f"{name}/{split}-*"} for split in of_config]
        about["dataset_info"].append({"config_name": name, "features": features})
        about["configs"].append({"config_name": name, "data_files": paths})
    # JSON is YAML, too.
    files["README.md"] = f"---\n{json.dumps(about)}\n---\n# {repo_id}\n".encode()
    return HubRepo(repo_id, revision, files)


@dataclass(frozen=True)
class _Reply:
    """What the handler sends."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What a client asked; `token` is what it presents, empty without."""

    method: str
    target: str
    token: str


@dataclass(frozen=True)
class Disturbance:
    """What comes in place of an answer (a status), or becomes of it on its way."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    truncated: bool = False  # half of the body comes, then the connection is closed
    pause: float = 0.0  # seconds before each of 20 parts of the body


Disturb = Callable[[Request], Disturbance | None]


def _answer(repo: HubRepo, api: bool, verb: str, path: str) -> _Reply:
    """Return the answer of the Hub to a question about the commit of a repository."""
    if not api and path in repo.files:
        content = repo.files[path]
        headers = {"ETag": f'"{_digest(content)}"', "X-Repo-Commit": repo.revision}
        return _Reply(200, content, headers)
    folders = {name.rpartition("/")[0] for name in repo.files}
    if api and verb == "revision":
        files = [{"rfilename": name} for name in sorted(repo.files)]
        about = {"id": repo.repo_id, "sha": repo.revision, "siblings": files}
        return _Reply(200, json.dumps(about).encode())
    if api and verb == "tree" and path in folders:
        entries = []
        for name in sorted({*folders, *repo.files} - {""}):
            content = repo.files.get(name, b"")
            size = {"oid": _digest(content), "size": len(content)}
            kind = "file" if name in repo.files else "directory"
            if name.rpartition("/")[0] == path:
                entries.append({"type": kind, "path": name, **size})
        return _Reply(200, json.dumps(entries).encode())
    # By these headers `huggingface_hub` chooses what to raise.
    return _Reply(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repo.revision})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class HubServer:
    """Serves repositories on a free loopback port for as long as the `with` block lasts.

    `requests` keeps the path of each request.
    """

    def __init__(self, repos: Iterable[HubRepo], disturb: Disturb = lambda _: None) -> None:
        self.requests: list[str] = []
        self._disturb = disturb
        self._repos = {repo.repo_id: repo for repo in repos}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        # A short poll keeps leaving the block quick: shutdown waits for the next one.
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def endpoint(self) -> str:
        """The value for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, target: str) -> _Reply:
        """Route a request; what stands between two slashes is encoded."""
        self.requests.append(target)
        api, _, rest = urlsplit(target).path.partition("/datasets/")
        owner, name, verb, revision, *path = [unquote(part) for part in f"{rest}///".split("/")]
        repo = self._repos.get(f"{owner}/{name}")
        if repo is None or revision != repo.revision:
            return _Reply(404)
        return _answer(repo, api == "/api", verb, "/".join(path).strip("/"))

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        """Bind a handler to this server: `http.server` makes the objects, from a class."""
        answer, disturb = self._answer, self._disturb

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # the clients keep their connections
            disable_nagle_algorithm = True  # else a body may wait 40 ms for its headers' ACK

            def do_GET(self) -> None:
                reply = answer(self.path)
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                how = disturb(Request(self.command, self.path, token)) or Disturbance()
                if how.status is not None:
                    reply = _Reply(how.status, b"", how.headers)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self._send(reply.body, how)

            def _send(self, body: bytes, how: Disturbance) -> None:
                if how.truncated:
                    body, self.close_connection = body[: len(body) // 2], True
                step = max(1, -(-len(body) // 20)) if how.pause else max(1, len(body))
                with contextlib.suppress(OSError):  # a client that was killed reads no more
                    for first in range(0, len(body), step):
                        time.sleep(how.pause)
                        self.wfile.write(body[first : first + step])

            do_HEAD = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the tests' output quiet; `requests` is the log."""

        return Handler
