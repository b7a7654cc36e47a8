"""Which profile is used: argument, XLMESO_URL, XLMESO_PROFILE, config file, local service."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlmeso.errors import ConfigurationError
from xlmeso.settings import Profile, ServiceKind, Settings, resolve_profile, save_settings

FUND = Profile("fund", "https://fund.example.com")
DESK = Profile("desk", "https://desk.example.com")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "user"
    home.mkdir()
    env = {"XLMESO_HOME": str(tmp_path), "HOME": str(home), "USERPROFILE": str(home)}
    settings = Settings().with_profile(FUND).with_profile(DESK).with_default("desk")
    save_settings(settings, env)
    return env


def test_nothing_said_means_the_local_service(tmp_path: Path) -> None:
    profile = resolve_profile(None, {"XLMESO_HOME": str(tmp_path)})
    assert (profile.name, profile.url, profile.kind) == ("local", None, ServiceKind.LOCAL)


def test_the_order_of_the_sources(env) -> None:
    assert resolve_profile(None, env) == DESK
    env["XLMESO_PROFILE"] = "fund"
    assert resolve_profile(None, env) == FUND
    env["XLMESO_URL"] = "https://other.example.com/"
    assert resolve_profile(None, env).url == "https://other.example.com"
    assert resolve_profile("desk", env) == DESK


def test_blank_variables_count_as_unset(env) -> None:
    assert resolve_profile(None, {**env, "XLMESO_PROFILE": " ", "XLMESO_URL": ""}) == DESK


@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://127.0.0.1:8765", ServiceKind.LOCAL), ("https://x.example", ServiceKind.FUND)],
)
def test_a_url_in_the_environment_makes_a_profile_without_any_file(url, kind) -> None:
    for name in (None, "environment"):
        assert resolve_profile(name, {"XLMESO_URL": url}) == Profile("environment", url, kind)


def test_an_unusable_url_in_the_environment_is_named(env) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_profile(None, {"XLMESO_URL": "http://portal.example.com"})
    assert caught.value.where == "XLMESO_URL"


def test_an_unknown_profile_is_refused(env) -> None:
    with pytest.raises(ConfigurationError, match="no profile 'nobody'"):
        resolve_profile("nobody", env)
    with pytest.raises(ConfigurationError, match="no profile 'environment'"):
        resolve_profile("environment", env)


def test_a_profile_without_an_address_says_how_to_give_it_one(env) -> None:
    with pytest.raises(ConfigurationError, match="no address") as caught:
        resolve_profile("cloud", env)
    assert "xlmeso login --profile cloud --url" in (caught.value.cure or "")


def test_a_profile_without_an_address_takes_the_home_files(env) -> None:
    Path(env["HOME"], ".env.mesosim").write_text(
        "MESOSIM_INSTANCE=https://portal.example.com/\nMESOSIM_API_KEY=abc\n", encoding="utf-8"
    )
    assert resolve_profile("cloud", env).url == "https://portal.example.com"
    assert resolve_profile("fund", env) == FUND
    assert resolve_profile("local", env).url is None
