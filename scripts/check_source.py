#!/usr/bin/env python3
"""Checks what the compiler does not: rules of docs/style.md that can be told from the text.

 - a statement with co_await holds no braces, no lambda and no `?:` (g++ 12.2 frees memory twice)
 - asio::detached only in src/async
 - std::mutex and its locks only in async and store
 - every source and header carries its licence
 - size limits: headers 150 lines, sources 500, lines of 100 characters
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER_LINES, SOURCE_LINES, LINE_CHARACTERS = 150, 500, 100


def without_comments_and_strings(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
                  blank, text, flags=re.S)


def awaiting_statements(code):
    """(line, statement) for each statement that holds a co_await; braces of blocks end statements."""
    for match in re.finditer(r"\bco_await\b", code):
        start = max(code.rfind(c, 0, match.start()) for c in ";{}") + 1
        depth, end = 0, start
        while end < len(code) and not (code[end] == ";" and depth <= 0):
            depth += code[end] in "({["
            depth -= code[end] in ")}]"
            end += 1
        yield code.count("\n", 0, match.start()) + 1, code[start:end]


def problems_of(file):
    relative = file.relative_to(ROOT)
    text = file.read_text()
    lines = text.splitlines()
    limit = HEADER_LINES if file.suffix == ".hpp" and relative.parts[0] == "include" else SOURCE_LINES
    if len(lines) > limit:
        yield f"{relative}: {len(lines)} lines, the limit is {limit}"
    if "SPDX-License-Identifier: Apache-2.0" not in text:
        yield f"{relative}: no licence line"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS:
            yield f"{relative}:{number}: {len(line)} characters, the limit is {LINE_CHARACTERS}"
    code = without_comments_and_strings(text)
    for number, statement in awaiting_statements(code):
        if re.search(r"[{?]|\[[^\]]*\]\s*[({]", statement):
            yield f"{relative}:{number}: a co_await shares its statement with braces, a lambda or ?:"
    if "detached" in re.findall(r"asio::(\w+)", code) and relative.parts[1] != "async":
        yield f"{relative}: asio::detached outside async"
    module = relative.parts[2] if relative.parts[0] == "include" else relative.parts[1]
    if relative.parts[0] in ("include", "src") and module not in ("async", "store"):
        if re.search(r"std::(mutex|lock_guard|unique_lock|scoped_lock|shared_mutex)", code):
            yield f"{relative}: a mutex outside async and store"


def main():
    files = [f for folder in ("include", "src", "tests") for f in sorted((ROOT / folder).rglob("*"))
             if f.suffix in (".cpp", ".hpp") and "node_modules" not in f.parts]
    problems = [p for file in files for p in problems_of(file)]
    for problem in problems:
        print(problem)
    print(f"source: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
