"""A minimal reader of vector tiles for tests: layers and their features' attributes.

Follows the Mapbox Vector Tile Specification 2.1: layers are field 3; in a layer name 1, features 2,
keys 3, values 4; in a feature tags 2.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
            case 1:
                value, at = data[at : at + 8], at + 8
            case 2:
                size, at = _varint(data, at)
                value, at = data[at : at + size], at + size
            case _:
                value, at = data[at : at + 4], at + 4
        yield key >> 3, value


def _value(data: bytes) -> Any:
    number, raw = next(_fields(data))
    match number:
        case 1:
            return raw.decode()
        case 2:
            return struct.unpack("<f", raw)[0]
        case 3:
            return struct.unpack("<d", raw)[0]
        case 6:
            return (raw >> 1) ^ -(raw & 1)
        case 7:
            return bool(raw)
        case _:
            return raw


def decode(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return the attributes of every feature by layer name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, layer in _fields(tile):
        if number != 3:
            continue
        name, keys, values, features = "", [], [], []
        for part, raw in _fields(layer):
            match part:
                case 1:
                    name = raw.decode()
                case 2:
                    features.append(raw)
                case 3:
                    keys.append(raw.decode())
                case 4:
                    values.append(_value(raw))
        found[name] = [_attributes(feature, keys, values) for feature in features]
    return found


def _attributes(feature: bytes, keys: list[str], values: list[Any]) -> dict[str, Any]:
    for number, raw in _fields(feature):
        if number == 2:
            tags, at = [], 0
            while at < len(raw):
                tag, at = _varint(raw, at)
                tags.append(tag)
            return {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return {}


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return the tile a position lies in."""
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return int((lon + 180) / 360 * n), int(y)
