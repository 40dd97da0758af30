"""Files that are there whole or not at all."""

from __future__ import annotations

import pytest

from layers.files import written_whole


def test_two_that_write_one_file_at_once_leave_the_last_one_whole(tmp_path):
    target = tmp_path / "areas.json"
    with written_whole(target) as first:
        first.write_text("first")
        with written_whole(target) as second:
            second.write_text("second")
        assert target.read_text() == "second"
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    target = tmp_path / "areas.json"
    target.write_text("old")

    def fail():
        with written_whole(target) as fresh:
            fresh.write_text("half of")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_it_has_the_ending_that_writers_choose_their_format_by(tmp_path):
    with written_whole(tmp_path / "grids.gpkg") as fresh:
        assert fresh.suffix == ".gpkg"
        fresh.touch()
