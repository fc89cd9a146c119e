"""Reading: every row or the reason why not, from any row on, in bounded memory, whatever the file is like."""

import gzip
import json

import pytest

from ecom_rlve.catalog.intake.column_map import load_map, parse_map, shipped_maps
from ecom_rlve.catalog.intake.raw import TEXT_MOST
from ecom_rlve.catalog.intake.sources import find_sources, grouped
from ecom_rlve.core.errors import CatalogError

ROWS = [{"title": f"thing {i}", "price": i + 0.5, "tags": ["a", {"b": None}]} for i in range(25)]


def write(path, kind):
    import pyarrow as pa
    import pyarrow.parquet as pq

    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([{**row, "tags": ["a"]} for row in ROWS]), path, row_group_size=7)
    elif kind == "json":
        path.write_text(json.dumps(ROWS, indent=2))
    elif kind == "csv":
        path.write_text("title,price\n" + "".join(f'"{row["title"]}",{row["price"]}\n' for row in ROWS))
    else:
        text = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
        path.write_bytes(gzip.compress(text) if kind == "jsonl.gz" else text)
    return path


@pytest.mark.parametrize("kind", ["parquet", "json", "csv", "jsonl", "jsonl.gz"])
@pytest.mark.parametrize("start", [0, 7, 10, 25, 40])
def test_reading_can_begin_anywhere(tmp_path, kind, start):
    (source,) = find_sources([str(write(tmp_path / f"x.{kind}", kind))])
    found = list(source.rows(start))
    assert [raw.number for raw in found] == list(range(start, 25))
    assert [raw.record["title"] for raw in found] == [row["title"] for row in ROWS[start:]]
    assert not any(raw.fault for raw in found)


def test_a_folder_stands_for_its_files_by_name(tmp_path):
    for kind in ("csv", "jsonl"):
        write(tmp_path / f"x.{kind}", kind)
    (tmp_path / "readme.txt").write_text("not a source")
    assert [source.name[-5:] for source in find_sources([str(tmp_path)])] == ["x.csv", "jsonl"]


@pytest.mark.parametrize("name", ["nothing.csv", "x.xml", "empty"])
def test_what_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "x.xml").write_text("<a/>")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CatalogError, match=name):
        find_sources([str(tmp_path / name)])


def test_broken_rows_are_told_and_the_next_one_is_read(tmp_path):
    file = tmp_path / "x.jsonl"
    lines = [
        b'{"title": "one"}',
        b'{"title": ',
        b"",
        b"[1, 2]",
        b"\xff\xfe",
        b'{"title": "caf\xe9"}',
        b"[" * 9999,
        b'{"title": "last"}',
    ]
    file.write_bytes(b"\n".join(lines))  # fmt: skip
    found = list(find_sources([str(file)])[0].rows())
    assert [raw.fault for raw in found] == ["", "broken_row", "broken_row", "broken_row", "", "broken_row", ""]
    assert (found[4].record, found[4].repaired) == ({"title": "café"}, "encoding")
    assert found[-1].record == {"title": "last"}


def test_a_title_of_ten_megabytes_is_not_carried_around(tmp_path):
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"title": "x" * 10_000_000, "deep": [{"text": "y" * 10_000_000}]}) + "\n")
    (raw,) = find_sources([str(file)])[0].rows()
    assert (len(raw.record["title"]), len(raw.record["deep"][0]["text"])) == (TEXT_MOST, TEXT_MOST)


