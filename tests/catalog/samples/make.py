"""Write the samples anew: `python -m tests.catalog.samples.make`. What comes out is committed and read by the tests.

Products come from families.toml; each writer tells them in the manner of its schema, and ends with rows as bad as those
found in the wild.
"""

# ruff: noqa: E501 (a bad row is read best on one line)

import csv
import io
import json
import tomllib
from pathlib import Path

from ecom_rlve.core.rng import stream

HERE = Path(__file__).parent
FAMILIES = tomllib.loads((HERE / "families.toml").read_text(encoding="utf-8"))


def products(sample):
    """Yield (family, brand, fields, price in cents, number) for every product of a sample."""
    number = 0
    for key, family in FAMILIES[sample].items():
        rng = stream(0, "samples", sample, key)
        for brand in family["brands"]:
            for _ in range(family["each"]):
                fields = {name: rng.choice(values) for name, values in family["fields"].items()}
                fields["line"] = rng.choice(family["lines"])
                low, high = family["price"]
                price = 100 * rng.between(low, high) + rng.choice((99, 99, 95, 49, 0))
                yield family, brand, fields, price, number, rng
                number += 1


def title_of(family, brand, fields, rng):
    return rng.choice(family["titles"]).format(brand=brand, **fields)


def amazon():
    rows = []
    for family, brand, fields, price, number, rng in products("amazon"):
        details = {key: family["details"][key].format(brand=brand, **fields) for key in family["details"]}
        for key in list(details):
            if rng.chance(0.25):
                del details[key]
        details["Date First Available"] = "March 4, 2021"
        rows.append(
            {
                "main_category": family["path"][0],
                "title": title_of(family, brand, fields, rng),
                "average_rating": rng.between(31, 49) / 10,
                "rating_number": rng.between(3, 20000),
                "features": [line.format(brand=brand, **fields) for line in family["features"]],
                "description": [family["text"].format(brand=brand, **fields)],
                "price": rng.choice(("{:.2f}", "{:.2f}", "${:,.2f}")).format(price / 100),
                "images": [{"hi_res": None, "thumb": f"https://example.invalid/{number}.jpg", "variant": "MAIN"}],
                "videos": [],
                "store": rng.choice((brand, f"Visit the {brand} Store", brand.upper() if rng.chance(0.2) else brand)),
                "categories": family["path"],
                "details": json.dumps(details),
                "parent_asin": f"B0{number:03d}QX{number * 37 % 1000:03d}",
                "bought_together": None,
                "subtitle": None,
                "author": None,
            }
        )
    first = rows[0]
    rows += [
        {**first, "parent_asin": "B0BAD00001", "price": "None"},
        {**first, "parent_asin": "B0BAD00002", "price": None},
        {**first, "title": "the very same id again"},
        {**first, "parent_asin": "B0BAD00003"},
        {**rows[1], "parent_asin": "B0BAD00004", "title": "   "},
        {**rows[1], "parent_asin": "B0BAD00005", "title": "12345 67890"},
        {**rows[1], "parent_asin": "B0BAD00006", "price": "from 19.99", "title": "Kestrion &quot;Pro&quot; Monitor <b>24 Inch</b> 1080p"},
        {**rows[2], "parent_asin": "B0BAD00007", "price": "12.99 - 49.99", "title": rows[2]["title"] + " (Renewed) V1AB2C3"},
        {**rows[3], "parent_asin": "B0BAD00008", "price": "\u20ac 89,00"},
        {**rows[4], "parent_asin": "B0BAD00009", "price": "1.299"},
        {**rows[5], "parent_asin": "B0BAD00010", "price": 249.99, "average_rating": None, "rating_number": None, "title": rows[5]["title"] + " 2022"},
        {**rows[6], "parent_asin": "B0BAD00011", "categories": [], "main_category": None, "title": "Mystery Thing Deluxe"},
        {**rows[6], "parent_asin": "B0BAD00012", "categories": ["Health & Household", "Sexual Wellness"], "title": "Not for this shop"},
        {**rows[7], "parent_asin": "B0BAD00013", "title": "Kestrion Long " + "very " * 200 + "Monitor"},
        {**rows[8], "parent_asin": "B0BAD00014", "details": "{not json", "store": None, "title": "Monitor without a maker, 24 inch"},
        {**rows[9], "parent_asin": "B0BAD00015", "categories": ["Toys & Games", "Rubber Ducks"], "title": "A single duck"},
        {**rows[9], "parent_asin": "B0BAD00016", "price": "-5.00", "title": "Less than nothing monitor"},
        {**rows[9], "parent_asin": "B0BAD00017", "price": "0.00", "title": "Free monitor"},
    ]  # fmt: skip
    return "".join(json.dumps(row) + "\n" for row in rows)


