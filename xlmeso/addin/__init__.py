"""The Excel add-in: builds it from the VBA text, puts it where Excel looks, and examines it.

Owns the writer of VBA projects, the package around it, the installation on Windows and macOS, the
LibreOffice host and the checks of ``xlmeso doctor``.  May import `xlmeso.app` and what lies below
it; never imports `xlwings` (it reads files of the installed package) and needs neither Excel nor
Windows to build.
"""