def test_csv_keeps_quotes_line_breaks_and_old_encodings(tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(
        '\ufefftitle,price\n"two\nlines, one ""cell""",5\n'.encode() + b"caf\xe9,6\nshort\na,b,c\n\n\x00z,1\n"
    )
    found = list(find_sources([str(file)])[0].rows())
    assert found[0].record == {"title": 'two\nlines, one "cell"', "price": "5"}
    assert (found[1].record["title"], found[1].repaired) == ("café", "encoding")
    assert found[2].record == {"title": "short"}
    assert found[3].fault == "broken_row"
    assert found[4].record == {"title": "z", "price": "1"}


def test_a_cut_off_archive_and_a_broken_list_say_where(tmp_path):
    packed = gzip.compress(b"\n".join(json.dumps(row).encode() for row in ROWS * 400))
    (tmp_path / "x.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(CatalogError, match="damaged behind line"):
        list(find_sources([str(tmp_path / "x.jsonl.gz")])[0].rows())
    (tmp_path / "x.json").write_text(json.dumps(ROWS)[:-40])
    with pytest.raises(CatalogError, match="behind object 24"):
        list(find_sources([str(tmp_path / "x.json")])[0].rows())
    (tmp_path / "y.json").write_text('{"products": []}')
    with pytest.raises(CatalogError, match="no JSON list"):
        list(find_sources([str(tmp_path / "y.json")])[0].rows())
    (tmp_path / "z.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(CatalogError, match=r"z\.parquet"):
        list(find_sources([str(tmp_path / "z.parquet")])[0].rows())


def test_a_local_hugging_face_data_set_streams(tmp_path):
    pytest.importorskip("datasets", reason="the extra hf is not installed")
    write(tmp_path / "train.jsonl", "jsonl")
    (source,) = find_sources([f"hf:{tmp_path}"])
    assert [raw.record["title"] for raw in source.rows(20)] == [row["title"] for row in ROWS[20:]]
    with pytest.raises(CatalogError, match="hf:"):
        list(find_sources([f"hf:{tmp_path}@nosuchsplit"])[0].rows())


def test_rows_of_one_handle_are_one_product(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text(
        "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty\n"
        "mug,Mug,Color,Red,9.99,2\nmug,,,Blue,10.99,3\nmug,,,,,\ncup,Cup,,,5,0\n,,,Green,,\n"
    )
    shopify = load_map("shopify")
    rows = [list(grouped(find_sources([str(file)])[0].rows(), shopify.group, start)) for start in (0, 1)]
    mug, cup = rows[0]
    assert (mug.record["options"], mug.record["Variant Inventory Qty"]) == ({"Color": ["Red", "Blue"]}, 5)
    assert (mug.record["Variant Price"], cup.record["Title"]) == ("9.99", "Cup")
    assert rows[1] == [cup]


def test_shipped_maps_are_sound():
    assert {"amazon_reviews_2023", "esci", "webshop", "shopify", "plain"} <= set(shipped_maps())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[columns]\nid = 'x'", "must name the title"),
        ("[columns]\ntitle = 't'\ncolour = 'c'", "'colour', which is none of"),
        ("[columns]\ntitle = 't'\n[attributes]\nheight = 'h'", "'height', which is none of"),
        ("[columns]\ntitle = 't'\n[missing]\nprice = 'guess'", "'guess' is none of"),
        ("[columns]\ntitle = 't'\n[price]\nrate = 0", "positive"),
        ("[columns]\ntitle = 't'\n[categories]\nTassen = 'kitchen/cups'", "'kitchen/cups' is no category"),
        ("[column]\ntitle = 't'", "'column', which is none of"),
        ("title = ", "not TOML"),
        ("", "columns"),
    ],
)
def test_a_bad_map_says_what_is_bad(text, why):
    with pytest.raises(CatalogError, match=why):
        parse_map("mine", text)


def test_names_of_categories_are_compared_as_keys():
    mine = parse_map("mine", "[columns]\ntitle = 't'\n[categories]\n'Heißgetränke & mehr' = 'kitchen/mugs'")
    assert mine.categories == {"heissgetranke and mehr": "kitchen/mugs"}


def test_an_unknown_map_names_those_that_are_known():
    with pytest.raises(CatalogError, match="amazon_reviews_2023"):
        load_map("amazon")
