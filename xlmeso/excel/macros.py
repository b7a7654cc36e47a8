"""The buttons of the ribbon: one function each, without arguments.

VBA calls them by name through xlwings, on the book in front.  Each shows at most one message box
at its end and leaves Excel as it found it (`xlmeso.excel.macro_frame`).  Nothing here is slow to
import: a button loads what it needs.
"""

from __future__ import annotations

from xlmeso.excel.macro_frame import Session, macro

__all__ = [
    "about",
    "cancel",
    "check_formulas",
    "choose_service",
    "compare",
    "convert_old",
    "delete",
    "doctor",
    "export_report",
    "export_strategy",
    "freeze",
    "functions_help",
    "import_strategy",
    "local_service",
    "new_from_template",
    "refresh_selection",
    "refresh_sheet",
    "refresh_workbook",
    "share",
    "show_analytics",
    "show_events",
    "show_nav",
    "show_tearsheet",
    "show_trades",
    "sign_in",
    "submit",
    "sweep",
    "unfreeze",
    "unshare",
    "usage",
    "validate",
]


@macro("Sign in")
def sign_in(session: Session) -> str | None:
    """Store the API key of a service in the keyring."""
    from xlmeso.excel import actions_account

    return actions_account.sign_in(session)


@macro("Service")
def choose_service(session: Session) -> str | None:
    """Choose the service that macros and formulas use."""
    from xlmeso.excel import actions_account

    return actions_account.choose_service(session)


@macro("Local service")
def local_service(session: Session) -> str | None:
    """Start or stop the service that ships with xlmeso."""
    from xlmeso.excel import actions_account

    return actions_account.local_service(session)


@macro("New from template")
def new_from_template(session: Session) -> str | None:
    """Add a strategy sheet made from a template."""
    from xlmeso.excel import actions_strategy

    return actions_strategy.new_from_template(session)


@macro("Import")
def import_strategy(session: Session) -> str | None:
    """Add a strategy sheet made from a file or a backtest."""
    from xlmeso.excel import actions_strategy

    return actions_strategy.import_strategy(session)


@macro("Convert v2")
def convert_old(session: Session) -> str | None:
    """Add a strategy sheet made from a file of version 1 or 2."""
    from xlmeso.excel import actions_migrate

    return actions_migrate.convert_old(session)


@macro("Export")
def export_strategy(session: Session) -> str | None:
    """Write the strategy in front to a file."""
    from xlmeso.excel import actions_strategy

    return actions_strategy.export_strategy(session)


@macro("Validate")
def validate(session: Session) -> str | None:
    """Check the strategy in front and mark its mistakes."""
    from xlmeso.excel import actions_strategy

    return actions_strategy.validate(session)


@macro("Submit")
def submit(session: Session) -> str | None:
    """Check the strategy in front and send it once."""
    from xlmeso.excel import actions_runs

    return actions_runs.submit(session)


@macro("Sweep")
def sweep(session: Session) -> str | None:
    """Add a Sweep sheet, or run the variants of the one there is."""
    from xlmeso.excel import actions_sweep

    return actions_sweep.sweep(session)


@macro("Refresh selection")
def refresh_selection(session: Session) -> str | None:
    """Ask again for the selected runs and formulas."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.refresh_selection(session)


@macro("Refresh sheet")
def refresh_sheet(session: Session) -> str | None:
    """Ask again for what the sheet in front shows."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.refresh_sheet(session)


@macro("Refresh workbook")
def refresh_workbook(session: Session) -> str | None:
    """Ask again for every open run and every formula of the book."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.refresh_workbook(session)


@macro("Cancel")
def cancel(session: Session) -> str | None:
    """Ask the service to stop the selected runs."""
    from xlmeso.excel import actions_runs

    return actions_runs.cancel(session)


@macro("Analytics")
def show_analytics(session: Session) -> str | None:
    """Fetch the figures of the run that is meant."""
    from xlmeso.excel import actions_results

    return actions_results.show(session, "Analytics")


@macro("Events")
def show_events(session: Session) -> str | None:
    """Fetch the blotter of the run that is meant."""
    from xlmeso.excel import actions_results

    return actions_results.show(session, "Events")


@macro("NAV")
def show_nav(session: Session) -> str | None:
    """Fetch the net asset value of the run that is meant."""
    from xlmeso.excel import actions_results

    return actions_results.show(session, "NAV")


@macro("Trades")
def show_trades(session: Session) -> str | None:
    """List the positions of the run that is meant."""
    from xlmeso.excel import actions_results

    return actions_results.show(session, "Trades")


@macro("Compare")
def compare(session: Session) -> str | None:
    """Put the selected runs side by side."""
    from xlmeso.excel import actions_results

    return actions_results.compare(session)


@macro("Tearsheet")
def show_tearsheet(session: Session) -> str | None:
    """Make a tear sheet of the run that is meant and open it."""
    from xlmeso.excel import actions_report

    actions_report.show_tearsheet(session)
    return None


@macro("Export report")
def export_report(session: Session) -> str | None:
    """Write the report of the selected runs to a workbook."""
    from xlmeso.excel import actions_report

    return actions_report.export_report(session)


@macro("Freeze")
def freeze(session: Session) -> str | None:
    """Replace our formulas by their values."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.freeze(session)


@macro("Unfreeze")
def unfreeze(session: Session) -> str | None:
    """Put frozen formulas back."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.unfreeze(session)


@macro("Check formulas")
def check_formulas(session: Session) -> str | None:
    """List formulas that make the book slow."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.check_formulas(session)


@macro("Share")
def share(session: Session) -> str | None:
    """Share the selected runs."""
    from xlmeso.excel import actions_runs

    return actions_runs.share(session)


@macro("Unshare")
def unshare(session: Session) -> str | None:
    """Make the selected runs private again."""
    from xlmeso.excel import actions_runs

    return actions_runs.unshare(session)


@macro("Delete")
def delete(session: Session) -> str | None:
    """Delete the selected runs on the service."""
    from xlmeso.excel import actions_runs

    return actions_runs.delete(session)


@macro("Usage")
def usage(session: Session) -> str | None:
    """Show requests, cache hits and limits."""
    from xlmeso.excel import actions_formulas

    return actions_formulas.usage(session)


@macro("Functions")
def functions_help(session: Session) -> str | None:
    """List the worksheet functions on a sheet."""
    from xlmeso.excel import actions_formulas

    actions_formulas.functions_help(session)
    return None


@macro("Doctor")
def doctor(session: Session) -> str | None:
    """Check the installation and say what is wrong."""
    from xlmeso.excel import actions_account

    return actions_account.doctor(session)


@macro("About")
def about(session: Session) -> str | None:
    """Show versions and the service in use."""
    from xlmeso.excel import actions_account

    return actions_account.about(session)
