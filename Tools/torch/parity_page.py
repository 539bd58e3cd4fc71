"""Puts what the parity tests measured of a family into the page of all, in place of what stood there of it.

Usage: python3 Tools/torch/parity_page.py PAGE.md FAMILY TITLE ROWS.jsonl
       python3 Tools/torch/parity_page.py PAGE.md views TITLE found.txt

A family has a section of its own, so that a run of some families, or one that was cut off, keeps the others' figures; TITLE
says with which versions and at which commit the section was made.
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
VIEWS = "views"


def sections(text):
    """The page's sections by their titles, in order."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    return {title.strip(): body.strip() for title, body in zip(parts[::2], parts[1::2])}


def body(family, path):
    if family == VIEWS:
        lines = pathlib.Path(path).read_text().splitlines()
        return ("Twenty photos by each kind of configuration, beside timm's own transform (limit: one level of 255):\n\n"
                + "\n".join(f"- {line}" for line in lines))
    table = [sys.executable, HERE.parent / "keras" / "parity_table.py", "--peer", "PyTorch", path]
    return subprocess.run(table, check=True, capture_output=True, text=True).stdout.strip()


def main():
    page, family, title, path = sys.argv[1:]
    page = pathlib.Path(page)
    found = sections(page.read_text()) if page.exists() else {}
    found[family] = f"{title}\n\n{body(family, path)}"
    order = sorted(found, key=lambda name: (name == VIEWS, name))
    text = "\n\n".join(
        ["# Parity with timm and torchvision", (HERE / "parity-notes.md").read_text().strip()]
        + [f"## {name}\n\n{found[name]}" for name in order])
    draft = page.with_suffix(".draft")
    draft.write_text(text + "\n")
    draft.replace(page)


main()
