#!/usr/bin/env python3
"""How the sources are built, in figures: to compare before and after a change of structure.

usage: python3 Tools/structure.py [DIR]        DIR: a checkout of the project; default: the one this file is in

It reads text only, nothing is compiled, so the figures are approximations that are made alike each time:

public      Declarations that bear the word `public` or `open` (not `package`): types, members, also those of
            extensions, initialisers, one for each `let` or `var`. Enum cases and a protocol's requirements are public
            without the word and are not counted. Documented: a `///` or `/** */` comment directly above, attributes
            between them allowed. `*.pb.swift` is left out.
lines       Lines of Swift, C and headers (`.h`, `.modulemap`), empty ones and comments too. Generated Swift
            (`*.pb.swift`) is counted apart.
at the top  Files that lie in a module's folder itself, in no folder below it.
functions   From the line with `func`, `init`, `deinit`, `subscript` or a computed property's `var` to the line with its
            closing brace; braces in strings and comments do not count. Functions within others count by themselves too.
parameters  Swift's functions, initialisers, subscripts and enum cases declared with more than six parameters, and calls with
            more than six arguments in the parentheses. C apart.
circles     Nodes are the Swift files of one module. File A points to file B if A names a type (`struct`, `class`, `enum`,
            `protocol`, `actor`, `typealias`) that B alone declares, or calls a free function that B alone declares. A type
            within a type counts where it is named with the outer one (`Outer.Inner`), or by itself in a file that declares
            or extends the outer one. What is private to its file is left out. An extension points to its type; a member
            of an extension is not followed by its own name, nor is a type that is only inferred. A circle is a
            strongly connected component of more than one file.
"""

import os
import re
import sys
from collections import Counter, defaultdict

MOST_PARAMETERS = 6
TYPE = r"(?:struct|class|enum|protocol|actor|typealias)"
MODIFIER = (
    r"(?:public|open|package|internal|private|fileprivate|static|final|class|mutating|nonmutating|borrowing|consuming|"
    r"override|required|convenience|indirect|lazy|weak|unowned|dynamic|isolated|nonisolated|prefix|postfix|infix|async)"
    r"(?:\([^)]*\))?"
)
DECLARATION = r"(?:struct|class|enum|protocol|actor|typealias|func|var|let|init|subscript|extension|associatedtype|operator|macro)\b"


def blanked(text, swift):
    """`text` with comments and the contents of strings as spaces, as long as before; code in \\(…) stays."""
    out = list(text)
    end = len(text)

    def blank(start, stop):
        for index in range(start, min(stop, end)):
            if out[index] != "\n":
                out[index] = " "

    def string(at):
        """The place after the string literal that begins at `at` with `#`s or a quote."""
        hashes = 0
        while text[at + hashes] == "#":
            hashes += 1
        quote = '"""' if swift and text.startswith('"""', at + hashes) else text[at + hashes]
        close = quote + "#" * hashes
        escape = "\\" + "#" * hashes
        place = at + hashes + len(quote)
        blank(at, place)
        while place < end:
            if text.startswith(close, place):
                blank(place, place + len(close))
                return place + len(close)
            if text.startswith(escape, place):
                if swift and text.startswith(escape + "(", place):
                    blank(place, place + len(escape))
                    place = code(place + len(escape) + 1, interpolated=True)
                else:
                    blank(place, place + len(escape) + 1)
                    place += len(escape) + 1
                continue
            if text[place] == "\n" and len(quote) == 1:
                return place
            blank(place, place + 1)
            place += 1
        return end

    def code(at, interpolated=False):
        depth = 1
        while at < end:
            character = text[at]
            if text.startswith("//", at):
                stop = text.find("\n", at)
                stop = end if stop < 0 else stop
                blank(at, stop)
                at = stop
            elif text.startswith("/*", at):
                stop, level = at + 2, 1
                while stop < end and level:
                    if swift and text.startswith("/*", stop):
                        level, stop = level + 1, stop + 2
                    elif text.startswith("*/", stop):
                        level, stop = level - 1, stop + 2
                    else:
                        stop += 1
                blank(at, stop)
                at = stop
            elif character == '"' or (swift and character == "#" and re.match(r'#+"', text[at : at + 8])):
                at = string(at)
            elif character == "'" and not swift:
                at = string(at)
            else:
                if interpolated and character in "()":
                    depth += 1 if character == "(" else -1
                    if not depth:
                        return at + 1
                at += 1
        return end

    code(0)
    return "".join(out)


