#!/usr/bin/env python3
"""Writes the inputs that the fuzzers start from: tests/fuzz/corpus/<decoder>/<name>.

They come from the vectors in tests/fixtures and from the lists below. Run it after changing either.
Files named by a hash are what fuzzing found (`scripts/fuzz --keep`); they are left alone.

SPDX-FileCopyrightText: The aonode authors
SPDX-License-Identifier: Apache-2.0
"""
import base64
import hashlib
import json
import pathlib
import random
import re
import struct

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"
BYTES_MAX = 100_000  # of one decoder
FIELD_SIZES = {1: (512, 512), 2: (64, 32), 3: (65, 65)}  # of signature and owner, by type


def fixture(name):
    return json.loads((FIXTURES / name).read_text())


def behind_owner(item):
    """What follows the owner in a data item; None when it does not get so far."""
    sizes = FIELD_SIZES.get(int.from_bytes(item[:2], "little"))
    return item[2 + sum(sizes):] if sizes and len(item) > 2 + sum(sizes) else None


def as_ed25519(rest):
    return struct.pack("<H", 2) + b"s" * 64 + b"k" * 32 + rest


def data_of(item):
    rest = behind_owner(item)
    for _ in ("target", "anchor"):
        rest = rest[33 if rest[0] else 1:]
    return rest[16 + int.from_bytes(rest[8:16], "little"):]


def unsigned_item(tags, count, data=b""):
    return as_ed25519(b"\0\0" + struct.pack("<QQ", count, len(tags)) + tags + data)


def data_item():
    seeds = {}
    for item in fixture("ans104.json")["items"] + fixture("ans104-invalid.json")["items"]:
        raw = base64.b64decode(item["raw_b64"])
        # RSA's 1,024 bytes of signature and owner say nothing to a parser: a few seeds have them.
        if int.from_bytes(raw[:2], "little") != 1 or item["name"] in ("rsa-message-anchor", "type-0"):
            seeds[item["name"]] = raw
        elif behind_owner(raw) and "bit" not in item["name"]:
            seeds[item["name"].replace("rsa-", "")] = as_ed25519(behind_owner(raw))
    seeds["tags-in-two-blocks"] = unsigned_item(b"\x02\x02a\x02b\x02\x02c\x02d\0", 2)
    seeds["tags-in-sized-block"] = unsigned_item(b"\x01\x08\x02a\x02b\0", 1, b"data")
    seeds["tags-in-block-of-other-size"] = unsigned_item(b"\x01\x06\x02a\x02b\0", 1, b"data")
    seeds["tags-overlong-zero"] = unsigned_item(b"\x02\x02a\x02b\x80\0", 1)
    return seeds


def bundle():
    bundles = fixture("bundles.json")
    seeds = {}
    for one in bundles["valid"]:
        raw = base64.b64decode(one["raw_b64"])
        seeds[one["name"]] = raw if one["kind"] == "bundle" else data_of(raw)
    for one in bundles["invalid"]:
        seeds[one["name"]] = base64.b64decode(one["raw_b64"])
    return seeds


JSON = [
    "null", "true", "false", "0", "-0", "-1.5e-3", "1e308", "9223372036854775807", "-9223372036854775808",
    "18446744073709551615", "123456789012345678901234567890", "1e-400", "5e-324", '""', '"a"', "[]", "{}",
    '"\\u0000\\u001f\\u007f\\u00e9\\u20ac\\ud83d\\ude00"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"é€😀"',
    '{"b":1,"a":[1,2.5,{"c":null}],"":""}', ' [ 1 , 2 ] \n', '{"a":1,"a":2}', '"\\ud800"', "01", "1.", "[1,]",
    "[" * 64 + "]" * 64, '{"a":' * 64 + "1" + "}" * 64, "[" * 65 + "]" * 65, '"\x01"',
    '{"Target":"1yxixr44Nwt9b9FU8JD2Qk4Zs9v39Y","Tags":[{"name":"Action","value":"Transfer"}],"Data":"1+1"}',
]


def json_texts():
    seeds = {f"{number:02}": text.encode() for number, text in enumerate(JSON)}
    seeds["not-utf-8"] = b'"\xff"'
    return seeds


