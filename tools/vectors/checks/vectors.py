"""The vectors as files: unpacks golden ones and makes hostile ones by their edits, with the answer of each.

Invariant: a case is its whole answer and a path, so whoever runs a reader need not know how vectors are stored.
Used by `matrix` and by tests of readers.
"""

import copy
import gzip
import json
import os


def load(folder):
    """All vectors of a folder: goldens as (name, bytes, request) and cases as they are stored."""
    goldens = []
    names = sorted(name for name in os.listdir(os.path.join(folder, "golden")) if name.endswith(".json"))
    for name in names:
        stem = os.path.join(folder, "golden", name[: -len(".json")])
        with open(stem + ".json", encoding="utf-8") as file:
            request = json.load(file)
        with gzip.open(stem + ".snapshot.gz") as file:
            goldens.append((name[: -len(".json")], file.read(), request))
    with open(os.path.join(folder, "hostile.json"), encoding="utf-8") as file:
        return goldens, json.load(file)


def with_differences(answer, differences):
    """A copy of an answer, changed where the JSON pointers say."""
    answer = copy.deepcopy(answer)
    for pointer, value in differences:
        *way, last = pointer.split("/")[1:]
        place = answer
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value
    return answer


def place(path, case, base):
    """Puts a hostile case at `path`, where nothing is."""
    kind = case.get("kind", "file")
    target = path[: -len(".snapshot")] + ".target"
    if kind == "missing":
        return
    if kind == "folder":
        os.mkdir(path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind in ("symlink", "dangling"):
        if kind == "symlink":
            with open(target, "wb") as file:
                file.write(base)
        os.symlink(target, path)
    else:
        with open(path, "xb") as file:
            file.write(base)
            if "length" in case:
                file.truncate(case["length"])
            for offset, digits in case.get("edits", []):
                file.seek(offset)
                file.write(bytes.fromhex(digits))


def unpack(folder, out):
    """Makes every vector a file in the empty folder `out`; returns the cases, also as `cases.jsonl` there."""
    goldens, hostile = load(folder)
    bytes_of, answer_of, cases = {}, {}, []
    for name, content, request in goldens:
        bytes_of[name], answer_of[name] = content, request["answer"]
        path = os.path.join(out, name + ".snapshot")
        with open(path, "xb") as file:
            file.write(content)
        cases.append({"name": name, "group": "golden", "path": path, "now_ms": request["now_ms"],
                      "held": request["held"], "answer": request["answer"]})
    for case in hostile["cases"]:
        path = os.path.join(out, case["name"] + ".snapshot")
        place(path, case, bytes_of[case["base"]] if case["base"] else b"")
        answer = case["answer"]
        if "like" in answer:
            answer = with_differences(answer_of[answer["like"]], answer["but"])
        cases.append({"name": case["name"], "group": case["group"], "path": path,
                      "now_ms": hostile["now_ms"], "held": hostile["held"], "answer": answer})
    with open(os.path.join(out, "cases.jsonl"), "x", encoding="utf-8") as file:
        file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
    return cases


def difference(wanted, given, place=""):
    """The first place in which two answers differ, in words; nothing if they are the same.

    Numbers must be whole ones: true is not 1 and 1.0 is not 1.
    """
    if type(wanted) is not type(given):
        return f"{place or '/'}: {short(wanted)} wanted, {short(given)} given"
    if isinstance(wanted, dict):
        for name in wanted:
            if name not in given:
                return f"{place}/{name} is missing"
        for name in given:
            if name not in wanted:
                return f"{place}/{name} is more than is wanted: {short(given[name])}"
        steps = ((name, wanted[name], given[name]) for name in wanted)
    elif isinstance(wanted, list):
        if len(wanted) != len(given):
            return f"{place}: {len(wanted)} items wanted, {len(given)} given"
        steps = ((at, wanted[at], given[at]) for at in range(len(wanted)))
    else:
        return None if wanted == given else f"{place}: {short(wanted)} wanted, {short(given)} given"
    return next(filter(None, (difference(a, b, f"{place}/{at}") for at, a, b in steps)), None)


def short(value):
    """A value on a piece of a line, without characters that act on a terminal."""
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."
