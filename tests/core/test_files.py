"""Files are written whole or not at all."""

import pytest

from ecom_rlve.core.files import write_whole


def test_a_file_is_made_with_its_folders_and_replaced_whole(tmp_path):
    path = tmp_path / "deep" / "one.txt"
    for text in ("a long first text\n", "short\n"):
        write_whole(path, text)
        assert path.read_bytes() == text.encode()
    assert [p.name for p in path.parent.iterdir()] == ["one.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "one.txt"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new, but for \ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["one.txt"]
