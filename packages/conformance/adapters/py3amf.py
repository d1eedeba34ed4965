"""Answers rtmp-conformance with the AMF of Py3AMF (pip install Py3AMF).

rtmp-conformance codec python3 py3amf.py
"""
import datetime
import json
import math
import sys

import pyamf
from pyamf import amf3

EPOCH = datetime.datetime(1970, 1, 1)
MAX_PRINTED = 200_000


class Unsupported(Exception):
    """A form that Python has no value for."""


def number(value):
    if isinstance(value, float):
        if math.isnan(value):
            return {"$": "number", "text": "NaN"}
        if math.isinf(value):
            return {"$": "number", "text": "Infinity" if value > 0 else "-Infinity"}
        if value == 0 and math.copysign(1, value) < 0:
            return {"$": "number", "text": "-0"}
        if value == int(value):
            return int(value)
    return value


def to_json(value, above=(), count=None):
    """A decoded value in the forms of the vectors' README."""
    count = count if count is not None else [0]
    count[0] += 1
    if count[0] > MAX_PRINTED:
        raise OverflowError("more values than can be printed")
    if value is pyamf.Undefined:
        return {"$": "undefined"}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return number(value)
    for up, holder in enumerate(reversed(above), 1):
        if holder is value:
            return {"$": "cycle", "up": up}
    inside = above + (value,)
    if isinstance(value, datetime.datetime):
        return {"$": "date", "ms": number((value - EPOCH).total_seconds() * 1000)}
    if isinstance(value, amf3.ByteArray):
        return {"$": "bytes", "hex": value.getvalue().hex()}
    if isinstance(value, (bytes, bytearray)):
        return {"$": "bytes", "hex": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [to_json(item, inside, count) for item in value]
    entries = value.items() if isinstance(value, dict) else vars(value).items()
    shown = {"$": "object", "entries": [[str(name), to_json(item, inside, count)] for name, item in entries]}
    alias = getattr(value, "alias", None)
    if alias:
        shown["class"] = str(alias)
    return shown


def from_json(form):
    if isinstance(form, list):
        return [from_json(item) for item in form]
    if not isinstance(form, dict):
        return form
    kind = form.get("$")
    if kind == "undefined":
        return pyamf.Undefined
    if kind == "number":
        return float(form["text"].replace("Infinity", "inf"))
    if kind == "repeat":
        return form["text"] * form["times"]
    if kind in ("object", "ecmaArray"):
        pairs = {from_json(name): from_json(item) for name, item in form["entries"]}
        if "class" in form:
            typed = pyamf.TypedObject(form["class"])
            typed.update(pairs)
            return typed
        return pyamf.MixedArray(pairs) if kind == "ecmaArray" else pairs
    if kind == "date":
        return EPOCH + datetime.timedelta(milliseconds=form["ms"])
    if kind == "bytes":
        return amf3.ByteArray(bytes.fromhex(form["hex"]))
    if kind == "cyclic":
        cyclic = {}
        cyclic["self"] = cyclic
        return cyclic
    raise Unsupported(kind)


ENCODINGS = {"amf0": pyamf.AMF0, "amf3": pyamf.AMF3}


def answer(request):
    encoding = ENCODINGS.get(request["format"])
    if encoding is None or request["op"] == "recode":
        return {"unsupported": True}
    try:
        if request["op"] == "decode":
            values = pyamf.decode(bytes.fromhex(request["hex"]), encoding=encoding)
            return {"value": [to_json(value) for value in values]}
        values = [from_json(value) for value in request["value"]]
        return {"hex": pyamf.encode(*values, encoding=encoding).getvalue().hex()}
    except Unsupported:
        return {"unsupported": True}
    except RecursionError:
        return {"error": "too deep"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **answer(request)}), flush=True)


main()