CBOR = """
    f6 f5 f4 00 17 1818 18ff 190100 1a00010000 1b0000000100000000 1b7fffffffffffffff 1b8000000000000000
    20 37 3818 3b7fffffffffffffff 40 4161 5818""" + "61" * 24 + """ fb3ff0000000000000 fb8000000000000000
    fb7ff8000000000000 fb7ff8000000000001 fb7ff0000000000000 80 83010203 8180 a0 a1416101 a241610141620a
    a2416201416101 a141616101 d82741"61" d8274474727565 d96c6b5820""" + "ab" * 32 + """
    a3416181f64162a1416340416344deadbeef 1800 5f4161ff 9fff 7f6161ff 6161 c001 f97e00 a140a140a14080
    a1466b2b6c696e6bd96c6b5820""" + "cd" * 32


def cbor():
    seeds = {f"{number:02}": bytes.fromhex(text.replace('"', ""))
             for number, text in enumerate(CBOR.split())}
    seeds["depth-64"] = b"\x81" * 64 + b"\0"
    seeds["depth-65"] = b"\x81" * 65 + b"\0"
    seeds["deep-maps"] = b"\xa1\x41a" * 63 + b"\xa0"
    return seeds


def base64_texts():
    texts = ["", "AA", "AAA", "AAAA", "A", "AB", "AAB", "-_-_", "+/+/", "AA==", "AA\n", "_w", "_-8",
             "LHOK-CcoE8IAOwAVbbtlg4ITAOm6L0bbskz4j3k6fI4", "LHOK-CcoE8IAOwAVbbtlg4ITAOm6L0bbskz4j3k6fI5"]
    return {f"{number:02}": text.encode() for number, text in enumerate(texts)}


