#!/usr/bin/env python3
"""Writes the manual page of the program, from what its help says.

usage: python3 Tools/manual.py FINETUNE [--date YYYY-MM-DD] >finetune.1
       python3 Tools/manual.py FINETUNE --check PAGE

FINETUNE is the program. The page is in mdoc(7). Commands, options and their texts are those of
`--experimental-dump-help`; what a manual has besides is in Tools/manual/finetune.1.in.

--check tells whether all of it is on a page as text, rendered by `man` or `mandoc`: every command, option and value, every
exit code of ExitStatus and every environment variable that the sources read. It ends with 1 if something is missing.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATE = os.path.join(ROOT, "Tools", "manual", "finetune.1.in")
# Those that the parser has for itself, and that of other programs.
LEFT_OUT = {"help"}


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def escaped(text):
    """A text for a line that is no macro's: what roff would take for its own is escaped."""
    text = text.replace("\\", "\\e")
    # A dash that is typed must not become a hyphen.
    text = re.sub(r"-(?=-|\w)|(?<=-)-", r"\\-", text)
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return "\\&" + text if text[:1] in (".", "'") else text


def quoted(word):
    """A word for a macro's line, which must neither be split nor taken for a macro or for punctuation."""
    return '"\\&' + escaped(word).replace('"', '\\(dq') + '"'


def sentences(text):
    """Each sentence begins a line, as mdoc wants it, and none is longer than people edit."""
    parts = re.split(r"(?<=[.!?]) +(?=\S)", text)
    return [
        escaped(line)
        for part in parts
        for line in textwrap.wrap(part, 72, break_long_words=False, break_on_hyphens=False)
    ]


def paragraphs(text):
    """Lines of a text that may hold a table of names and what they mean, as help shows it."""
    lines, rows = [], []

    def close():
        if rows:
            lines.append(".Bl -tag -width " + max((name for name, _ in rows), key=len) + " -compact")
            for name, words in rows:
                lines.append(".It " + quoted(name))
                lines.extend(sentences(" ".join(words)))
            lines.append(".El")
            rows.clear()

    for line in text.split("\n"):
        row = re.match(r"(\S+)  +(\S.*)", line)
        if row:
            rows.append((row.group(1), [row.group(2)]))
        elif rows and line.startswith("  "):
            rows[-1][1].append(line.strip())
        elif line.strip():
            close()
            lines.extend(sentences(line.strip()))
    close()
    return lines


def names(argument):
    return [("-" if name["kind"] == "long" else "") + name["name"] for name in argument.get("names", [])]


def option(argument):
    """An item of a list: the option with its value, and its text."""
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        head = ".It Ar " + quoted(value)
    else:
        head = ".It " + " , ".join("Fl " + escaped(name) for name in names(argument))
        if argument["kind"] == "option":
            head += " Ar " + quoted(value)
    text = argument.get("abstract", "")
    if argument.get("discussion"):
        text += "\n" + argument["discussion"]
    lines = paragraphs(text)
    default, values = argument.get("defaultValue"), argument.get("allValues", [])
    missing = [value for value in values if not re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text + value_name(argument))]
    if missing:
        lines.extend(sentences("One of " + ", ".join(values) + "."))
    if default not in (None, "") and "(default" not in text:
        lines.append(f"The default is {escaped(default)}.")
    return [head, *lines]


def value_name(argument):
    return " " + argument.get("valueName", "")


def shown(arguments):
    return [a for a in arguments if a.get("shouldDisplay", True) and not {n.lstrip("-") for n in names(a)} & LEFT_OUT]


def usage(program, path):
    """The lines of a command's usage."""
    text = run(program, "help", *path)
    block = re.search(r"^USAGE: (.*?)(?:\n\n|\Z)", text, re.S | re.M)
    return [line.strip() for line in block.group(1).split("\n") if line.strip()] if block else []


def commands(command, path=()):
    """All commands with their paths, those of commands behind them."""
    for inner in command.get("subcommands", []):
        if inner["commandName"] in LEFT_OUT or not inner.get("shouldDisplay", True):
            continue
        here = (*path, inner["commandName"])
        yield here, inner
        yield from commands(inner, here)