def closing(text, start):
    """The place of the bracket that closes the one at `start`, or `None`."""
    depth = 0
    for match in re.compile(r"[()\[\]{}]").finditer(text, start):
        depth += 1 if match.group() in "([{" else -1
        if not depth:
            return match.start()
    return None


def items(text):
    """How many items separated by commas there are between two brackets."""
    if not text.strip():
        return 0
    text = text.replace("->", "  ")
    depth, commas, last = 0, 0, 0
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and not depth:
            if not inside_generics(text[last:place]):
                commas, last = commas + 1, place + 1
    return commas + (1 if text[last:].strip() else 0)


def inside_generics(piece):
    """Whether a comma after `piece` separates a type's arguments, as in `Dictionary<Key, Value>`."""
    opened = len(re.findall(r"\w<(?=\w|\[|\()", piece))
    return opened > len(re.findall(r">", piece))


class SwiftFile:
    """What the figures need of one file."""

    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.code = blanked(self.text, swift=True)
        self.lines = self.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def line(self, place):
        """The number of the line at `place`, from 1."""
        return self.code.count("\n", 0, place) + 1

    def public(self):
        """Public declarations, and how many of them have a comment above."""
        count = documented = 0
        pattern = re.compile(
            rf"^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:{MODIFIER}\s+)*?(?:public|open)\s+(?:{MODIFIER}\s+)*{DECLARATION}", re.M
        )
        for match in pattern.finditer(self.code):
            count += 1
            above = self.line(match.start()) - 2
            while above >= 0 and self.lines[above].strip().startswith("@"):
                above -= 1
            comment = self.lines[above].strip() if above >= 0 else ""
            documented += comment.startswith("///") or (comment.endswith("*/") and not comment.startswith("/*/"))
        return count, documented

    def bodies(self):
        """Functions with a body as (lines, name, line of its beginning)."""
        pattern = re.compile(
            r"\bfunc\s+(`?\w+`?|[^\s\w(]+)|(?<![.\w])(init|subscript)\b[?]?(?=\s*[<(])|\b(deinit)\b|\bvar\s+(`?\w+`?)\s*:"
        )
        for match in pattern.finditer(self.code):
            function, initialiser, end, variable = match.groups()
            brace = self.body(match.end(), parameters=not (end or variable))
            if brace is None:
                continue
            last = closing(self.code, brace)
            if last is None:
                continue
            first = self.line(match.start())
            yield self.line(last) - first + 1, function or initialiser or end or variable, first

    def body(self, place, parameters):
        """The place of the brace that opens the body of the declaration whose name ends at `place`."""
        if parameters:
            opening = self.code.find("(", place)
            place = closing(self.code, opening) if opening >= 0 else None
            if place is None:
                return None
            place += 1
        stop = re.compile(
            rf"[{{}};=]|\n\s*(?:@\w|#|{MODIFIER}\b|{DECLARATION}|case\b|return\b|if\b|for\b|guard\b|while\b|deinit\b|self\b)|[(\[]"
        )
        while True:
            match = stop.search(self.code, place)
            if match is None:
                return None
            if match.group() == "{":
                return match.start()
            if match.group() in ("(", "["):
                place = closing(self.code, match.start())
                if place is None:
                    return None
                place += 1
            elif match.group() == "=" and self.code[match.start() + 1 : match.start() + 2] == "=":
                place = match.end() + 1  # `where A == B`
            else:
                return None

    def crowded(self):
        """Declarations and calls with too many parameters: (parameters, name, line), twice."""
        declared, called = [], []
        word = re.compile(r"(?<![\w`])(`?[A-Za-z_]\w*`?)[?]?(<[^<>()\n]*>)?\(")
        for match in word.finditer(self.code):
            name = match.group(1)
            if name in ("if", "while", "switch", "return", "in", "for", "guard", "where", "throws"):
                continue
            opening = match.end() - 1
            last = closing(self.code, opening)
            if last is None:
                continue
            count = items(self.code[opening + 1 : last])
            if count <= MOST_PARAMETERS:
                continue
            before = self.code[max(0, match.start() - 40) : match.start()].split("\n")[-1]
            is_declared = re.search(r"\bfunc\s+$", before) or (
                name in ("init", "subscript") and not before.rstrip().endswith(".")
            )
            is_case = re.search(r"\b(indirect\s+)?case\s+$", before) and not re.match(
                r"\s*(:|=(?!=))", self.code[last + 1 : last + 4]
            )
            (declared if is_declared or is_case else called).append((count, name, self.line(match.start())))
        return declared, called

    def declared(self):
        """What other files of the module can name: types as (type around it or `None`, name), free functions as (`None`,
        name). Also sets `around`: the types that this file declares or extends, and `own`: all names of its types."""
        found, self.around, self.own = set(), set(), set()
        scopes = []  # (place of the closing brace, name)
        for match in re.finditer(rf"\b({TYPE}|extension)\s+([\w.]+)", self.code):
            kind, name = match.group(1), match.group(2).split(".")[-1]
            if name in ("func", "var", "let", "init", "subscript"):
                continue  # `class func`
            while scopes and scopes[-1][0] < match.start():
                scopes.pop()
            parent = scopes[-1][1] if scopes else None
            before = self.code[max(0, match.start() - 60) : match.start()].split("\n")[-1]
            if kind != "extension":
                self.own.add(name)
                if not re.search(r"\b(?:private|fileprivate)\s+(?:\w+\s+)*$", before):
                    found.add((parent, name))
            if kind == "typealias":
                continue
            self.around.add(name)
            brace = self.code.find("{", match.end())
            last = closing(self.code, brace) if brace >= 0 else None
            if last is not None:
                scopes.append((last, name))
        for match in re.finditer(r"^(?:@\w+\s+)*((?:\w+\s+)*)func\s+(\w+)", self.code, re.M):
            if not re.search(r"\bprivate\b|\bfileprivate\b", match.group(1)):
                found.add((None, match.group(2)))
        return found

    def uses(self, known):
        """Those of `known`, as `declared` has them, that this file names."""
        functions = set(re.findall(r"\bfunc\s+(\w+)", self.code))
        used = set()
        for match in re.finditer(r"(?<![.\w])[A-Z]\w*(?:\s*\.\s*[A-Z]\w*)*", self.code):
            names = re.split(r"\s*\.\s*", match.group())
            if names[0] not in self.own:
                nested = {(parent, names[0]) for parent in self.around} & known
                used |= nested or {(None, names[0])} & known
            used |= set(zip(names, names[1:])) & known
        for match in re.finditer(r"(?<![.\w])([a-z]\w*)(?=\()", self.code):
            if match.group(1) not in functions:
                used |= {(None, match.group(1))} & known
        return used


