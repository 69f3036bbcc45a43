#!/usr/bin/env python3
"""Checks that docs/refusals.md has every code that the source can produce, and no other.

A code is a text in kebab case in a statement that makes a refusal: one that names an ErrorKind, calls one
of MAKERS, or compares with a code. What stands in such statements and is none is in OTHER_WORDS.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAKERS = re.compile(r'ErrorKind::|\bError\{|\bcode == |"code"[,:]|\bkCodes\b|'
                    r"\b(?:refused?|Refusal|malformed|invalid|bad|full|lost|fail)\b")
CODE = re.compile(r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"')
OTHER_WORDS = {"ao-ids", "content-encoding", "retry-after", "signature-bases"}  # fields


def produced():
    codes = {}
    for folder in ("src", "include"):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            code = re.sub(r"//[^\n]*", "", file.read_text())
            for statement in re.split(r";\s*\n", code):
                if MAKERS.search(statement):
                    for found in CODE.findall(statement):
                        codes.setdefault(found, file.relative_to(ROOT))
    return {code: file for code, file in codes.items() if code not in OTHER_WORDS}


def documented():
    page = (ROOT / "docs" / "refusals.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", row)}


def main():
    codes, page = produced(), documented() - {"internal"}
    for code in sorted(codes.keys() - page):
        print(f"{codes[code]}: code '{code}' is not on docs/refusals.md")
    for code in sorted(page - codes.keys()):
        print(f"docs/refusals.md: nothing in the source produces '{code}'")
    problems = len(codes.keys() ^ page)
    print(f"refusals: {len(codes)} codes, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
