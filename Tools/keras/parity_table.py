"""Prints what the parity tests measured as a table in Markdown, from the `rows.jsonl` that they write.

Usage: python3 Tools/keras/parity_table.py [--peer NAME] ROWS.jsonl [TITLE…]
"""

import json
import sys


def columns(peer):
    return [
        "model", "network", "format", "backend", "parameters", f"{peer}'s", "logits", "features",
        "gradients: early", "middle", "last",
    ]


def share(value):
    return "–" if value is None else f"{float(value):.1e}"


def gradient(row, which):
    found = next((g for g in row["gradients"] if g["which"] == which), None)
    if found is None:
        return "–"
    peer = f" ({share(found['peer'])})" if found.get("peer") is not None else ""
    return share(found["ours"]) + peer


def cells(row):
    # A network that is one block, or a whole step, has one number: its worst gradient.
    worst = gradient(row, "worst")
    gradients = [gradient(row, w) for w in ("early", "middle", "last")]
    if worst != "–":
        gradients[0] = f"worst {worst}"
    if row.get("failure"):
        gradients = [row["failure"], "", ""]
    return [
        row["model"], row["network"], row["format"], row["backend"], str(row["parameters"]),
        str(row["peerParameters"]), share(row.get("logits")), share(row.get("features")), *gradients,
    ]


def main():
    arguments = sys.argv[1:]
    peer = "Keras"
    if arguments[0] == "--peer":
        _, peer, *arguments = arguments
    with open(arguments[0]) as file:
        rows = [json.loads(line) for line in file]
    table = [columns(peer), *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |" for line in table]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    for text in arguments[1:]:
        print(text)
    print("\n".join([lines[0], rule, *lines[1:]]))


main()