def circles(files):
    """Strongly connected components of more than one file, the largest first (Tarjan's algorithm)."""
    where = defaultdict(set)
    for index, file in enumerate(files):
        for name in file.declared():
            where[name].add(index)
    alone = {name for name, places in where.items() if len(places) == 1}
    edges = []
    for index, file in enumerate(files):
        used = file.uses(alone)
        edges.append(sorted({next(iter(where[name])) for name in used} - {index}))

    order, low, stack, on_stack, found = {}, {}, [], set(), []
    for root in range(len(files)):
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in order:
                    order[target] = low[target] = len(order)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(files[member].name)
                        if member == node:
                            break
                    if len(component) > 1:
                        found.append(sorted(component))
    return sorted(found, key=lambda names: (-len(names), names))


def c_functions(text):
    """Functions of a C file as (lines, name, line, parameters)."""
    code = blanked(text, swift=False)
    for match in re.finditer(r"^[A-Za-z_][^;{}#=]*?\b(\w+)\s*\(", code, re.M):
        opening = match.end() - 1
        last = closing(code, opening)
        if last is None:
            continue
        brace = re.compile(r"\s*\{").match(code, last + 1)
        if not brace:
            continue
        end = closing(code, brace.end() - 1)
        if end is None:
            continue
        # The comments above are blank but belong to nothing: count from the name's line.
        first = code.count("\n", 0, match.start(1)) + 1
        yield code.count("\n", 0, end) + 2 - first, match.group(1), first, items(code[opening + 1 : last])


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1].startswith("-")):
        sys.exit(__doc__)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sources = os.path.join(sys.argv[1] if len(sys.argv) == 2 else here, "Sources")
    if not os.path.isdir(sources):
        sys.exit(f"{sources} is no folder: name a checkout of the project")

    rows, rings = [], {}
    swift_longest, c_longest, declared, called, c_crowded = [], [], [], [], 0
    total = Counter()
    for module in sorted(os.listdir(sources)):
        folder = os.path.join(sources, module)
        if not os.path.isdir(folder):
            continue
        row = Counter(top=sum(os.path.isfile(os.path.join(folder, name)) for name in os.listdir(folder)))
        files = []
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                place = os.path.relpath(path, sources)
                if not name.endswith((".swift", ".c", ".h", ".modulemap")):
                    continue
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                if name.endswith(".pb.swift"):
                    row["generated"] += text.count("\n")
                    continue
                row["swift" if name.endswith(".swift") else "c"] += text.count("\n")
                row["files"] += 1
                if name.endswith(".swift"):
                    source = SwiftFile(path)
                    files.append(source)
                    count, documented = source.public()
                    row["public"] += count
                    row["documented"] += documented
                    swift_longest += [(lines, called_, f"{place}:{line}") for lines, called_, line in source.bodies()]
                    many, calls = source.crowded()
                    declared += [(count, called_, f"{place}:{line}") for count, called_, line in many]
                    called += [(count, called_, f"{place}:{line}") for count, called_, line in calls]
                elif name.endswith((".c", ".h")):
                    for lines, function, line, parameters in c_functions(text):
                        c_longest.append((lines, function, f"{place}:{line}"))
                        c_crowded += parameters > MOST_PARAMETERS
        if files:
            rings[module] = circles(files)
        rows.append((module, row))
        total += row

    print(f"{'module':<18}{'files':>6}{'at the top':>12}{'Swift':>8}{'C':>7}{'generated':>11}{'public':>8}{'documented':>12}")
    for module, row in rows + [("all", total)]:
        share = f"{row['documented']} ({100 * row['documented'] // row['public']} %)" if row["public"] else "–"
        print(
            f"{module:<18}{row['files']:>6}{row['top']:>12}{row['swift']:>8}{row['c']:>7}{row['generated']:>11}"
            f"{row['public']:>8}{share:>12}"
        )
    print(f"\nlines of Swift, C and headers: {total['swift'] + total['c']}, generated apart: {total['generated']}")

    def ten(title, functions):
        print(f"\n{title}")
        for lines, function, place in sorted(functions, key=lambda entry: (-entry[0], entry[2]))[:10]:
            print(f"{lines:>6}  {function}  {place}")

    ten("the ten longest functions (lines), Swift", swift_longest)
    print(f"        over 60 lines: {sum(entry[0] > 60 for entry in swift_longest)} of {len(swift_longest)}")
    ten("the ten longest functions (lines), C", c_longest)

    print(f"\ndeclared with more than {MOST_PARAMETERS} parameters: {len(declared)} in Swift, {c_crowded} in C")
    for count, function, place in sorted(declared, key=lambda entry: (-entry[0], entry[2])):
        print(f"{count:>6}  {function}  {place}")
    print(f"calls with more than {MOST_PARAMETERS} arguments: {len(called)} in Swift; the ten longest")
    for count, function, place in sorted(called, key=lambda entry: (-entry[0], entry[2]))[:10]:
        print(f"{count:>6}  {function}  {place}")

    print("\ncircles between files of a module, by the types they use: files in each")
    for module, found in rings.items():
        print(f"  {module}: {', '.join(str(len(names)) for names in found) or 'none'}")
        if found:
            print(f"    {' '.join(name.removesuffix('.swift') for name in found[0])}")


if __name__ == "__main__":
    main()
