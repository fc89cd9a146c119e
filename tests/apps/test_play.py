"""The terminal: what a person types, what they see, and that an episode can be won by typing."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ecom_rlve.agents.oracle import solve
from ecom_rlve.apps.play import human, view, watch
from ecom_rlve.apps.play.commands import SHORTHANDS, Seen, TypingError, read_line
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.cart_building import Answer
from ecom_rlve.tools.toolbox import TOOLS

SIGNS = {"max": "<=", "min": ">=", "eq": "="}


def console(width=200):
    return Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)


def typing(lines):
    """Return a `read` that types these lines and then closes the terminal."""
    left = iter(lines)

    def read():
        for line in left:
            return line
        raise EOFError

    return read


def played(catalog, spec, lines):
    """Return the environment and all that was on the screen after typing `lines`."""
    env, screen = Env(catalog), console()
    env.reset(spec)
    human(env, screen, typing(lines))
    return env, screen.file.getvalue()


def typed(call: ToolCall) -> str:
    """Return the line a person would type for one of the oracle's calls."""
    args = dict(call.args)
    match call.name:
        case "catalog.search":
            where = [f'{name}{SIGNS[op]}"{value}"' for name, by in args["filters"].items() for op, value in by.items()]
            return f"/search {args['query']} {' '.join(where)}"
        case "cart.add":
            return f"/add {args['product_id']} {args.get('variant_id', '')} x{args['quantity']}"
        case "cart.set_quantity":
            return f"/set {args['line_id']} {args['quantity']}"
        case "cart.remove":
            return f"/remove {args['line_id']}"
        case "catalog.get_variants":
            return f"/variants {args['product_id']}"
        case "user.get_visit_history":
            return "/history"
    raise AssertionError(f"the oracle called {call.name}: say how a person types it")


def script(catalog, spec):
    """Return what a person with the oracle's knowledge types."""
    env = Env(catalog)
    env.reset(spec)
    solve(env)
    lines = []
    for turn in env.episode.turns:
        lines += [typed(call) for call in turn.action.calls]
        lines += [turn.action.message] if turn.action.message else []
    return [*lines, "/submit"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("d", [0, 3])
def test_an_episode_is_won_by_typing_what_the_oracle_knows(catalog, d, seed):
    spec = f"cart_building-v0/d{d}/s{seed}"
    env, screen = played(catalog, spec, script(catalog, spec))
    assert env.episode.verdict is not None
    assert env.episode.verdict.is_correct, screen
    assert env.episode.verdict.reward.total == 0.9
    assert "Passed, reward +0.900" in screen


def test_numbers_stand_for_what_the_list_shown_last_had_in_that_place(catalog):
    spec = "cart_building-v0/d4/s0"
    lines = ["/search charger", "/variants 2", "/add 2 3 x2", "/cart", "/set 1 1", "/remove 1"]
    env, _ = played(catalog, spec, lines)
    calls = [call for turn in env.episode.turns for call in turn.action.calls]
    search, variants = (r for turn in env.episode.turns for r in turn.results[:2] if r.name.startswith("catalog."))
    second = search.view.results[1].product_id
    third = variants.view.variants[2].variant_id
    assert [dict(call.args) for call in calls[1:3]] == [
        {"product_id": second},
        {"product_id": second, "variant_id": third, "quantity": 2},
    ]
    assert [call.args for call in calls[-2:]] == [{"line_id": "LN1", "quantity": 1}, {"line_id": "LN1"}]
    assert env.episode.world.cart == ()


def test_a_list_of_visits_can_be_pointed_into_too(catalog):
    env, _ = played(catalog, "cart_building-v0/d6/s1", ["/search mug", "/history", "/product 2"])
    _, history, product = env.episode.open_turn.results
    assert product.view.product_id == history.view.visits[1].product_id


def test_the_screen_shows_cards_the_cart_and_what_is_left(catalog):
    env, screen = played(catalog, "cart_building-v0/d2/s0", ["/search mug", "/add 1", "/now"])
    card = env.episode.turns[0].results[0].view.results[0]
    for text in (card.product_id, card.title, f"${card.price}", f"{card.rating} ★", "turns left", "call left"):
        assert text in screen
    assert f"cart: 1 unit, ${card.price}" in screen
    assert env.episode.opening.text.split()[0] in screen
    assert '"title"' not in screen


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/bogus", "There is no command /bogus"),
        ("/search", "Search for what?"),
        ("/search mug price<=cheap", "price takes a number"),
        ("/search mug colour=red", "There is no filter 'colour'"),
        ("/search mug price<=1,2", "price takes one value"),
        ("/search mug brand>=Lumera", "brand takes ="),
        ("/search mug sort=colour", "sorted by relevance"),
        ("/search mug top_k=500", "less than or equal to 50"),
        ("/product 3", "begin with /search"),
        ("/product", "Name one product"),
        ("/product PABC123", "has not shown anything called 'PABC123'"),
        ("/add", "Put what into the cart?"),
        ("/add 1 2 3", "Put what into the cart?"),
        ("/set LN1 two", "The cart has no line 'LN1'"),
        ("/set 1", "Set what to how many?"),
        ("/remove 4", "no line of the cart yet"),
        ("/cart please", "takes nothing behind it"),
        ("/submit yes", "That is no JSON"),
        ('/submit {"done": false}', '"done" must be true'),
        ('/submit {"extra": 1}', "extra"),
        ("/call", "unknown tool"),
        ("/call catalog.buy {}", "unknown tool 'catalog.buy'"),
        ("/call cart.add {}", "product_id"),
        ("/call cart.add {oops", "That is no JSON"),
        ("/call cart.add [1]", "a JSON object"),
        ("/call cart.add " + '{"a":' * 100_000, "That is no JSON"),
        ("/raw {}", "empty"),
        ("/raw what?", "no JSON"),
        ('/raw {"tool_calls": [{"name": "cart.add", "args": {"quantity": 0}}]}', "product_id"),
    ],
)
def test_a_slip_is_explained_and_costs_nothing(catalog, line, told):
    env, screen = Env(catalog), console()
    env.reset("cart_building-v0/d0/s0")
    before = env.episode
    human(env, screen, typing([line]))
    assert told in screen.file.getvalue()
    assert env.episode is before, "nothing may have happened"


