#!/usr/bin/env python3
"""Prints the copyright file of a package (Debian's machine-readable form, version 1.0): the licence of the project, and those
of what is linked into the program, which is whatever its build has checked out.

usage: python3 Tools/package/copyright.py SCRATCH SWIFT >copyright

SCRATCH: the folder that the program was built in, with checkouts/. SWIFT: the folder of the compiler, with share/swift.
"""

import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What documents or tests; no product links it.
NOT_LINKED = {"swift-docc-plugin", "swift-docc-symbolkit"}
APACHE = "On Debian systems, the full text is in /usr/share/common-licenses/Apache-2.0."


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def field(text):
    """A text as the lines of a field that go on: indented, with a dot where one is empty."""
    return "\n".join(" " + (line.rstrip() or ".") for line in text.strip().split("\n"))


def holders(text, name):
    """Whom the licence names; nobody is named in Apache's, whose appendix only shows how to."""
    found = re.findall(r"^\s*Copyright(?: \(c\))? ((?!\[).*\d{4}.*)$", text, re.M | re.I)
    return found[0].strip().rstrip(".") if found else f"the authors of {name}"


def licence(name, text):
    """Its short name and the text to print."""
    if "Apache License" in text:
        exception = re.search(r"#* *Runtime Library Exception.*", text, re.S)
        if exception:
            return "Apache-2.0-with-runtime-exception", APACHE + "\n\n" + exception.group(0)
        return "Apache-2.0", APACHE
    short = "MIT" if "Permission is hereby granted, free of charge" in text else "other"
    return f"{short}-{name}", text


def main(scratch, swift):
    own = read(ROOT, "LICENSE")
    print("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
    print("Upstream-Name: finetune\n")
    print(f"Files: *\nCopyright: {holders(own, 'finetune')}\nLicense: MIT")
    print(field(own.split("\n", 3)[3]))
    places = {pin["identity"]: pin["location"] for pin in json.loads(read(ROOT, "Package.resolved"))["pins"]}
    parts = []
    for name in sorted(os.listdir(os.path.join(scratch, "checkouts"))):
        folder = os.path.join(scratch, "checkouts", name)
        if name in NOT_LINKED or name.lower() not in places:
            continue
        files = [file for file in sorted(os.listdir(folder)) if file.upper().startswith("LICENSE")]
        if not files:
            sys.exit(f"copyright: {name} has no licence in {folder}")
        parts.append((name, places[name.lower()], read(folder, files[0])))
    parts.append(("swift", "https://www.swift.org", read(swift, "share/swift/LICENSE.txt")))
    texts = {}
    for name, place, text in parts:
        short, printed = licence(name, text)
        texts[short] = printed
        print(f"\nFiles: linked/{name}/*\nCopyright: {holders(text, name)}\nLicense: {short}\nComment: {place}")
    for short, text in texts.items():
        print(f"\nLicense: {short}\n{field(text)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
