"""Sign in, service, local service, doctor, about; and the boxes of a real Excel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from xlmeso.api import Client
from xlmeso.errors import ConfigurationError
from xlmeso.excel.background_service import ensure_local_service, find_local_service
from xlmeso.excel.dialogs import BadAnswerError, CancelledByUserError, choose
from xlmeso.excel.excel_dialogs import ExcelDialogs
from xlmeso.settings import load_settings, update_settings
from xlmeso.settings.profiles import Profile, ServiceKind


class Keys(KeyringBackend):
    """A keyring in memory that counts as a safe one."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def keys() -> Any:
    before, mine = keyring.get_keyring(), Keys()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def unsigned(open_desk: Callable[[Path | None], Any]) -> Any:
    return open_desk(None)


def test_sign_in_stores_a_good_key_and_nobody_sees_it(
    unsigned: Any, service: Any, key: str, keys: Keys, tmp_path: Path
) -> None:
    unsigned.person.secret = f" {key} "
    text = unsigned.press("sign_in", "desk", service.url)
    assert "stored under the profile 'desk'" in text
    assert "good until" in text
    assert any(key in kept for kept in keys.kept.values())
    assert "Submitted" in unsigned.press("submit")
    for said in (text, *unsigned.person.asked, str(unsigned.contents())):
        assert key not in said
    unsigned.book.save(str(tmp_path / "saved.xlsx"))
    assert key.encode() not in (tmp_path / "saved.xlsx").read_bytes()


def test_sign_in_with_a_key_that_the_service_refuses_stores_nothing(
    unsigned: Any, service: Any, keys: Keys
) -> None:
    unsigned.person.secret = "no-such-key-0123456789"
    text = unsigned.press("sign_in", "desk", service.url)
    assert "no-such-key" not in text
    assert "MesoSim > Sign in" in text
    assert keys.kept == {}
    assert "desk" not in load_settings().profiles


@pytest.mark.parametrize(
    ("answers", "secret"), [((None,), "k"), (("desk", None), "k"), (("desk", "https://x.y"), None)]
)
def test_sign_in_that_is_given_up_says_nothing(
    unsigned: Any, keys: Keys, answers: tuple[Any, ...], secret: str | None
) -> None:
    unsigned.person.secret = secret
    unsigned.press_quietly("sign_in", *answers)
    assert keys.kept == {}


def test_the_local_service_needs_no_sign_in(unsigned: Any) -> None:
    assert "needs no sign-in" in unsigned.press("sign_in", "local")


def test_service_is_chosen_by_number_or_name(unsigned: Any) -> None:
    profile = Profile("desk", "https://desk.example", ServiceKind.FUND)
    update_settings(lambda current: current.with_profile(profile))
    names = list(load_settings().profiles)
    text = unsigned.press("choose_service", str(names.index("desk") + 1))
    assert "'desk' is in use now (https://desk.example)" in text
    assert load_settings().default_profile == "desk"
    unsigned.press("choose_service", "LOC")
    assert load_settings().default_profile == "local"
    assert "none of the choices" in unsigned.press("choose_service", "nowhere")
    assert load_settings().default_profile == "local"


def test_environment_that_goes_before_the_choice_is_told(desk: Any) -> None:
    assert "XLMESO_URL goes before it" in desk.press("choose_service", "local")


def test_local_service_is_started_for_submit_and_outlives_the_macro(unsigned: Any) -> None:
    assert find_local_service() is None
    text = unsigned.press("submit")
    running = find_local_service()
    assert running is not None
    try:
        assert "local service" in text
        assert running.url in unsigned.press("local_service", False)
    finally:
        assert unsigned.press("local_service", True) == "The local service was stopped."
    assert find_local_service() is None
    assert unsigned.runs()[0]["Service"] == "local service"


def test_local_service_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = SimpleNamespace(poll=lambda: 4)
    monkeypatch.setattr("xlmeso.excel.background_service._start", lambda _env: ended)
    with pytest.raises(ConfigurationError, match="did not start"):
        ensure_local_service(lambda _text: None)


