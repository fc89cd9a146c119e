"""Episodes on foreign catalogues: what can be drawn is sound, what cannot says what is missing."""

import json

import pytest
from tests.catalog.intake.conftest import FILES, SAMPLES, build_from
from typer.testing import CliRunner

from ecom_rlve import testing
from ecom_rlve.apps.cli import app
from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.ids import LineId
from ecom_rlve.core.rng import stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.availability import climbs, drawable, trials
from ecom_rlve.evaluate.card.laws.wrong import foreign_product
from ecom_rlve.tasks.registry import all_tasks
from ecom_rlve.tasks.return_plan import draw_replacement
from ecom_rlve.world.blank import blank
from ecom_rlve.world.orders import OrderLine

ENVS = [f"{task.name}-v{task.version}" for task in all_tasks().values()]
ALONE = [env for env in ENVS if not env.startswith("journey")]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_environment_plays_on_every_sample(built, name):
    found = trials(built(name)[1], ENVS, (0, 6), 2)
    assert all(one.solved == one.drawn for one in found), found
    # Errands of a journey want different kinds of things: five kinds are few for three of them.
    assert [one for one in found if one.drawn < one.tried and one.env in ALONE] == []
    assert all(one.drawn for one in found if one.difficulty == 0)


@pytest.mark.parametrize(
    "task", [task for task in all_tasks().values() if task.name != "journey"], ids=lambda t: t.name
)
def test_laws_hold_on_a_foreign_catalogue(built, task):
    _, shop = built("webshop")
    testing.check_task(task, shop, testing.Grid((0, 6), 2))


