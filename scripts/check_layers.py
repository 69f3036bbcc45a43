#!/usr/bin/env python3
"""Checks the house's one structural rule: a module sees only strictly lower rows.

Reads the rows and the DEPENDS of src/CMakeLists.txt (`# row N` comments, `ao_module(...)` lines) and
every #include under include/ and src/. Fails on an include without a DEPENDS edge, on an edge that
does not go down, on a third-party header outside its owner, and on one in a public header.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Third-party headers: who may include them in src/, and whether public headers of `async` users may.
OWNERS = {
    r"rocksdb/": {"store"},
    r"(lua|lauxlib|lualib)\.hp?p?$": {"machine"},
    r"boost/beast": {"http"},
    r"boost/asio": {"async", "store", "http", "schedule", "worker", "node", "app"},
    r"cctz/": {"cron"},
    r"re2/": {"routing"},
    r"seccomp\.h": {"worker"},
    r"openssl/": {"crypto", "http"},
    r"ares\.h": {"http"},
    r"zlib\.h|zstd\.h": {"http"},
    r"sodium|secp256k1|cryptopp/": {"crypto"},
    r"nlohmann/": {"crypto"},
    r"spdlog/": {"base"},
    r"toml\+\+|toml\.hpp": {"node"},
    r"prometheus/": {"node"},
    r"CLI/": {"app"},
}
PUBLIC_ALLOWED = r"boost/asio"  # coroutines are the language of every asynchronous interface


def modules():
    rows, depends, row = {}, {}, None
    text = (ROOT / "src/CMakeLists.txt").read_text()
    for match in re.finditer(r"# row (\d+)|ao_module\(([^)]*)\)", text):
        if match.group(1):
            row = int(match.group(1))
            continue
        if row is None:
            continue  # the definition of the function itself
        words = match.group(2).split()
        name, edges, section = words[0], set(), None
        for word in words[1:]:
            if word.isupper():
                section = word
            elif section == "DEPENDS":
                edges.add(word.removeprefix("ao::"))
        rows[name], depends[name] = row, edges
    return rows, depends


def main():
    rows, depends = modules()
    everything = set(rows)
    rows["app"], depends["app"] = 7, everything
    problems = []
    for name, edges in depends.items():
        for edge in edges:
            if edge not in rows:
                problems.append(f"src/CMakeLists.txt: {name} depends on unknown {edge}")
            elif rows[edge] >= rows[name]:
                problems.append(f"src/CMakeLists.txt: {name} (row {rows[name]}) depends on {edge} (row {rows[edge]})")
    files = sorted((ROOT / "include/ao").rglob("*.hpp")) + sorted(
        f for f in (ROOT / "src").rglob("*") if f.suffix in (".cpp", ".hpp"))
    for file in files:
        relative = file.relative_to(ROOT)
        module = relative.parts[2] if relative.parts[0] == "include" else relative.parts[1]
        if module not in rows:
            problems.append(f"{relative}: folder {module} is no module")
            continue
        public = relative.parts[0] == "include"
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#include [<"]([^>"]+)[>"]', line)
            if not match:
                continue
            header, where = match.group(1), f"{relative}:{number}"
            if header.startswith("ao/"):
                other = header.split("/")[1]
                if other != module and other not in depends[module]:
                    problems.append(f"{where}: {module} includes {header} without depending on {other}")
                continue
            for pattern, owners in OWNERS.items():
                if re.match(pattern, header):
                    if module not in owners:
                        problems.append(f"{where}: {header} belongs to {', '.join(sorted(owners))}")
                    elif public and not re.match(PUBLIC_ALLOWED, header):
                        problems.append(f"{where}: {header} in a public header")
    for problem in problems:
        print(problem)
    print(f"layers: {len(files)} files in {len(rows)} modules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
