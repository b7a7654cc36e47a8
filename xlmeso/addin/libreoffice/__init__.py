"""LibreOffice Calc as a second live host of the worksheet functions.

A Basic module generated from the declarations makes the names known to cells; a script beside it
hands each call to a helper process in xlmeso's own Python.  May import `xlmeso.addin` and what lies
below it; finds the declarations by the name of their module.
"""

from xlmeso.addin.libreoffice.install import install_libreoffice, uninstall_libreoffice

__all__ = ["install_libreoffice", "uninstall_libreoffice"]
