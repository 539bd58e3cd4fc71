#!/usr/bin/env python3
"""Finds references of the documentation that lead nowhere. Reads only files of the project; no network.

usage: Tools/check-links.py [DIR]        DIR: a checkout of the project; default: the one this file is in

Checked in every Markdown file, those of DocC catalogues too:

  - relative links, `[text](path#heading)`, and `<doc:Page>`: the file, and the heading if there is one;
  - names of files in `code` and in code blocks: what begins with a folder of the project (`Tools/test.sh`), and in `code` all
    sources and documents (`HeadSolver.swift`, `peers/torch_step.py`, `results*.md`). A name may be a path from the project's
    folder, from the file's own, or the end of one; what has a placeholder (`…`, `NNNN`, `NAME`, `XX`, `<name>`) is left out.

Checked in Markdown, Swift, C, Python and shell:

  - "decision 12", "decisions 46 and 57": there is a page `Decisions/0012-….md`.

And in `Decisions`: names, titles and numbers of pages agree, no number is there twice, `README.md` lists every page, a page has
all its parts and is no longer than a page.

Prints FILE:LINE: what is wrong, and ends with 1 if there is anything.
"""

import fnmatch
import os
import re
import sys

LEFT_OUT = {".git", "dist", ".swiftpm", "runs", "sample", "__pycache__"}
DOCUMENTS = (".md",)
SOURCES = (".swift", ".c", ".h", ".py", ".sh", ".proto", ".modulemap")
FOLDERS = ("Sources/", "Tests/", "Tools/", "Decisions/", "weights/", ".ci/")
PARTS = ("Status:", "Files:", "What.", "Instead of what.", "Why.", "What would change it.")
LONGEST_PAGE = 50
PLACEHOLDER = re.compile(r"…|\.\.\.|NNNN|NAME|XX|FILE|DIR|[<>${}]|\[|\]")
NUMBER = r"\[?(\d+)\]?(?:\([^)]*\))?"
BREAK = r"\s+(?:(?:///?|#|\*)\s*)?"
DECISION = re.compile(rf"\b[Dd]ecisions?{BREAK}({NUMBER}(?:(?:,{BREAK}|{BREAK}(?:and|or){BREAK}){NUMBER})*)")


def project_files(root):
    """Paths of all files, from `root`."""
    found = []
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT and not f.startswith(".build"))
        found += [os.path.relpath(os.path.join(parent, name), root) for name in sorted(names)]
    return found


