"""`ecom-rlve catalog rules`: shown, set, taken away, and refused where it would change a shop that others use."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app
from ecom_rlve.catalog.cache import generated_path
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.generate import generate
from ecom_rlve.catalog.rules import FILE
from ecom_rlve.core.errors import CatalogError, SpecError

RIDGEWAY = Path(__file__).parents[2] / "examples" / "own_shop" / "policy"


def rules(*arguments):
    return CliRunner().invoke(app, ["catalog", "rules", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def shop(tmp_path):
    generate(1_000, 0, tmp_path / "shop")
    return tmp_path / "shop"


def test_rules_are_set_listed_and_taken_away(shop):
    before = Catalog(shop).fingerprint
    done = rules(shop, "--policy", RIDGEWAY)
    assert done.exit_code == 0
    assert done.output.count("the shop's own") == 3
    assert Catalog(shop).fingerprint != before
    assert Catalog(shop).fingerprint in done.output
    assert rules(shop).output == done.output
    gone = rules(shop, "--shipped")
    assert "the shop's own" not in gone.output
    assert before in gone.output
    assert Catalog(shop).fingerprint == before


def test_what_cannot_be_asked_about_changes_nothing(shop, tmp_path):
    rules(shop, "--policy", RIDGEWAY)
    before = Catalog(shop).fingerprint
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "refunds.toml").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"refunds\.toml"):
        rules(shop, "--policy", wrong)
    assert Catalog(shop).fingerprint == before


def test_the_shop_that_every_command_uses_is_not_changed(catalog):
    with pytest.raises(SpecError, match="one of your own to change"):
        rules(catalog.path, "--policy", RIDGEWAY)
    assert generated_path(len(catalog), 0) == catalog.path
    assert not catalog.rules


def test_policy_and_shipped_exclude_each_other(shop):
    with pytest.raises(SpecError, match="exclude each other"):
        rules(shop, "--policy", RIDGEWAY, "--shipped")


def test_damaged_rules_are_mended_as_their_message_says(shop, tmp_path):
    rules(shop, "--policy", RIDGEWAY)
    sound = Catalog(shop).fingerprint
    (shop / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(CatalogError, match="set it anew with `ecom-rlve catalog rules`"):
        rules(shop)
    assert rules(shop, "--policy", RIDGEWAY).exit_code == 0
    assert Catalog(shop).fingerprint == sound
    with pytest.raises(CatalogError, match="there is no catalogue"):
        rules(tmp_path, "--policy", RIDGEWAY)
    assert not (tmp_path / FILE).exists()
