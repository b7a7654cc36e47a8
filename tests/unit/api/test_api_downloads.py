from __future__ import annotations

import gzip
import io
import os
import socket
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from xlmeso.api import downloads
from xlmeso.errors import DecodingError, NotFoundError, TransportError, WorkbookError

OLD = b"what was there before"
EVENTS = b'[{"EventType":"Start"},\n {"EventType":"Finish"}]\n'
CSV = b"Time,NAV\n2021-01-04,1\n"


def zipped(text: bytes = b"a,b\n1,2\n") -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("data.csv", (2026, 1, 1, 0, 0, 0))
        archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    return memory.getvalue()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "result.dat"
    target.write_bytes(OLD)
    return target


def untouched(target: Path) -> bool:
    """Whether the target is as it was and nothing else is left beside it."""
    return target.read_bytes() == OLD and list(target.parent.iterdir()) == [target]


def fetch(client: Any, kind: str, target: Path) -> Path:
    resource = {"json": client.events, "csv": client.navs, "zip": client.external_data}[kind]
    return resource.download("b1", target)


BODIES = {"json": EVENTS, "csv": CSV, "zip": zipped()}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_download_replaces_the_target_with_the_plain_body(
    service, client, reply, target, kind, encoding
) -> None:
    body = gzip.compress(BODIES[kind], mtime=0) if encoding else BODIES[kind]
    service.replies(reply(200, body, Content_Encoding=encoding))
    assert fetch(client, kind, target) == target
    assert target.read_bytes() == BODIES[kind]
    assert list(target.parent.iterdir()) == [target]


def test_a_large_body_goes_through_in_pieces(service, client, reply, target) -> None:
    body = b"[" + b"1234567," * 400_000 + b"0]"
    service.replies(reply(200, body))
    client.events.download("b1", str(target))
    assert target.read_bytes() == body


def cut(body: bytes, announced: int) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(announced))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    return answer


@pytest.mark.parametrize("kind", BODIES)
def test_a_cut_download_leaves_the_target_untouched(service, single, target, kind) -> None:
    service.answer = cut(BODIES[kind][:-5], len(BODIES[kind]))
    with pytest.raises(TransportError, match="cut short"):
        fetch(single, kind, target)
    assert untouched(target)


def test_a_cut_download_is_tried_again(service, client, reply, target) -> None:
    service.replies(cut(EVENTS[:10], len(EVENTS)), reply(200, EVENTS))
    client.events.download("b1", target)
    assert target.read_bytes() == EVENTS
    assert len(service.received) == 2


def test_a_chunked_body_without_its_end_leaves_the_target_untouched(
    service, single, target
) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(EVENTS), EVENTS))
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    service.answer = answer
    with pytest.raises(TransportError):
        single.events.download("b1", target)
    assert untouched(target)


DAMAGED = bytearray(gzip.compress(EVENTS * 20, mtime=0))
DAMAGED[20] ^= 0xFF


@pytest.mark.parametrize(
    ("kind", "body", "encoding"),
    [
        ("json", bytes(DAMAGED), "gzip"),
        ("json", b"<html>Sign in</html>", ""),
        ("json", b"", ""),
        ("json", b'{"title":"x"}', ""),
        ("json", EVENTS[:-5], ""),
        ("csv", b"<html>Sign in</html>", ""),
        ("csv", b"", ""),
        ("csv", b'{"title":"x"}', ""),
        ("csv", zipped(), ""),
        ("zip", b"<html>Sign in</html>", ""),
        ("zip", b"", ""),
        ("zip", zipped()[:-30], ""),
        ("zip", zipped(b"x" * 500).replace(b"data.csv", b"atad.csv", 1), ""),
    ],
)
def test_a_body_of_another_kind_leaves_the_target_untouched(
    service, client, reply, target, kind, body, encoding
) -> None:
    service.replies(reply(200, body, Content_Encoding=encoding))
    with pytest.raises(DecodingError):
        fetch(client, kind, target)
    assert untouched(target)
    assert len(service.received) == 1


def test_a_zip_with_a_wrong_check_sum_is_refused(service, client, reply, target) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("data.csv", b"content-of-the-file")
    body = memory.getvalue().replace(b"content-of", b"tnetnoc-of")
    service.replies(reply(200, body))
    with pytest.raises(DecodingError, match="damaged ZIP"):
        client.external_data.download("b1", target)
    assert untouched(target)


def test_a_refusal_leaves_the_target_untouched(service, client, reply, target) -> None:
    service.replies(reply(404, b'{"detail":"no external data"}'))
    with pytest.raises(NotFoundError, match="no external data"):
        client.external_data.download("b1", target)
    assert untouched(target)


def test_a_path_that_cannot_be_written_is_refused_before_anything_is_sent(
    service, client, tmp_path
) -> None:
    with pytest.raises(WorkbookError, match="folder does not exist"):
        client.events.download("b1", tmp_path / "missing" / "x.json")
    with pytest.raises(WorkbookError, match="a folder has this name"):
        client.events.download("b1", tmp_path)
    assert service.received == []


def test_a_full_disk_is_a_file_error_and_not_retried(
    service, client, reply, target, monkeypatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    service.replies(reply(200, EVENTS))
    with pytest.raises(WorkbookError, match="No space left on device") as caught:
        client.events.download("b1", target)
    assert caught.value.where == str(target)
    assert len(service.received) == 1
    monkeypatch.undo()
    assert untouched(target)


def test_an_interruption_leaves_nothing_behind(service, client, reply, target, monkeypatch) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlmeso.api.events.check_json_list", interrupt)
    service.replies(reply(200, EVENTS))
    with pytest.raises(KeyboardInterrupt):
        client.events.download("b1", target)
    assert untouched(target)


def test_bytes_reach_the_disk_before_the_name_changes(
    service, client, reply, target, monkeypatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: order.append("fsync"))
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda part, to: (order.append("replace"), replace(part, to))[1]
    )
    service.replies(reply(200, EVENTS))
    client.events.download("b1", target)
    assert order == ["fsync", "replace"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_new_file_has_the_permissions_of_the_folder_users_expect(tmp_path) -> None:
    usual = tmp_path / "usual"
    usual.write_bytes(b"")
    saved = downloads.save([b"[]"], tmp_path / "new", downloads.check_json_list)
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