def key():
    def text(members):
        return json.dumps(members).encode()

    rsa = fixture("wallets.json")["rsa1"]["jwk"]
    ed25519 = {"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
               "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    small = {"kty": "RSA", "n": "Ww", "e": "AQAB", "d": "AQ", "p": "Bw", "q": "DQ", "dp": "AQ", "dq": "AQ",
             "qi": "AQ"}
    return {
        "rsa": text(rsa),
        "rsa-public": text({name: rsa[name] for name in ("kty", "n", "e")}),
        "rsa-small": text(small),
        "rsa-zero": text({name: value if name in ("kty", "n", "e") else "AA" for name, value in rsa.items()}),
        "rsa-one": text({name: value if name in ("kty", "n", "e") else "AQ" for name, value in rsa.items()}),
        "rsa-q-twice": text({**rsa, "p": rsa["q"]}),
        "rsa-e-3": text({**rsa, "e": "Aw"}),
        "ed25519": text(ed25519),
        "ed25519-other-x": text({**ed25519, "x": "A" * 43}),
        "ed25519-short": text({**ed25519, "d": "AA"}),
        "x25519": text({**ed25519, "crv": "X25519"}),
        "ec": text({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        "number": text({"kty": 1}),
        "list": b"[]",
        "nested": b'{"kty":' + b"[" * 2000 + b"]" * 2000 + b"}",
        "empty": b"{}",
        "twice": b'{"kty":"OKP","kty":"RSA","n":""}',
        "not-utf-8": b'{"kty":"\xff"}',
    }


PATHS = [
    "/", "//a///b/", "/a%2Fb", "/%", "/%4", "/%zz", "/a%252Fb", "/~process@1.0/as=execution",
    "/LHOK-CcoE8IAOwAVbbtlg4ITAOm6L0bbskz4j3k6fI4~process@1.0/compute&slot+integer=3/results/outbox/1?k=v&flag",
    "/c&x=a%26b%3Dc&&=v&k=", "/c&x=a=b~d", "/x~d=1&k", "/=v/&a=b/~", "/a?b?c/d=e&%00=%ff", "?", "?k",
    "/~scheduler@1.0/schedule?target=LHOK-CcoE8IAOwAVbbtlg4ITAOm6L0bbskz4j3k6fI4&from=0&to=10",
]


def path():
    seeds = {f"{number:02}": text.encode() for number, text in enumerate(PATHS)}
    seeds["segment-4096"] = b"/" + b"a" * 4096
    seeds["segment-4097"] = b"/" + b"a" * 4097
    return seeds


def http_head():
    lines = [
        "GET / HTTP/1.1|Host: a", "GET / HTTP/1.0", "OPTIONS * HTTP/1.1|Host: a:80", "|GET /a%20b?x=1&y=~ HTTP/1.1|Host: [::1]:80",
        "POST / HTTP/1.1|Host: a|Content-Length: 12", "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked",
        "POST / HTTP/1.1|Host: a|Transfer-Encoding: CHUNKED", "GET http://A:8080/x?y HTTP/1.1|Host: a:8080",
        "GET https://a HTTP/1.1|host:a", "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked",
        "POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 3", "GET / HTTP/1.1|Host: a|X: a\n b",
        "GET / HTTP/1.1|Host: a|X-Tag:  two words |x-tag:", "GET / HTTP/1.1", "GET / HTTP/2.0|Host: a",
        "POST / HTTP/1.1|Host: a|Expect: 100-continue|Connection: keep-alive, Close", "GET / HTTP/1.1|Host: a|Expect: x",
        "POST / HTTP/1.1|Host: a|Content-Encoding: gzip", "POST / HTTP/1.1|Host: a|Content-Length: 99999999999999999999",
        "POST / HTTP/1.0|Transfer-Encoding: chunked", "GET /" + "a" * 200 + " HTTP/1.1|Host: a",
        "GET / HTTP/1.1|Host: a" + "|a: b" * 12, "GET / HTTP/1.1|Host: a|X: " + "a" * 256, "GET / HTTP/1.1| Host: a",
        "GET / HTTP/1.1|Host : a", "GET  /  HTTP/1.1|Host: a", "GET / HTTP/1.1|Host: u@a", "GET / HTTP/1.1|Host: a|X: \xe9",
    ]
    seeds = {f"{number:02}": (line.replace("|", "\r\n") + "\r\n\r\n").encode("latin-1")
             for number, line in enumerate(lines)}
    seeds["bare-lf"] = b"GET / HTTP/1.1\nHost: a\r\n\r\n"
    seeds["begun"] = b"GET / HTTP/1.1\r\nHost: a\r\n"
    return seeds


def http_chunks():
    texts = ["0||", "3|abc|0||", "3|abc|00000000000000a|0123456789|0||next", "3;a=b|abc|0;c||", "0|A: b|c:d||",
             "00000000000000003|abc|0||", "3|abcd|0||", "3|ab", "g|", "|", "3 |abc|0||", "3e8|" + "a" * 1000 + "|0||",
             "3e9|", "ffffffffffffffff|", "0| a: b||", "0|a: b|a: b|a: b|a: b||", "0;" + "x" * 17 + "||",
             "1F4|" + "b" * 500 + "|1f5|", "0|a: " + "c" * 70 + "||"]
    seeds = {f"{number:02}": text.replace("|", "\r\n").encode() for number, text in enumerate(texts)}
    seeds["bare-lf"] = b"3\nabc\r\n0\r\n\r\n"
    return seeds


FIELDS = [
    'a=1, b=2.5;x;y="z", c=?0, d, e=:aGVsbG8=:', '("a" "b";q);n=1, tok/en, "str\\"ing"', "@1659578233", '%"caf%c3%a9"',
    '.="list", 1="integer", key%20x="atom"', 'sig-AB_c=("@path" "a");alg="hmac-sha256";keyid="ao"', "()", "a,,b", "-0.001",
    "999999999999999", "1000000000000000", 'a=1, a=2', '"\x7f"', ":_-8:", ":a=:", "(a b", "a;B=1", "?2", "*t:/~", "",
]


def structured_fields():
    return {f"{number:02}": text.encode("latin-1") for number, text in enumerate(FIELDS)}


def httpsig():
    """METHOD target LF, lines of fields, an empty line, the body."""

    def request(headers, body, method="POST", target="/x"):
        lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
        return f"{method} {target}\n{lines}\n".encode() + body

    def unsigned(message):
        fields = {name: value for name, value in message.items() if name not in ("signature", "signature-input", "body")}
        return request(fields, message.get("body", "").encode())

    seeds = {}
    for case in fixture("httpsig.json")["cases"]:
        for form in ("http", "http_bundle"):
            seeds[f"{case['name']}-{form}"] = unsigned(case[form])
    for one in fixture("httpsig-requests.json")["requests"]:
        seeds[one["name"]] = request(one["headers"], base64.b64decode(one.get("body_b64", "")), one["method"], one["path"])
    inner = fixture("httpsig-inner.json")
    seeds["inner"] = request(inner["headers"], base64.b64decode(inner["body_b64"]), inner["method"], inner["path"])
    return {name: seed for name, seed in seeds.items() if len(seed) < 8_000}


def lua():
    """Programs as text, behind an L; and choices of the grammar."""
    seeds = {}
    for kind in ("coroutines", "errors"):
        programs = (FIXTURES / "hostile" / f"{kind}.lua").read_text().split("\n--- ")[1:]
        for program in programs:
            name, _, source = program.partition("\n")
            if len(source) < 500:
                seeds[f"{kind}-{name.partition(':')[0]}"] = b"L" + source.encode()
    for number in range(16):
        seeds[f"choices-{number:02}"] = b"\xff" + random.Random(number).randbytes(50 * (number + 1))
    return seeds


URLS = [
    "https://a.example", "HTTPS://Node.Example.:8443/a/b?c=%20d", "http://127.0.0.1:80/", "https://[2A00::1]:443/",
    "https://[::ffff:127.0.0.1]/", "https://xn--bcher-kva.example/", "https://user:word@a.example/", "https://0x7f.1/",
    "https://017700000001/", "https://1.2.3.4.5/", "https://[fe80::1%25eth0]/", "https://a.example:0443/",
    "https://a.example#@b.example/", "https://a.example\\@127.0.0.1/", "file:///etc/passwd", "//b.example/c", "/c?d#e",
    "https://127\u3002" "0.0.1/",
]


def urls():
    return {f"{number:02}": text.encode() for number, text in enumerate(URLS)}


def notes():
    def note(room=0, digest=None, buckets=0, entries=(), wants=(), records=()):
        return b"".join(
            [b"aog\1", struct.pack(">H", room), b"\0" if digest is None else b"\1" + struct.pack(">64Q", *digest),
             struct.pack(">QH", buckets, len(entries)), *(struct.pack(">QQ", *entry) for entry in entries),
             struct.pack(">H", len(wants)), *(struct.pack(">Q", key) for key in wants),
             struct.pack(">H", len(records)), *(struct.pack(">H", len(record)) + record for record in records)])

    entries = [(1, 1_700_000_000_000), (1 << 58, 0), ((63 << 58) + 5, 2**64 - 1)]
    whole = note(7, range(64), 2**64 - 1, entries, [1, 2, 3], [b"", b"record"])
    return {"empty": note(), "opening": note(digest=range(64)), "answer": note(128, None, 1 | 2 | 1 << 63, entries),
            "follow-up": note(0, None, 0, (), [1, 2**64 - 1], [b"a" * 300]), "whole": whole, "cut": whole[:-1],
            "continued": whole + b"x", "unsorted": note(0, None, 3, entries[1::-1]),
            "other-bucket": note(0, None, 1, entries), "version-2": b"aog\2", "no-digest": whole[:6] + b"\2"}


def transactions():
    whole = fixture("transaction.json")

    def text(**changed):
        return json.dumps({**whole, **changed}, separators=(",", ":")).encode()

    def b64u(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def sha256(*parts):
        return hashlib.sha256(b"".join(parts)).digest()

    def note(number):
        return number.to_bytes(32, "big")

    data = b"the data of a chunk"
    leaf = sha256(data) + note(len(data))
    root = sha256(sha256(leaf[:32]), sha256(leaf[32:]))
    chunk = {"chunk": b64u(data), "data_path": b64u(leaf), "data_root": b64u(root), "data_size": str(len(data)),
             "offset": str(len(data) - 1)}
    return {"whole": text(), "no-data": text(data=""), "no-tags": text(tags=[]), "format-1": text(format=1),
            "amounts": text(quantity="66000000000000000000", reward="0"), "target": text(target=b64u(b"t" * 32)),
            "anchor-of-32": text(last_tx=b64u(b"a" * 32)), "chunk": json.dumps(chunk).encode(),
            "chunk-of-other-data": json.dumps({**chunk, "chunk": b64u(data + b"!")}).encode(),
            "leaf": struct.pack(">QQ", len(data), 3) + leaf,
            "branch-behind-data": struct.pack(">QQ", 10, 3) + root * 2 + note(len(data)) + leaf,
            "branch": struct.pack(">QQ", 2 * len(data), 3) + root * 2 + note(len(data)) + leaf}


DECODERS = {"base64": base64_texts, "bundle": bundle, "cbor": cbor, "data_item": data_item,
            "http_chunks": http_chunks, "http_head": http_head, "json": json_texts, "key": key, "note": notes,
            "path": path, "httpsig": httpsig, "lua": lua, "structured_fields": structured_fields,
            "transaction": transactions, "url": urls}


def main():
    for decoder, seeds_of in DECODERS.items():
        folder = HERE / "corpus" / decoder
        folder.mkdir(parents=True, exist_ok=True)
        seeds = seeds_of()
        for file in folder.iterdir():
            if file.name not in seeds and not re.fullmatch(r"[0-9a-f]{40}", file.name):
                file.unlink()
        for name, seed in seeds.items():
            (folder / name).write_bytes(seed)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{decoder}: {len(seeds)} seeds, {len(list(folder.iterdir()))} files, {size:,} bytes")
        if size > BYTES_MAX:
            raise SystemExit(f"{decoder}: over {BYTES_MAX:,} bytes")


if __name__ == "__main__":
    main()