@pytest.mark.parametrize(
    "line", ["/product 99", "/add 1 1", "/set 1 5000000000", "/add 1 x0", "/add 1 x99999", "/remove LN9"]
)
def test_a_slip_in_the_middle_costs_nothing_either(catalog, line):
    begun = ["/search mug", "/add 1"]
    without, _ = played(catalog, "cart_building-v0/d6/s0", begun)
    with_slip, screen = played(catalog, "cart_building-v0/d6/s0", [*begun, line])
    assert with_slip.episode == without.episode, screen


def test_what_the_shop_refuses_is_told_and_the_game_goes_on(catalog):
    env, screen = played(catalog, "cart_building-v0/d2/s0", ["/search mug", "/add 1 x90", "/cart"])
    assert "quantity_exceeded: At most" in screen
    assert not env.episode.is_over


def test_any_tool_can_be_called_by_its_name_dotted_or_not(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d6/s0")
    human(env, console(), typing(["/search mug"]))
    cards = env.episode.open_turn.results[0].view.results
    screen = console()
    ids = f'["{cards[3].product_id}", "{cards[4].product_id}"]'
    human(env, screen, typing([f'/call catalog_rerank {{"product_ids": {ids}, "query": "mug"}}', "/call cart.view"]))
    assert [call.name for call in env.episode.open_turn.calls] == ["catalog.search", "catalog.rerank", "cart.view"]
    assert "similarity" in screen.file.getvalue()


def test_a_whole_action_may_be_typed(catalog):
    calls = '[{"name": "datetime.now", "args": {}}]'
    line = f'/raw {{"assistant_message": "One moment.", "tool_calls": {calls}, "answer": null}}'
    env, screen = played(catalog, "cart_building-v0/d2/s0", [line])
    (turn,) = env.episode.turns
    assert turn.action.message == "One moment."
    assert turn.results[0].view.weekday in screen


def test_leaving_ends_without_a_verdict(catalog):
    for lines in (["/quit"], []):
        env, screen = played(catalog, "cart_building-v0/d0/s0", lines)
        assert not env.episode.is_over
        assert "You left; the episode was not judged." in screen


def test_help_names_every_command_and_tools_every_tool(catalog):
    env, screen = played(catalog, "cart_building-v0/d0/s0", ["/help", "/tools", ""])
    assert env.episode.turns == ()
    for shorthand in SHORTHANDS.values():
        assert shorthand.syntax in screen
    for tool in TOOLS.values():
        assert f"{tool.name}(" in screen


@pytest.mark.parametrize("name", SHORTHANDS)
def test_the_example_of_every_command_can_be_typed(name):
    seen = Seen(("PAAAAA1", "PAAAAA2"), {"PAAAAA2": ("VAAAAA1",)}, ("LN1",), frozenset())
    (call,) = read_line(SHORTHANDS[name].syntax, Answer, seen)
    TOOLS[call.name].check(call.args)


def test_search_conditions_become_filters_with_their_units():
    where = 'price>=10 price<=24.99 brand="Hadley & Ives" color="black,navy blue" rating>=4.5 sort=price'
    (call,) = read_line(f"/search usb-c charger {where}", Answer, Seen())
    assert call.args == {
        "query": "usb-c charger",
        "filters": {
            "price": {"min": 10, "max": 24.99},
            "brand": {"eq": "Hadley & Ives"},
            "color": {"in": ["black", "navy blue"]},
            "rating": {"min": 4.5},
        },
        "sort": "price",
    }


def test_an_apostrophe_is_no_quotation_mark():
    (call,) = read_line("/search women's boots", Answer, Seen())
    assert call.args["query"] == "women's boots"


def test_bytes_that_are_no_text_do_not_reach_the_trace():
    (call,) = read_line("caf\udce9?", Answer, Seen())
    assert call.args == {"text": "caf??"}


def test_an_id_must_have_been_on_the_screen():
    with pytest.raises(TypingError, match="has not shown"):
        read_line("/add PABC123", Answer, Seen())
    (call,) = read_line("/add pabc123", Answer, Seen(shown=frozenset({"PABC123"})))
    assert call.args == {"product_id": "PABC123"}


def test_a_failure_is_explained_and_the_goal_revealed(catalog):
    env, screen = played(catalog, "cart_building-v0/d0/s0", ["/submit"])
    assert "Failed, reward −0.900" in screen
    assert "gave up: The agent handed in without having achieved anything." in screen
    (want,) = env.episode.goal.wants
    assert env.episode.world.product(want.first.product_id).title in screen
    assert f"· {want.noun}" in screen
    for fact in want.first.facts[1:]:
        if not fact.slot and fact.topic != "quantity":
            assert attribute(fact.topic).show(fact.constraint.value) in screen


def test_a_fallback_belongs_to_the_goal(catalog):
    env, told = Env(catalog), 0
    for seed in range(10):
        env.reset(f"cart_building-v0/d0/s{seed}?p_oos=1.0")
        brief = env.task.brief(env.episode.goal)
        for request, thing in zip(brief.requests, view.goal(brief), strict=True):
            assert bool(request.fallback) == ("if sold out" in dict(thing.more))
            told += bool(request.fallback)
    assert told


def test_watching_shows_every_turn_and_waits_between_them(catalog):
    env, screen, waits = Env(catalog), console(), []
    env.reset("cart_building-v0/d6/s1")
    watch(env, "oracle", screen, lambda: waits.append(len(screen.file.getvalue())))
    shown, turns = screen.file.getvalue(), env.episode.turns
    assert len(waits) == len(turns) - 1
    assert waits == sorted(set(waits)), "something is printed before every pause"
    for number, turn in enumerate(turns, start=1):
        assert f"turn {number} of {env.episode.max_turns}" in shown
        for call in turn.action.calls:
            assert call.name in shown
        if turn.reply is not None and turn.reply.text:
            assert f"Customer · {turn.reply.act}" in shown
    assert "The cart now: $" in shown
    assert "Passed, reward +0.900" in shown


def test_watching_may_be_broken_off(catalog):
    env, screen = Env(catalog), console()
    env.reset("cart_building-v0/d6/s1")

    def leave():
        raise KeyboardInterrupt

    watch(env, "oracle", screen, leave)
    assert "turn 1 of" in screen.file.getvalue()
    assert "turn 2 of" not in screen.file.getvalue()


def test_an_agent_that_does_not_exist_is_named_before_anything_is_played(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s0")
    with pytest.raises(SpecError, match="unknown agent 'nobody'"):
        watch(env, "nobody", console())
    assert env.episode.turns == ()


def test_words_in_brackets_are_words_not_markup(catalog):
    screen = console()
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s0")
    env.step({"assistant_message": "[bold]Hello[/] [/nothing]", "tool_calls": [], "answer": None})
    screen.print(view.agent(env.episode.turns[0].action.message, "[red]me[/]"))
    screen.print(view.customer("[/]"))
    assert "[bold]Hello[/] [/nothing]" in screen.file.getvalue()
    assert "[red]me[/]" in screen.file.getvalue()


def test_an_invalid_episode_is_called_invalid(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s0")
    env.step("no action")
    verdict = env.episode.verdict
    assert verdict is not None
    broken = replace(verdict, end="invalid", cause="invalid", reward=replace(verdict.reward, total=None))
    env._episode = replace(env.episode, verdict=broken)
    screen = console()
    screen.print(view.verdict(env, "x"))
    assert "Invalid, reward invalid" in screen.file.getvalue()