def section(program, path, command):
    lines = [".Ss finetune " + " ".join(path), *sentences(command.get("abstract", ""))]
    lines += [".Bd -literal", *map(escaped, usage(program, path)), ".Ed"]
    if command.get("discussion"):
        lines += [".Pp", *paragraphs(command["discussion"])]
    title = None
    groups = []
    for argument in shown(command.get("arguments", [])):
        if argument.get("sectionTitle") != title or not groups:
            title = argument.get("sectionTitle")
            groups.append((title, []))
        groups[-1][1].append(argument)
    for title, arguments in groups:
        if title:
            lines += [".Pp", escaped(title) + ":"]
        lines.append(".Bl -tag -width Ds")
        for argument in arguments:
            lines += option(argument)
        lines.append(".El")
    return lines


def page(program, date):
    dump = json.loads(run(program, "--experimental-dump-help"))["command"]
    own = [".Pp", "These go with the program itself:", ".Bl -tag -width Ds"]
    for argument in shown(dump.get("arguments", [])):
        own += option(argument)
    own += [".It Fl -help , h", "Show the help, of a command behind its name.", ".El"]
    body = [line for path, command in commands(dump) for line in section(program, path, command)]
    examples, _, text = dump["discussion"].partition("\n\n")
    description = [".Bd -literal -offset indent", *map(escaped, examples.split("\n")), ".Ed", ".Pp", *paragraphs(text), *own]
    synopsis = []
    for words in ["--base NAME --data DIR [options]", "COMMAND [options]", "help [COMMAND]"]:
        synopsis += [".Nm", escaped(words)] if not synopsis else [".br", ".Nm", escaped(words)]
    day = datetime.date.fromisoformat(date)
    with open(TEMPLATE, encoding="utf-8") as file:
        text = file.read()
    for name, value in {
        "@DATE@": f"{day:%B} {day.day}, {day.year}",
        "@SYNOPSIS@": "\n".join(synopsis),
        "@DESCRIPTION@": "\n".join(description),
        "@COMMANDS@": "\n".join(body),
    }.items():
        text = text.replace(name, value)
    return text


def environment():
    """The variables that the sources read, but for those that every program reads."""
    for parent, _, files in os.walk(os.path.join(ROOT, "Sources")):
        for name in files:
            if name.endswith(".swift"):
                with open(os.path.join(parent, name), encoding="utf-8") as file:
                    found = re.findall(r'(?:value\(|getenv\(|environment\[)"([A-Z][A-Z_]+)"', file.read())
                yield from (variable for variable in found if variable != "HOME")


def wanted(program):
    """What has to be on the page: in the part of which command (None: anywhere), the words, and what they are."""
    dump = json.loads(run(program, "--experimental-dump-help"))["command"]
    for path, command in [((), dump), *commands(dump)]:
        title = " ".join(("finetune", *path)) if path else None
        for argument in shown(command.get("arguments", [])):
            for name in names(argument):
                yield title, "-" + name, "option"
            for value in argument.get("allValues", []):
                yield title, value, "value of -" + names(argument)[0]
            if argument["kind"] == "positional":
                yield title, argument["valueName"], "argument"
    with open(os.path.join(ROOT, "Sources/finetune/Support/Failure.swift"), encoding="utf-8") as file:
        for code in re.findall(r"case \w+ = (\d+)", file.read()):
            yield None, code, "exit code"
    for variable in environment():
        yield None, variable, "environment variable"


def flat(text):
    """A page without what a terminal makes of it: lines end anywhere, and words at hyphens."""
    text = re.sub(r"[\u2010-\u2012]\n\s*", "", text)
    return re.sub(r"\s+", " ", re.sub(r"[\u2010-\u2012\u2212]", "-", text))


def check(program, path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(".\x08", "", file.read())
    parts = {None: text}
    headings = list(re.finditer(r"^ {1,4}(finetune [a-z -]+)$|^[A-Z]", text, re.M))
    for heading, after in zip(headings, headings[1:]):
        if heading.group(1):
            parts[heading.group(1)] = text[heading.end() : after.start()]
    parts = {title: flat(part) for title, part in parts.items()}
    missing = [
        (title or "the page", word, kind)
        for title, word, kind in wanted(program)
        if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", parts.get(title, ""))
    ]
    for title, word, kind in missing:
        print(f"manual: {title} lacks the {kind} '{word}'", file=sys.stderr)
    return 1 if missing else 0


def main(words):
    if len(words) == 3 and words[1] == "--check":
        return check(words[0], words[2])
    if not words or len(words) not in (1, 3) or (len(words) == 3 and words[1] != "--date"):
        print(__doc__, file=sys.stderr)
        return 64
    print(page(words[0], words[2] if len(words) == 3 else datetime.date.today().isoformat()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
