"""Keys: who gets in, who does not, and what the secret's file looks like."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import jwt
import pytest

from xlmeso.errors import ConfigurationError
from xlmeso.simulator.auth import SECRET_FILE, KeyIssuer, local_api_key
from xlmeso.simulator.problem_details import RefusedError

YEAR = 365 * 24 * 3600


def forged(data: Path, *, algorithm: str = "HS256", **changes: Any) -> str:
    """Sign claims of our own with the folder's secret; None as a value leaves a claim out."""
    claims = jwt.decode(local_api_key(data), options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    secret = None if algorithm == "none" else (data / SECRET_FILE).read_text().strip()
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_a_key_tells_its_user(tmp_path: Path) -> None:
    issuer = KeyIssuer(tmp_path)
    assert issuer.user_of(f"Bearer {issuer.issue('ann')}") == "ann"
    assert issuer.user_of(f"bearer  {issuer.issue('bob')} ") == "bob"


def test_a_key_lives_one_year(tmp_path: Path) -> None:
    key = KeyIssuer(tmp_path, clock=lambda: 1_700_000_000.9).issue("ann")
    claims = jwt.decode(key, options={"verify_signature": False})
    assert claims["iat"] == 1_700_000_000
    assert claims["exp"] == 1_700_000_000 + YEAR
    assert jwt.get_unverified_header(key)["alg"] == "HS256"


def test_keys_of_one_folder_outlive_the_service(tmp_path: Path) -> None:
    key = local_api_key(tmp_path)
    assert KeyIssuer(tmp_path).user_of(f"Bearer {key}") == "local"


def bad_headers(data: Path, other: Path) -> dict[str, str | None]:
    good = local_api_key(data)
    head, payload, signature = good.split(".")
    return {
        "missing": None,
        "empty": "",
        "no scheme": good,
        "basic": f"Basic {good}",
        "no token": "Bearer ",
        "rubbish": "Bearer abc",
        "not ascii": "Bearer schlüssel",
        "too long": "Bearer " + "a" * 5000,
        "unsigned": f"Bearer {head}.{payload}.",
        "changed payload": f"Bearer {head}.{payload[:-4]}AAAA.{signature}",
        "other folder": f"Bearer {local_api_key(other)}",
        "alg none": f"Bearer {forged(data, algorithm='none')}",
        "alg HS512": f"Bearer {forged(data, algorithm='HS512')}",
        "expired": f"Bearer {KeyIssuer(data).issue('local', lifetime=-60)}",
        "no expiry": f"Bearer {forged(data, exp=None)}",
        "no user": f"Bearer {forged(data, sub=None)}",
        "user no text": f"Bearer {forged(data, sub=7)}",
        "other audience": f"Bearer {forged(data, aud='somebody')}",
        "from the future": f"Bearer {forged(data, iat=4_000_000_000)}",
    }


def test_every_bad_key_gets_the_same_answer(tmp_path: Path) -> None:
    data, other = tmp_path / "a", tmp_path / "b"
    issuer = KeyIssuer(data)
    answers = set()
    for what, header in bad_headers(data, other).items():
        with pytest.raises(RefusedError) as caught:
            issuer.user_of(header)
        assert caught.value.status == 401, what
        answers.add((caught.value.code, str(caught.value), *caught.value.headers.items()))
    assert len(answers) == 1


@pytest.mark.parametrize("user", ["", "  ", "a\nb", "x" * 129])
def test_a_user_needs_a_plain_name(tmp_path: Path, user: str) -> None:
    with pytest.raises(ConfigurationError):
        KeyIssuer(tmp_path).issue(user)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are another matter there")
def test_only_the_owner_reads_the_secret(tmp_path: Path) -> None:
    data = tmp_path / "data"
    KeyIssuer(data)
    path = data / SECRET_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    KeyIssuer(data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    keys: list[str] = []
    start = threading.Barrier(8)

    def issue() -> None:
        start.wait()
        keys.append(local_api_key(tmp_path))

    threads = [threading.Thread(target=issue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issuer = KeyIssuer(tmp_path)
    assert [issuer.user_of(f"Bearer {key}") for key in keys] == ["local"] * 8
    assert not list(tmp_path.glob("*.tmp"))


def test_a_damaged_secret_is_named_and_not_used(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text("short")
    with pytest.raises(ConfigurationError, match="damaged") as caught:
        KeyIssuer(tmp_path)
    assert SECRET_FILE in str(caught.value.where)


def test_the_secret_is_in_no_repr(tmp_path: Path) -> None:
    issuer = KeyIssuer(tmp_path)
    assert (tmp_path / SECRET_FILE).read_text() not in repr(issuer)