def slugs(text):
    """The anchors of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+\s+(.+)$", text, re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-"))
    return found


class Checker:
    def __init__(self, root):
        self.root = root
        self.files = project_files(root)
        self.known = set(self.files)
        self.folders = {os.path.dirname(path) for path in self.files}
        self.folders |= {parent for folder in set(self.folders) for parent in parents(folder)}
        self.pages = {}
        self.problems = []

    def report(self, path, text, place, message):
        self.problems.append((path, text.count("\n", 0, place) + 1, message))

    def run(self):
        self.check_decisions()
        for path in self.files:
            if not path.endswith(DOCUMENTS + SOURCES) and path != ".ci/run":
                continue
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                text = file.read()
            self.check_numbers(path, text)
            if path.endswith(DOCUMENTS):
                self.check_links(path, text)
                self.check_names(path, text)
        return sorted(self.problems)

    # Decisions

    def check_decisions(self):
        index_path = "Decisions/README.md"
        index = ""
        if index_path in self.known:
            with open(os.path.join(self.root, index_path), encoding="utf-8") as file:
                index = file.read()
        for path in self.files:
            if not path.startswith("Decisions/") or path == index_path:
                continue
            name = os.path.basename(path)
            match = re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", name)
            if not match:
                self.report(path, "", 0, "is not named NNNN-title.md")
                continue
            number = int(match.group(1))
            if number in self.pages:
                self.report(path, "", 0, f"has the number of {self.pages[number]}")
            self.pages[number] = path
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                text = file.read()
            title = text.split("\n", 1)[0]
            for part in PARTS:
                if f"**{part}**" not in text:
                    self.report(path, "", 0, f"has no '**{part}**'")
            if text.count("\n") > LONGEST_PAGE:
                self.report(path, "", 0, f"is {text.count(chr(10))} lines long, more than a page of {LONGEST_PAGE}")
            if not title.startswith(f"# {number}. "):
                self.report(path, "", 0, f"begins '{title.strip()}', expected '# {number}. …'")
            if f"]({name})" not in index:
                self.report(path, "", 0, "is not in Decisions/README.md")

    def check_numbers(self, path, text):
        if path == "Tools/check-links.py":
            return
        for match in DECISION.finditer(text):
            for number in re.findall(NUMBER, match.group(1)):
                if int(number) not in self.pages:
                    self.report(path, text, match.start(), f"there is no page of decision {number}")

    # Links

    def check_links(self, path, text):
        prose = without_code(text)
        for match in re.finditer(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^]]+\]:\s+(\S+)", prose, re.M):
            self.check_link(path, text, match.start(), match.group(1) or match.group(2))
        for match in re.finditer(r"<doc:([^>#]+)[^>]*>", prose):
            page = match.group(1).split("/")[-1]
            if not any(file.endswith(f".docc/{page}.md") for file in self.files):
                self.report(path, text, match.start(), f"there is no page '{page}' in a DocC catalogue")

    def check_link(self, path, text, place, link):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            return
        target, _, heading = link.partition("#")
        wanted = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if wanted not in self.known and wanted not in self.folders:
            self.report(path, text, place, f"the link '{link}' leads to no file")
        elif heading and wanted.endswith(".md"):
            with open(os.path.join(self.root, wanted), encoding="utf-8") as file:
                if heading not in slugs(file.read()):
                    self.report(path, text, place, f"'{wanted}' has no heading '#{heading}'")

    # Names of files

    def check_names(self, path, text):
        for match in re.finditer(r"^(```+)[^\n]*\n(.*?)^\1|(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\3(?!`)", text, re.M | re.S):
            block, code = match.group(2), match.group(4)
            start = match.start(2) if block is not None else match.start(4)
            for word in re.finditer(r"[^\s,;|'\"]+", block if block is not None else code):
                name = re.sub(r"^\(+|[).:]+$|:\d+$", "", word.group()).removeprefix("./")
                is_path = name.startswith(FOLDERS)
                is_source = block is None and name.endswith(DOCUMENTS + SOURCES) and not name.startswith(".")
                if (is_path or is_source) and not PLACEHOLDER.search(name) and not self.exists(name, path):
                    self.report(path, text, start + word.start(), f"there is no file '{name}'")

    def exists(self, name, path):
        name = name.rstrip("/")
        near = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if {name, near} & (self.known | self.folders):
            return True
        if "*" in name:
            return any(fnmatch.fnmatch(f, pattern) for f in self.files for pattern in (name, "*/" + name))
        return any(file.endswith("/" + name) for file in self.files)


def parents(folder):
    """All folders above `folder`."""
    while folder:
        folder = os.path.dirname(folder)
        yield folder


def without_code(text):
    """`text` with code blocks and `code` as spaces, so that places stay; the text of a link may be code."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    text = re.sub(r"^(```+).*?^\1", blank, text, flags=re.M | re.S)
    return re.sub(r"(?<!`)(`{1,2})(?!`)[^\n]+?(?<!`)\1(?!`)", blank, text)


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1].startswith("-")):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not os.path.isdir(os.path.join(root, "Sources")):
        sys.exit(f"'{root}' is no checkout of the project: it has no folder 'Sources'")
    checker = Checker(root)
    problems = checker.run()
    for path, line, message in problems:
        print(f"{path}:{line}: {message}")
    if problems:
        sys.exit(f"{len(problems)} references lead nowhere")
    documents = sum(path.endswith(DOCUMENTS) for path in checker.files)
    print(f"references of {documents} documents and {len(checker.pages)} decisions lead somewhere")


if __name__ == "__main__":
    main()