@pytest.fixture(scope="module")
def poor(tmp_path_factory):
    """Four mugs that nothing tells apart: less than most environments need."""
    folder = tmp_path_factory.mktemp("poor")
    rows = [{"id": i, "title": f"Mug {i}", "category": "Mugs", "price": 5} for i in range(4)]
    (folder / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build_from(folder / "shop", ("plain", folder / "x.jsonl"))
    return folder / "shop"


def test_a_poor_catalogue_says_what_is_missing(poor):
    for one in trials(open_catalog(poor), ENVS, (0,), 2):
        assert one.solved == one.drawn, one
        if one.env in ("policy_qa-v0", "cart_building-v0"):
            # A question needs no product, and "the one I looked at yesterday" needs no other to be told from.
            assert one.drawn == 2, one
        else:
            # A journey may be of those two.
            assert one.drawn < (2 if one.env == "journey-v0" else 1), one
            assert "it takes" in one.missing, one.missing


def test_info_tells_where_episodes_do_not_get_harder(built):
    """A shop of 88 products has no room for more conditions of a substitute; returns rest on orders and rules."""
    found = {one.env: one for one in climbs(built("shopify")[1], ["substitution-v0", "returns-v0"], 0, 20, 60)}
    assert [one.tried for one in found.values()] == [60, 60]
    assert not found["substitution-v0"].falls
    assert found["returns-v0"].falls
    assert found["returns-v0"].easy > 50


def test_the_expert_tries_as_many_hard_episodes_as_easy_ones(poor):
    (one,) = climbs(open_catalog(poor), ["journey-v0"], 0, 20, 5)
    assert one.tried < 5
    assert max(one.easy, one.hard) <= one.tried
    done = CliRunner().invoke(app, ["catalog", "info", str(poor), "--tries", "0", "--expert", "2", "--env", "journey"])
    assert "Episodes that the expert passes" in done.output


def test_specs_are_cut_down_to_what_can_be_drawn(poor):
    specs = [EpisodeSpec(env, 0, 0) for env in ("policy_qa-v0", "substitution-v0")]
    able, refused = drawable(open_catalog(poor), specs)
    assert able == specs[:1]
    assert len(refused) == 1
    assert refused[0].startswith("substitution-v0, d=0: ")


def test_info_shows_what_can_be_played(poor):
    done = CliRunner().invoke(app, ["catalog", "info", str(poor), "-d", "0", "--tries", "1"], env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    assert "4 products in 1 categories" in done.output
    assert "policy_qa-v0" in done.output
    assert "it takes" in done.output


def test_build_info_search_and_run_from_the_command_line(tmp_path):
    out, runs = str(tmp_path / "shop"), str(tmp_path / "runs")
    cli, wide = CliRunner(), {"COLUMNS": "160"}
    done = cli.invoke(
        app, ["catalog", "build", str(SAMPLES / "shopify.csv"), "--map", "shopify", "--out", out], env=wide
    )
    assert done.exit_code == 0, done.output
    assert "93 rows read, 88 products of 8 brands" in done.output
    assert "price_missing" in done.output
    done = cli.invoke(app, ["catalog", "search", "soy wax candle", "--catalog", out, "--where", "price<=40"], env=wide)
    assert done.exit_code == 0, done.output
    assert "Candle" in done.output
    args = ["run", "cart_building", "-d", "0,12", "--seeds", "4", "--catalog", out, "--agent", "oracle", "--out", runs]
    done = cli.invoke(app, args, env=wide)
    assert done.exit_code == 0, done.output
    cells = json.loads((tmp_path / "runs" / "summary.json").read_text())
    assert all(cell["pass_rate"] == 1 for cell in cells)
    assert sum(cell["n"] for cell in cells) <= 8


def test_certifying_leaves_out_what_cannot_always_be_drawn_and_says_so(poor, tmp_path):
    from rich.console import Console

    from ecom_rlve.apps.availability import always_drawable
    from ecom_rlve.evaluate.card.grid import Grid
    from ecom_rlve.evaluate.runs import Shop

    console = Console(record=True, width=200, quiet=True)
    grid = Grid((0,), oracle=2, expert=1, others=1)
    both = ["policy_qa-v0", "substitution-v0"]
    assert always_drawable(Shop(0, 0, str(poor)), both, grid, console) == ["policy_qa-v0"]
    done = CliRunner().invoke(app, ["certify", "substitution", "--catalog", str(poor), "--out", str(tmp_path)])
    assert "substitution-v0 is left out" in done.output
    assert "none of these environments" in str(done.exception)


def test_maps_are_listed():
    done = CliRunner().invoke(app, ["catalog", "build", "--maps"], env={"COLUMNS": "120"})
    assert all(name in done.output for name in FILES)


@pytest.mark.parametrize("env", ALONE)
def test_the_goal_blind_expert_plays_there_too(built, env):
    from ecom_rlve.evaluate.runs import Job, Shop, run

    _, shop = built("amazon_reviews_2023")
    specs = tuple(EpisodeSpec(env, 0, seed) for seed in range(8))
    outcomes = list(run(Job(specs, "expert", Shop(0, 0, str(shop.path)), "gated", traced=False)))
    assert sum(one.correct for one in outcomes) >= 6
    assert all(one.reward is not None for one in outcomes)


@pytest.mark.parametrize(("name", "kind"), [("esci", "kitchen/mugs"), ("amazon_reviews_2023", "home/desk_lamps")])
def test_a_replacement_is_wished_for_by_what_no_form_changes(built, name, kind):
    """In a shop where some mugs come in colours and others in materials, a search finds the one by the other's form."""
    _, shop = built(name)
    varying, rows = shop.varying(kind), shop.category_rows(kind)
    assert len(varying) > 1
    world = blank(shop, Difficulty.at(0), stream(0, "world"))
    variant = shop.variants(rows.start, Offer())[0]
    line = OrderLine(LineId("LN1"), shop.id_of(rows.start), variant.id, 1, variant.price, final_sale=False)
    wished = set()
    for seed in range(40):
        found = draw_replacement(world, [line], 8, stream(seed, "wish"))
        wished |= {one.attribute for one in found.constraints}
    assert "price" in wished
    assert len(wished) > 1
    assert not wished & varying


def test_a_shop_of_few_types_has_wrong_answers_for_each_of_them(built):
    _, shop = built("esci")
    world = blank(shop, Difficulty.at(0), stream(0, "world"))
    kinds = [key for key, leaf in shop.taxonomy.leaves.items() if len(shop.category_rows(key)) and not leaf.denied]
    given = [shop.id_of(shop.category_rows(kind).start) for kind in kinds]
    for one in given:
        other = foreign_product(world, one, *given)
        assert other not in given
        assert shop.product(shop.row_of(other)).category != shop.product(shop.row_of(one)).category