def test_doctor_lists_what_is_wrong_with_its_cure(desk: Any) -> None:
    text = desk.press("doctor")
    assert "checks are in order" in text
    assert "Traceback" not in text


def test_about_names_versions_and_service(desk: Any, service: Any) -> None:
    text = desk.press("about")
    assert "xlmeso " in text
    assert sys.executable in text
    assert service.url.removeprefix("http://") in text


def test_choose_takes_numbers_names_and_beginnings() -> None:
    choices = {"Soft": "", "Details": "", "Full": ""}

    def answered(text: str | None) -> str:
        return choose(SimpleNamespace(ask=lambda *_: text), "t", "q", choices)  # type: ignore[arg-type]

    assert [answered(text) for text in ("2", "full", "d")] == ["Details", "Full", "Details"]
    for wrong in ("0", "4", "x"):
        with pytest.raises(BadAnswerError, match="none of the choices"):
            answered(wrong)
    for nothing in (None, "", "  "):
        with pytest.raises(CancelledByUserError):
            answered(nothing)


def excel(**native: Any) -> tuple[ExcelDialogs, list[Any]]:
    """Make the dialogs of an app whose native boxes answer as given."""
    shown: list[Any] = []

    def alert(text: str, **options: Any) -> str:
        shown.append((text, options))
        return str(native.get("alert", "ok"))

    api = SimpleNamespace(**{name: answer for name, answer in native.items() if name != "alert"})
    app: Any = SimpleNamespace(alert=alert, api=api)
    return ExcelDialogs(app), shown


@pytest.mark.skipif(sys.platform == "darwin", reason="Excel's own boxes are those of Windows")
def test_boxes_of_excel_on_windows() -> None:
    asked: list[Any] = []

    def box(answer: Any) -> Callable[..., Any]:
        return lambda *arguments: (asked.append(arguments), answer)[1]

    dialogs, shown = excel(
        alert="yes", InputBox=box("short"), GetOpenFilename=box(r"C:\a.json"),
        GetSaveAsFilename=box(False),
    )  # fmt: skip
    dialogs.tell("T", "text", critical=True)
    assert dialogs.confirm("T", "sure?")
    assert [options["buttons"] for _, options in shown] == ["ok", "yes_no"]
    assert dialogs.ask("T", "q" * 400, "d") == "short"
    assert asked[0] == ("q" * 250, "T", "d")
    assert dialogs.open_file("T", ".json") == Path(r"C:\a.json")
    assert dialogs.save_file("T", "a.json") is None
    assert excel(InputBox=box(False))[0].ask("T", "q") is None
    assert not excel(alert="no")[0].confirm("T", "q")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has its boxes")
def test_where_there_is_no_screen_nobody_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="nobody can be asked"):
        excel()[0].ask("T", "q")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS asks in its own way")
def test_key_is_typed_into_a_masked_window(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    window = SimpleNamespace(
        withdraw=lambda: None, attributes=lambda *_: None, destroy=lambda: seen.update(closed=True)
    )
    tkinter, simpledialog = ModuleType("tkinter"), ModuleType("tkinter.simpledialog")
    tkinter.Tk = lambda: window  # type: ignore[attr-defined]
    tkinter.simpledialog = simpledialog  # type: ignore[attr-defined]
    simpledialog.askstring = (  # type: ignore[attr-defined]
        lambda title, text, **options: (seen.update(options), "the key")[1]
    )
    monkeypatch.setitem(sys.modules, "tkinter", tkinter)
    monkeypatch.setitem(sys.modules, "tkinter.simpledialog", simpledialog)
    assert excel()[0].ask_secret("T", "API key") == "the key"
    assert seen["show"] == "*"
    assert seen["closed"]
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(ConfigurationError, match="xlmeso login"):
        excel()[0].ask_secret("T", "API key")


def test_signed_in_service_answers(desk: Any, client: Client) -> None:
    desk.press("submit")
    assert client.backtests.status(desk.runs()[0]["Id"]).created_at is not None
