"""Folders: one variable moves all of them; without it the system's own places are used."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from xlmeso.settings import Profile, cache_dir, config_dir, data_dir, journal_path


def test_xlmeso_home_holds_every_folder(tmp_path: Path) -> None:
    env = {"XLMESO_HOME": str(tmp_path)}
    assert config_dir(env) == tmp_path / "config"
    assert data_dir(env) == tmp_path / "data"
    assert cache_dir(env) == tmp_path / "cache"


def test_without_a_home_the_systems_folders_are_used() -> None:
    for env in ({}, {"XLMESO_HOME": "  "}):
        assert config_dir(env) == Path(platformdirs.user_config_dir("xlmeso", appauthor=False))
        assert data_dir(env) == Path(platformdirs.user_data_dir("xlmeso", appauthor=False))
        assert cache_dir(env) == Path(platformdirs.user_cache_dir("xlmeso", appauthor=False))


def test_a_home_may_be_relative_or_begin_with_a_tilde(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_dir({"XLMESO_HOME": "here"}) == tmp_path / "here" / "data"
    assert data_dir({"XLMESO_HOME": "~/there"}) == Path.home() / "there" / "data"


def test_journals_differ_by_profile_and_address(tmp_path: Path) -> None:
    env = {"XLMESO_HOME": str(tmp_path)}
    first = journal_path(Profile("fund", "https://a.example"), env)
    second = journal_path(Profile("fund", "https://b.example"), env)
    assert first.parent == second.parent == tmp_path / "data" / "journal"
    assert first != second
    assert first.suffix == ".sqlite"
