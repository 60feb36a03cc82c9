#!/usr/bin/env python3
"""Prints any snapshot as JSON, by the layout that stands in it: `any.py PATH [PART]`, where a part is `slot`, `models`, …

It names no field and knows no version: what it knows is where LAYOUT.md says that the layout is, and the types of fields.
It prints all that is in the file, also what is not in use; beside a live publisher that may be of two commits.
"""
import json
import mmap
import sys

DIRECTORY, ENTRIES, ENTRY_BYTES, LAYOUT_ID = 192, 32, 24, 14


class Snapshot:
    def __init__(self, data):
        self.data, self.places = data, {}
        for at in range(DIRECTORY, DIRECTORY + ENTRIES * ENTRY_BYTES, ENTRY_BYTES):
            region, offset, capacity = (number(data[word:word + 8]) for word in range(at, at + ENTRY_BYTES, 8))
            self.places[region & 0xFFFFFFFF] = (region >> 32, offset, capacity)
        _, offset, length = self.places[LAYOUT_ID]
        self.layout = json.loads(data[offset:offset + length])
        self.bytes = {kind["name"]: kind["bytes"] for kind in self.layout["types"]}
        self.structs = {part["name"]: part["fields"] for part in self.layout["structs"]}
        ids = {region["name"]: region["id"] for region in self.layout["regions"]}
        self.names = self.places[ids["names"]][1]  # what the type `name` points into

    def value(self, kind, data):
        """What some bytes of a type say."""
        if kind in self.structs:
            return self.fields(self.structs[kind], data)
        if kind == "name":
            length, offset = number(data) >> 32, self.names + (number(data) & 0xFFFFFFFF)
            return self.data[offset:offset + length].decode()
        if kind == "halves":
            return [number(data) >> 32, number(data) & 0xFFFFFFFF]
        if kind == "text":
            return data.split(b"\0")[0].decode()
        if kind == "uuid":
            return f"{number(data[:8]):016x}{number(data[8:]):016x}"
        if kind == "bytes":
            return data.hex()
        if kind in ("u64", "i64", "u128", "crc32"):
            return number(data, signed=kind == "i64")
        return [number(data[word:word + 8]) for word in range(0, len(data), 8)]  # counts in a row

    def fields(self, fields, data):
        """The fields of a struct or of a row."""
        found = {}
        for field in (field for field in fields if field["type"] != "reserved"):
            of, each = data[field["offset"]:field["offset"] + field["bytes"]], self.bytes[field["type"]] or field["bytes"]
            values = [self.value(field["type"], of[at:at + each]) for at in range(0, len(of), each)]
            found[field["name"]] = values if len(values) > 1 else values[0]
        return found

    def parts(self):
        """Each part of page 0, then each region with rows, as lists: of structs, or for each copy of rows."""
        for part in self.layout["page"]:
            fields = self.structs[part["struct"]]
            size = sum(field["bytes"] for field in fields)
            starts = (part["offset"] + size * number_of for number_of in range(part["count"]))
            yield part["struct"], [self.fields(fields, self.data[at:at + size]) for at in starts]
        for region in (region for region in self.layout["regions"] if region["fields"]):
            row_bytes, offset, capacity = self.places[region["id"]]
            stride = -(-row_bytes * capacity // self.layout["align_bytes"]) * self.layout["align_bytes"]
            copies = (range(at, at + row_bytes * capacity, row_bytes)
                      for at in range(offset, offset + stride * region["copies"], stride))
            yield region["name"], [[self.fields(region["fields"], self.data[at:at + row_bytes]) for at in rows]
                                   for rows in copies]


def number(data, signed=False):
    return int.from_bytes(data, "little", signed=signed)


if __name__ == "__main__":
    try:
        with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            parts = dict(Snapshot(data).parts())
        print(json.dumps(parts if len(sys.argv) < 3 else parts[sys.argv[2]], ensure_ascii=False, indent=1))
    except (IndexError, KeyError, OSError, ValueError) as error:
        sys.exit(f"any.py: no such part, or no snapshot that describes itself: {error!r}")
