"""Our own generated products told in a foreign schema, without their attributes: what is true of them is known."""

import json

from ecom_rlve.core.attributes import money

DEPARTMENTS = {
    "electronics": "Electronics", "computers": "Electronics", "home": "Home & Kitchen", "kitchen": "Home & Kitchen",
    "furniture": "Home & Kitchen", "garden": "Patio, Lawn & Garden", "office": "Office Products",
    "clothing": "Clothing, Shoes & Jewelry", "shoes": "Clothing, Shoes & Jewelry", "bags": "Clothing, Shoes & Jewelry",
    "beauty": "Beauty & Personal Care", "care": "Health & Household", "baby": "Baby Products", "pet": "Pet Supplies",
    "grocery": "Grocery & Gourmet Food", "sports": "Sports & Outdoors", "toys": "Toys & Games",
}  # fmt: skip


def as_amazon(shop, row, copy=0):
    """Return a generated product as a line of Amazon Reviews 2023; further copies differ in title and id."""
    product, leaf = shop.product(row), shop.leaf(row)
    department = DEPARTMENTS[leaf.department]
    item = {
        "main_category": department,
        "title": f"{product.title} No. {copy}" if copy else product.title,
        "average_rating": product.rating / 10,
        "rating_number": product.rating_count,
        "features": [],
        "description": [product.description],
        "price": money(product.price),
        "images": [],
        "videos": [],
        "store": product.brand,
        "categories": [department, leaf.plural.title()],
        "details": json.dumps({"Brand": product.brand}),
        "parent_asin": f"B{row:08d}-{copy}",
        "bought_together": None,
        "subtitle": None,
        "author": None,
    }
    return json.dumps(item) + "\n"
