#!/usr/bin/env python3
"""Writes the tokenizer's Unicode tables (packages/tokenizer-wasm/rust/src/unicode/tables.rs).

    python3 scripts/unicode/generate.py            write the file
    python3 scripts/unicode/generate.py --check    exit 1 if the committed file is out of date

The sources are PyPI's unicodedata2 (categories, decompositions, combining classes) and npm's @unicode/unicode-* (lower-case
mappings, Alphabetic, Cased, Case_Ignorable), pinned to the same Unicode version. They are downloaded to a temporary directory.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

UNICODE_VERSION = "18.0.0"
UNICODEDATA2 = "unicodedata2==18.0.0"
NPM_PACKAGE = "@unicode/unicode-18.0.0@2.0.7"

TARGET = pathlib.Path(__file__).parents[2] / "packages/tokenizer-wasm/rust/src/unicode/tables.rs"
CODE_POINTS = range(0x110000)
SURROGATES = range(0xD800, 0xE000)
JOIN_CONTROLS = (0x200C, 0x200D)
HANGUL = range(0xAC00, 0xAC00 + 11172)

# The blocks that the original BERT code (2018) treats as Chinese characters.
IDEOGRAPHS = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]  # fmt: skip

# Bits of a property byte, which unicode/mod.rs unpacks.
OTHER, SPACE, CONTROL, PUNCTUATION, MARK, OTHER_MARK = range(6)
IDEOGRAPH, CASED, CASE_IGNORABLE, COMBINING, WORD = 8, 16, 32, 64, 128

READ_CASING = """
const root = process.argv[1];
const load = async (path) => (await import(`${root}/${path}/code-points.mjs`)).default;
const plain = (value) => (value instanceof Map ? [...value] : [...value]);
console.log(JSON.stringify({
  alphabetic: plain(await load("Binary_Property/Alphabetic")),
  cased: plain(await load("Binary_Property/Cased")),
  ignorable: plain(await load("Binary_Property/Case_Ignorable")),
  lower: plain(await load("Simple_Case_Mapping/Lowercase")),
  special: plain(await load("Special_Casing/Lowercase")),
}));
"""


def fetch(folder):
    """Installs both sources in `folder`. Returns the unicodedata2 module and the casing tables."""
    python = folder / "python"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--root-user-action=ignore", "--target", python, UNICODEDATA2], check=True)
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
    subprocess.run([*npm, NPM_PACKAGE], check=True)
    sys.path.insert(0, str(python))
    import unicodedata2

    if unicodedata2.unidata_version != UNICODE_VERSION:
        sys.exit(f"expected unicodedata2 with Unicode {UNICODE_VERSION}, found {unicodedata2.unidata_version}")
    package = folder / "node_modules" / NPM_PACKAGE.rsplit("@", 1)[0]
    node = ["node", "--input-type=module", "-e", READ_CASING, str(package)]
    return unicodedata2, json.loads(subprocess.run(node, check=True, capture_output=True, text=True).stdout)


def property_bytes(unicode, casing):
    alphabetic, cased, ignorable = (set(casing[name]) for name in ("alphabetic", "cased", "ignorable"))

    def kind(point):
        category = unicode.category(chr(point))
        if category[0] == "C":
            return CONTROL
        if category[0] == "P" or (point < 128 and category[0] == "S"):
            return PUNCTUATION  # BERT treats all ASCII symbols as punctuation
        return {"Zs": SPACE, "Mn": MARK, "Mc": OTHER_MARK, "Me": OTHER_MARK}.get(category, OTHER)

    def is_word(point):
        """Whether the regular expression \\w matches (Unicode Technical Standard 18, annex C)."""
        category = unicode.category(chr(point))
        return point in alphabetic or category[0] == "M" or category in ("Nd", "Pc") or point in JOIN_CONTROLS

    def properties(point):
        return (
            kind(point)
            | IDEOGRAPH * any(first <= point <= last for first, last in IDEOGRAPHS)
            | CASED * (point in cased)
            | CASE_IGNORABLE * (point in ignorable)
            | COMBINING * (point not in SURROGATES and unicode.combining(unicode.normalize("NFD", chr(point))[0]) != 0)
            | WORD * is_word(point)
        )

    return [properties(point) for point in CODE_POINTS]


def lower_case(casing):
    """Returns the lower-case mappings between single code points. Only U+0130 has a longer one, which the Rust code handles."""
    special = {point: mapped for point, mapped in casing["special"] if mapped != [point]}
    longer = {point: mapped for point, mapped in special.items() if isinstance(mapped, list) and len(mapped) > 1}
    if longer != {0x130: [0x69, 0x307]}:
        sys.exit(f"SpecialCasing has new unconditional lower-case mappings: {longer}")
    return {point: mapped for point, mapped in casing["lower"] if point != mapped and point != 0x130}


def stripped_decompositions(unicode):
    """Maps characters, except Hangul, to their NFD without nonspacing marks, if it is not empty and NFD changes them."""
    result = {}
    for point in CODE_POINTS:
        if point in SURROGATES or point in HANGUL:
            continue
        decomposed = unicode.normalize("NFD", chr(point))
        kept = [ord(c) for c in decomposed if unicode.category(c) != "Mn"]
        if decomposed != chr(point):
            if not kept and unicode.category(chr(point)) != "Mn":
                sys.exit(f"U+{point:04X} is not a mark, but decomposes to marks only")
            if kept:
                result[point] = kept
    return result


def combining_classes(unicode):
    """Returns the nonzero canonical combining classes of characters that are not nonspacing marks."""
    classes = {point: unicode.combining(chr(point)) for point in CODE_POINTS if unicode.category(chr(point)) != "Mn"}
    return {point: value for point, value in classes.items() if value}


def varint(number):
    encoded = bytearray()
    while number >= 128:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def zigzag(number):
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def encode_runs(values):
    """Encodes each run of equal bytes as (length, value)."""
    encoded, start = bytearray(), 0
    for point in range(1, len(values) + 1):
        if point == len(values) or values[point] != values[start]:
            encoded += varint(point - start) + bytes([values[start]])
            start = point
    return bytes(encoded)


def encode_mapping(mapping):
    """Encodes each key as (difference from the previous key, number of values, differences between successive values)."""
    encoded, last_key, last_value = bytearray(), 0, 0
    for key, values in sorted(mapping.items()):
        encoded += varint(key - last_key) + varint(len(values))
        for value in values:
            encoded += zigzag(value - last_value)
            last_value = value
        last_key = key
    return bytes(encoded)


def byte_string(name, doc, data):
    lines, line = [], ""
    for byte in data:
        text = chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}"
        if len(line) + len(text) > 110:
            lines.append(line)
            line = ""
        line += text
    lines.append(line)
    # Escape a leading space, since a backslash before a line break skips the whitespace that follows.
    body = "\\\n".join("\\x20" + text[1:] if text.startswith(" ") else text for text in lines)
    return f'/// {doc}\npub(super) const {name}: &[u8] = b"\\\n{body}";\n'


def generate():
    with tempfile.TemporaryDirectory() as folder:
        unicode, casing = fetch(pathlib.Path(folder))
        lower = {point: [mapped] for point, mapped in lower_case(casing).items()}
        classes = {point: [value] for point, value in combining_classes(unicode).items()}
        return "\n".join([
            "// Generated by scripts/unicode/generate.py. Do not edit.\n",
            "/// The Unicode version of these tables.\n"
            f'pub const UNICODE_VERSION: &str = "{UNICODE_VERSION}";\n',
            byte_string("PROPERTIES", "Runs of property bytes, as (length, value).", encode_runs(property_bytes(unicode, casing))),
            byte_string("LOWER_CASE", "Simple lower-case mappings.", encode_mapping(lower)),
            byte_string("DECOMPOSITIONS", "NFD without nonspacing marks.", encode_mapping(stripped_decompositions(unicode))),
            byte_string("COMBINING_CLASSES", "Nonzero combining classes of characters that are not nonspacing marks.", encode_mapping(classes)),
        ])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed file instead of writing the file")
    check = parser.parse_args().check
    text = generate()
    if not check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text, encoding="ascii")
        print(f"{TARGET.name}: Unicode {UNICODE_VERSION}, {len(text)} characters")
    elif TARGET.read_text(encoding="ascii") != text:
        sys.exit(f"{TARGET} is out of date. Run python3 scripts/unicode/generate.py.")
    else:
        print(f"{TARGET.name} is current: Unicode {UNICODE_VERSION}")


if __name__ == "__main__":
    main()
