"""The config file: read, changed, written whole, unknown keys kept, mistakes named."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path

import pytest

from xlmeso.errors import ConfigurationError
from xlmeso.settings import (
    Profile,
    ServiceKind,
    Settings,
    config_dir,
    load_settings,
    save_settings,
    update_settings,
)
from xlmeso.wire.contract import Contract

FULL = """
default_profile = "desk"
theme = "dark"

[profiles.desk]
kind = "fund"
url = "https://portal.example.com"
contract = "seed"
colour = "blue"

[future]
numbers = [1, 2]
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XLMESO_HOME": str(tmp_path)}


def put(env: dict[str, str], text: str | bytes) -> Path:
    path = config_dir(env) / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_the_local_service_is_the_default(env) -> None:
    settings = load_settings(env)
    assert settings.default_profile == "local"
    assert list(settings.profiles) == ["local", "cloud", "fund"]
    assert settings == Settings()
    assert not config_dir(env).exists()


def test_a_file_adds_profiles_and_the_default(env) -> None:
    put(env, FULL)
    settings = load_settings(env)
    assert settings.default_profile == "desk"
    expected = Profile("desk", "https://portal.example.com", ServiceKind.FUND, Contract.SEED)
    assert settings.profile("desk") == expected


def test_a_profile_is_saved_and_read_again(env) -> None:
    cloud = Profile("cloud", "https://cloud.example.com", ServiceKind.CLOUD)
    path = save_settings(load_settings(env).with_profile(cloud).with_default("cloud"), env)
    assert load_settings(env).profile("cloud") == cloud
    assert load_settings(env).default_profile == "cloud"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["config.toml"]


def test_a_profile_may_lose_its_address(env) -> None:
    put(env, FULL)
    save_settings(load_settings(env).with_profile(Profile("desk")), env)
    assert load_settings(env).profile("desk").url is None


def test_what_this_version_does_not_know_is_kept(env) -> None:
    path = put(env, FULL)
    moved = Profile("desk", "https://new.example.com", ServiceKind.FUND, Contract.SEED)
    save_settings(load_settings(env).with_profile(moved), env)
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert document["theme"] == "dark"
    assert document["future"] == {"numbers": [1, 2]}
    assert document["profiles"]["desk"]["colour"] == "blue"
    assert document["profiles"]["desk"]["url"] == "https://new.example.com"


def test_changes_leave_the_settings_they_started_from(env) -> None:
    put(env, FULL)
    settings = load_settings(env)
    settings.with_profile(Profile("other", "https://o.example")).without_profile("desk")
    assert settings == load_settings(env)


def test_removing_a_profile_removes_it_as_default_too(env) -> None:
    put(env, FULL)
    settings = load_settings(env).without_profile("desk")
    assert "desk" not in settings.profiles
    assert settings.default_profile == "local"


def test_removing_a_built_in_profile_resets_it(env) -> None:
    settings = load_settings(env).with_profile(Profile("fund", "https://f.example"))
    assert settings.without_profile("fund").profile("fund").url is None


def test_an_unknown_profile_names_the_nearest(env) -> None:
    put(env, FULL)
    with pytest.raises(ConfigurationError, match="no profile 'dask'") as caught:
        load_settings(env).profile("dask")
    assert "Did you mean desk?" in (caught.value.cure or "")
    with pytest.raises(ConfigurationError):
        load_settings(env).with_default("dask")


def test_the_name_of_the_environments_profile_cannot_be_stored(env) -> None:
    with pytest.raises(ConfigurationError, match="XLMESO_URL"):
        load_settings(env).with_profile(Profile("environment", "https://e.example"))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("default_profile = ", "config.toml"),
        (b"\xff\xfe", "config.toml"),
        ("default_profile = 3", "config.toml"),
        ("profiles = 3", "config.toml"),
        ("profiles.x = 3", "config.toml"),
        ("profiles.x.url = 3", "config.toml"),
        ("profiles.x.kind = 'home'", "profiles.x.kind"),
        ("profiles.x.kind = []", "profiles.x.kind"),
        ("profiles.x.contract = 'old'", "profiles.x.contract"),
        ("profiles.x.url = 'http://portal.example.com'", "profiles.x"),
        ("profiles.'a b'.url = 'https://portal.example.com'", "profiles.a b"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(env, text, where) -> None:
    path = put(env, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(env)
    assert str(path) in str(caught.value)
    assert where in (caught.value.where or "")
    assert caught.value.cure


def test_a_byte_order_mark_is_no_mistake(env) -> None:
    put(env, b"\xef\xbb\xbf" + FULL.encode())
    assert load_settings(env).default_profile == "desk"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(env, monkeypatch) -> None:
    path = put(env, FULL)

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigurationError, match="in use"):
        save_settings(Settings(), env)
    assert path.read_text(encoding="utf-8") == FULL
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_updates_at_the_same_time_lose_nothing(env) -> None:
    def add(number: int) -> None:
        profile = Profile(f"p{number}", f"https://p{number}.example")
        update_settings(lambda settings: settings.with_profile(profile), env)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [name for name in load_settings(env).profiles if name.startswith("p")]
    assert sorted(stored) == [f"p{number}" for number in range(8)]


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    env = {"XLMESO_HOME": str(tmp_path / "file")}
    with pytest.raises(ConfigurationError) as caught:
        update_settings(lambda settings: settings, env)
    assert caught.value.cure
    with pytest.raises(ConfigurationError):
        save_settings(Settings(), env)
