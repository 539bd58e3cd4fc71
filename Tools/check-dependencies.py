#!/usr/bin/env python3
"""Compares DEPENDENCIES.md with what the package asks for, what was resolved, and whose licences that has.

usage: Tools/check-dependencies.py
"""

import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
MARKS = [("Apache-2.0", "Apache License"), ("MIT", "Permission is hereby granted, free of charge")]


def read(*path):
    with open(os.path.join(ROOT, *path)) as file:
        return file.read()


def tables(text):
    """The rows of each table, by the heading above it."""
    found, heading = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| ") and not re.match(r"\| (Package|---)", line):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def number(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def main():
    faults = []
    listed = tables(read("DEPENDENCIES.md"))
    manifest = read("Package.swift")
    direct = {row[0].lower(): row for row in listed["Swift packages"]}
    needed = {row[0].lower(): row for row in listed["Packages that these need"]}
    system = {row[0]: row for row in listed["Libraries of the system"]}
    for row in [*direct.values(), *needed.values(), *system.values()]:
        if not all(row):
            faults.append(f"{row[0]}: a cell is empty")

    asked = dict(re.findall(r'url: "[^"]*/([^"/]+)",\s*from: "([^"]+)"', manifest))
    for name, version in asked.items():
        if name.lower() not in direct:
            faults.append(f"{name}: in Package.swift, but not listed")
        elif direct[name.lower()][1] != version:
            faults.append(f"{name}: from {version} in Package.swift, {direct[name.lower()][1]} in the list")
    faults += [f"{name}: listed, but not in Package.swift" for name in direct if name not in map(str.lower, asked)]

    packages = set(re.findall(r'"([a-z0-9.+-]+)"', " ".join(re.findall(r"\.apt\(\[([^\]]*)\]\)", manifest))))
    packages |= set(re.findall(r"\b(?:lib[a-z0-9.+-]+-(?:dev|plugin-[a-z0-9]+|libde265)|pkg-config)\b", read("Tools/setup.sh")))
    faults += [f"{name}: of the system, but not listed" for name in sorted(packages - set(system))]
    faults += [f"{name}: listed, but nothing asks for it" for name in sorted(set(system) - packages)]

    resolved = os.path.join(ROOT, "Package.resolved")
    if not os.path.exists(resolved):
        faults.append("there is no Package.resolved; run swift package resolve")
    else:
        with open(resolved) as file:
            pins = {pin["identity"]: pin for pin in json.load(file)["pins"]}
        for name, pin in pins.items():
            row = direct.get(name) or needed.get(name)
            if row is None:
                faults.append(f"{name}: resolved, but not listed")
                continue
            tested = row[2] if name in direct else row[1]
            version = pin["state"].get("version", "")
            if number(version)[:1] != number(tested)[:1]:
                faults.append(f"{name}: {version} is resolved, {tested} was tested")
            licence = row[3] if name in direct else row[2]
            folder = os.path.join(".build", "checkouts", os.path.basename(pin["location"]).removesuffix(".git"))
            if not os.path.isdir(os.path.join(ROOT, folder)):
                continue
            texts = [file for file in os.listdir(os.path.join(ROOT, folder)) if file.upper().startswith("LICEN")]
            text = read(folder, texts[0]) if texts else ""
            found = next((mark for mark, words in MARKS if words in text), "none that is known")
            if found != licence:
                faults.append(f"{name}: its licence is {found}, {licence} is listed")
        faults += [f"{name}: listed, but not resolved" for name in {**direct, **needed} if name not in pins]

    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} faults: DEPENDENCIES.md is to be mended")
    print(f"{len(direct)} packages, {len(needed)} that they need and {len(system)} of the system are as listed")


main()