def esci():
    import pyarrow as pa

    rows = []
    for family, brand, fields, _, number, rng in products("esci"):
        rows.append(
            {
                "product_id": f"B07{number:04d}KLM",
                "product_title": title_of(family, brand, fields, rng),
                "product_description": f"<p>{family['text'].format(brand=brand, **fields)}</p>" if rng.chance(0.7) else None,
                "product_bullet_point": "\n".join(line.format(brand=brand, **fields) for line in family["features"]),
                "product_brand": brand if rng.chance(0.95) else None,
                "product_color": fields["color"].title() if "color" in fields and rng.chance(0.8) else None,
                "product_locale": "us",
            }
        )  # fmt: skip
    rows += [
        {**rows[0], "product_id": "B07ES00001", "product_locale": "es", "product_title": "Taza de café de cerámica"},
        {**rows[0], "product_id": "B07JP00001", "product_locale": "jp", "product_title": "マグカップ 350ml"},
        {**rows[1], "product_id": "B07BAD0001", "product_title": None},
        {**rows[1], "product_id": "B07BAD0002", "product_title": "Replacement lid for travel mug"},
        {**rows[2], "product_title": "the very same id again mug"},
        {**rows[3], "product_id": "B07BAD0003", "product_title": "Caf\u00c3\u00a9 Mug, 12 oz", "product_color": "Multi"},
        {**rows[4], "product_id": "B07BAD0004", "product_title": "Tea & Me &amp; You Mug <br>16 oz", "product_color": "Unicorn Dream"},
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def webshop():
    items = []
    for family, brand, fields, price, number, rng in products("webshop"):
        options = {}
        for name in family["options"]:
            values = list(dict.fromkeys([fields[name], *rng.sample(family["fields"][name], 2)]))
            options[name] = [{"value": value, "image": None, "is_selected": i == 0} for i, value in enumerate(values)]
        items.append(
            {
                "asin": f"B09{number:03d}WS{number * 13 % 100:02d}X",
                "name": title_of(family, brand, fields, rng).lower(),
                "category": family["category"],
                "query": family["query"],
                "product_category": " › ".join(family["path"]),
                "pricing": rng.choice((f"${price / 100:.2f}", f"${price / 100:.2f}${price / 100 + 5:.2f}")),
                "full_description": family["text"].format(brand=brand, **fields),
                "small_description": [line.format(brand=brand, **fields) for line in family["features"]],
                "product_information": {"Brand": brand, "Department": "womens", "ASIN": f"B09{number:03d}WS"},
                "customization_options": options,
                "average_rating": rng.choice((rng.between(30, 50) / 10, "N.A.")),
                "total_reviews": rng.between(1, 900),
                "images": [],
            }
        )
    items += [
        {**items[0], "asin": "B09BAD0001", "pricing": ""},
        {**items[0], "asin": "B09BAD0002", "pricing": "Currently unavailable"},
        {**items[1], "asin": "B09BAD0003", "product_category": "", "query": "", "category": "fashion", "name": "gift"},
        {**items[2], "name": "once more"},
        {**items[3], "asin": "B09BAD0004", "customization_options": {"color": None, "size": "not a list"}, "name": "brambleway plain hoodie in black"},
        {**items[3], "asin": "B09BAD0005", "name": None},
    ]  # fmt: skip
    return json.dumps(items, indent=1, ensure_ascii=False)


SHOPIFY = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published", "Option1 Name",
    "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams",
    "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service",
    "Variant Price", "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode",
    "Image Src", "Image Position", "Gift Card", "SEO Title", "SEO Description", "Variant Weight Unit", "Status",
)  # fmt: skip


def shopify():
    out = io.StringIO()
    writer = csv.DictWriter(out, SHOPIFY, restval="")
    writer.writeheader()
    for family, brand, fields, price, number, rng in products("shopify"):
        title = title_of(family, brand, fields, rng)
        handle = f"{brand}-{fields['line']}-{number}".lower().replace(" ", "-")
        option = family["option"]
        values = list(dict.fromkeys([fields[option], *rng.sample(family["fields"][option], 2)]))
        for i, value in enumerate(values[: rng.between(1, 3)]):
            row = {
                "Handle": handle,
                "Option1 Value": value,
                "Variant SKU": f"SKU-{number}-{i}",
                "Variant Inventory Qty": rng.choice((0, 0, 3, 12, 40)),
                "Variant Inventory Policy": "deny",
                "Variant Price": f"{price / 100 + i:.2f}",
                "Variant Requires Shipping": "true",
                "Variant Weight Unit": "g",
            }
            if i == 0:
                body = "".join(f"<li>{line.format(brand=brand, **fields)}</li>" for line in family["features"])
                row |= {
                    "Title": title,
                    "Body (HTML)": f"<p>{family['text'].format(brand=brand, **fields)}</p>\n<ul>{body}</ul>",
                    "Vendor": brand,
                    "Product Category": " > ".join(family["path"]),
                    "Type": family["type"],
                    "Tags": "new, cozy",
                    "Published": "true",
                    "Option1 Name": option.title(),
                    "Gift Card": "false",
                    "Status": "active",
                }
            writer.writerow(row)
        writer.writerow({"Handle": handle, "Image Src": f"https://example.invalid/{number}.jpg", "Image Position": 2})
    nasty = {"Vendor": "Larkhaven", "Published": "true", "Status": "active", "Variant Price": "9.99"}
    writer.writerow({**nasty, "Handle": "draft", "Title": "Draft candle", "Type": "Candles", "Status": "draft"})
    writer.writerow(
        {**nasty, "Handle": "gift", "Title": "Gift Card", "Product Category": "Gift Cards", "Type": "Gift Cards"}
    )
    writer.writerow(
        {**nasty, "Handle": "no-price", "Title": "Priceless candle", "Type": "Candles", "Variant Price": ""}
    )
    writer.writerow({**nasty, "Handle": "no-type", "Title": "Something nice"})
    out.write('broken,"one, two",three,' + ",".join(["x"] * 40) + "\r\n")
    return out.getvalue()


def main():
    import pyarrow.parquet as pq

    (HERE / "amazon.jsonl").write_text(amazon(), encoding="utf-8")
    pq.write_table(esci(), HERE / "esci.parquet")
    (HERE / "webshop.json").write_text(webshop(), encoding="utf-8")
    (HERE / "shopify.csv").write_text(shopify(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
