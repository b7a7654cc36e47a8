"""The keyring of a real Linux desktop, without the desktop: D-Bus and the GNOME keyring.

Each test runs a script within a D-Bus session of its own whose keyring is unlocked and kept in
the test's home folder, so that nobody's real keyring is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.secretservice,
    pytest.mark.skipif(
        not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
        reason="needs dbus-run-session and gnome-keyring-daemon",
    ),
]

START = 'echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'

STORE = """
import sys
from xlmeso.settings import CredentialStore, Profile
store = CredentialStore()
print(store.describe())
steps = [("short", 40), ("long", 4000), ("long", 9000), ("shrunk", 9000), ("shrunk", 9)]
for name, length in steps:
    profile = Profile(name, "https://portal.example.com")
    store.set(profile, name[0] * length)
    assert store.get(profile).reveal() == name[0] * length, name
"""

FIND = """
from xlmeso.settings import CredentialStore, KeySource, Profile, find_api_key
profile = Profile("long", "https://portal.example.com")
key = find_api_key(profile, env={})
assert key.source is KeySource.KEYRING
assert key.reveal() == "l" * 9000
store = CredentialStore()
for name in ("short", "long", "shrunk"):
    profile = Profile(name, "https://portal.example.com")
    assert store.delete(profile)
    assert store.get(profile) is None
    assert not store.delete(profile)
"""

COUNT = """
import secretstorage
with secretstorage.dbus_init() as bus:
    items = secretstorage.get_default_collection(bus).get_all_items()
    labels = [item.get_label() for item in items]
print(sum("xlmeso" in label for label in labels))
"""


def in_session(home: Path, *scripts: str) -> str:
    """Run Python scripts one after another within one session and return what they print."""
    command = " && ".join(
        f'"{sys.executable}" -c "${number}"' for number in range(1, len(scripts) + 1)
    )
    kept = {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH"}
    env = {name: value for name, value in os.environ.items() if name in kept}
    env |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    result = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", START, "sh", "sh", "-c", command, "sh", *scripts],
        capture_output=True,
        text=True,
        env=env,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    (tmp_path / ".local" / "share" / "keyrings").mkdir(parents=True)
    return tmp_path


def test_keys_of_any_length_outlive_the_process_that_stored_them(home: Path) -> None:
    assert "SecretService" in in_session(home, STORE, FIND)


def test_deleting_the_keys_leaves_no_entry_behind(home: Path) -> None:
    stored, left = in_session(home, STORE, COUNT, FIND, COUNT).split()[-2:]
    # short and shrunk: one entry each; long: a manifest and eight parts of 1,200 characters.
    assert (int(stored), int(left)) == (11, 0)


def test_without_an_unlocked_keyring_reading_finds_nothing_and_storing_explains(home: Path) -> None:
    script = """
from xlmeso.errors import ConfigurationError
from xlmeso.settings import CredentialStore, Profile
profile = Profile("fund", "https://portal.example.com")
assert CredentialStore().get(profile) is None
try:
    CredentialStore().set(profile, "a-key")
except ConfigurationError as error:
    assert "XLMESO_API_KEY" in str(error) and "a-key" not in str(error)
    print("explained")
"""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=env,
        timeout=60,
        check=False,
    )
    assert (result.stdout, result.returncode) == ("explained\n", 0), result.stderr
