import numpy as np
import pytest

from gis.gcj02 import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)


def _points(n: int = 5000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.uniform(74, 134, n), rng.uniform(18, 53, n)


def test_beijing_and_shanghai_agree_with_published_values() -> None:
    # Values printed by the widely used coordtransform implementations.
    lon, lat = wgs84_to_gcj02([116.404], [39.915])
    assert lon[0] == pytest.approx(116.41024449916938, abs=1e-9)
    assert lat[0] == pytest.approx(39.91640428150164, abs=1e-9)
    lon, lat = gcj02_to_bd09([116.404], [39.915])
    assert lon[0] == pytest.approx(116.41036949371029, abs=1e-9)
    assert lat[0] == pytest.approx(39.92133699351021, abs=1e-9)


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ],
)
def test_there_and_back_is_exact_to_a_hundred_millionth_of_a_degree(forward, back) -> None:
    lon, lat = _points()
    lon_back, lat_back = back(*forward(lon, lat))
    assert np.abs(lon_back - lon).max() < 1e-8
    assert np.abs(lat_back - lat).max() < 1e-8


def test_in_cities_the_offset_is_between_one_hundred_and_seven_hundred_metres() -> None:
    # Beijing, Shanghai, Nanjing, Guixi, Chengdu, Urumqi
    lon = np.array([116.404, 121.47, 118.78, 117.24, 104.07, 87.62])
    lat = np.array([39.915, 31.23, 32.06, 28.29, 30.66, 43.82])
    moved_lon, moved_lat = wgs84_to_gcj02(lon, lat)
    east_m = (moved_lon - lon) * 111_320 * np.cos(np.radians(lat))
    metres = np.hypot(east_m, (moved_lat - lat) * 110_574)
    assert metres.min() > 100
    assert metres.max() < 700


def test_outside_china_nothing_moves() -> None:
    lon, lat = np.array([14.5, -8.6, 2.35]), np.array([35.9, 41.1, 48.85])
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, wgs84_to_bd09, bd09_to_wgs84):
        out = convert(lon, lat)
        assert np.array_equal(out[0], lon)
        assert np.array_equal(out[1], lat)


def test_a_point_converts_the_same_alone_and_in_a_batch() -> None:
    lon, lat = _points(100)
    whole = gcj02_to_wgs84(lon, lat)
    alone = gcj02_to_wgs84(lon[17], lat[17])
    assert whole[0][17] == alone[0]
    assert whole[1][17] == alone[1]
