#!/usr/bin/env python3
"""Fails where the documentation shows other code than the examples that are built and run.

Each page of the DocC catalogue that has the name of a program in Tools/Examples/Sources shows its whole
source as its first block of Swift; the README and the catalogue's first page show the two lines of TwoLines.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
catalogue = root / "Sources/TransferLearning/TransferLearning.docc"
failures = []
programs = sorted((root / "Tools/Examples/Sources").iterdir())
for program in programs:
    source = (program / "main.swift").read_text().strip()
    if program.name == "TwoLines":
        lines = [line for line in source.splitlines() if "runs/x" in line]
        for page in [root / "README.md", catalogue / "TransferLearning.md"]:
            if not all(line in page.read_text() for line in lines):
                failures.append(f"{page.relative_to(root)} does not show the two lines of {program.name}")
        continue
    page = catalogue / f"{program.name}.md"
    if not page.exists():
        failures.append(f"there is no page {page.relative_to(root)} for the program {program.name}")
        continue
    blocks = re.findall(r"```swift\n(.*?)\n```", page.read_text(), re.DOTALL)
    if not blocks or blocks[0].strip() != source:
        failures.append(f"{page.relative_to(root)} shows other code than {program.name}/main.swift")
for failure in failures:
    print(failure)
if failures:
    sys.exit(1)
print(f"the documentation shows the code of {len(programs)} examples")
