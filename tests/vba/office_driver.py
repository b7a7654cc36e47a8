"""Runs in LibreOffice's Python: opens two add-ins, presses a button in one, lists the other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException

CONNECT_SECONDS = 60
ALWAYS_EXECUTE = 4
PROJECT = "XlmesoAddin"
PRESSED = f"vnd.sun.star.script:{PROJECT}.StandIn.Pressed?language=Basic&location=document"


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", context
            )


def opened(desktop, path):
    values = {
        "Hidden": True,
        "MacroExecutionMode": ALWAYS_EXECUTE,
        "FilterName": "Calc MS Excel 2007 VBA XML",
    }
    properties = []
    for name, value in values.items():
        one = PropertyValue()
        one.Name, one.Value = name, value
        properties.append(one)
    url = uno.systemPathToFileUrl(path)
    return desktop.loadComponentFromURL(url, "_blank", 0, tuple(properties))


def main(profile, own, addin):
    pipe = f"xlmeso-vba-{os.getpid()}"
    options = ["--headless", "--norestore", "--nologo", "--nodefault"]
    office = subprocess.Popen(
        ["soffice", *options, f"-env:UserInstallation={Path(profile).as_uri()}",
         f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        desktop = connect(pipe)
        script = opened(desktop, own).getScriptProvider().getScript(PRESSED)
        pressed = script.invoke((), (), ())[0]
        library = opened(desktop, addin).BasicLibraries.getByName(PROJECT)
        names = library.getElementNames()
        modules = {name: library.getModuleInfo(name).ModuleType for name in names}
        print(json.dumps({"pressed": pressed, "modules": modules}))
        with contextlib.suppress(DisposedException):
            desktop.terminate()
        office.wait(20)
    finally:
        with contextlib.suppress(ProcessLookupError):  # the launcher and the office are one group
            os.killpg(office.pid, signal.SIGKILL)


main(*sys.argv[1:])
