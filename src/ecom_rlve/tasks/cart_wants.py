"""What a customer of cart building wants: exact things, with the words for them, and how they are drawn.

Knows no verdict and no plan; `tasks.cart_building` judges, `tasks.cart_plan` solves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import ProductId, VariantId
from ecom_rlve.core.product import Constraint, Variant
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.tasks.describe import MIN_RIVALS, VISITED, by_features, by_visit, visit_history
from ecom_rlve.tasks.lacking import biggest_brand
from ecom_rlve.tasks.task import Event
from ecom_rlve.world.world import World

ENOUGH = 9
"""Units on the shelf of whatever is wanted, so that stock never forbids a quantity asked for."""
P_VISITED = 0.3
"""Chance that a product is pointed at by a visit instead of described."""
TRIES = 400
FALLBACK_TRIES = 20


@dataclass(frozen=True, slots=True)
class Form:
    """One exact thing to buy, and how the customer tells it."""

    facts: tuple[Fact, ...]
    product_id: ProductId
    variant_id: VariantId | None
    """None: any variant will do."""
    quantity: int


@dataclass(frozen=True, slots=True)
class Want:
    """One thing the customer came for, as it may change."""

    noun: str
    plural: str
    first: Form
    fallback: Form | None = None
    """What they take if the first is sold out."""
    switched: Form | None = None
    """What they want after a change of mind."""
    changed: bool = False
    """Whether the first is sold out, or the change of mind has happened."""

    @property
    def in_force(self) -> Form:
        """What is right at the moment."""
        then = self.fallback or self.switched
        return then if self.changed and then is not None else self.first

    @property
    def spoken(self) -> Form:
        """What the customer has in mind before being told of a sell-out."""
        return self.switched if self.changed and self.switched is not None else self.first


class Draw:
    """Draws wants one after another, so that none is like another; holds what they need of the world."""

    def __init__(self, world: World, difficulty: Difficulty, rng: Stream) -> None:
        self.world, self.difficulty, self.rng = world, difficulty, rng
        self.catalog: Catalog = world.catalog
        self.wants: list[Want] = []
        self.events: list[Event] = []
        self.stock: dict[str, int] = {}
        self.pointed: list[tuple[int, int]] = []
        self.categories: set[str] = set()
        self.redraws = 0
        """Products thrown away: not for sale, of a type wanted already, or not singled out by words."""
        self.gone = -1
        """A row that is sold out while another is looked for; -1 for none."""

    def add_want(self) -> None:
        """Draw one more want, with its fallback where it is sold out or will be."""
        visited = self.rng.chance(P_VISITED)
        found = self._pick(range(len(self.catalog)), TRIES, visited=visited)
        if found is None:
            raise GenerationError(
                f"no product that words can single out was found in {TRIES} tries: it takes a type not yet in the cart "
                f"and a brand with {MIN_RIVALS} products of it that differ in price and attributes; "
                f"{biggest_brand(self.catalog)}"
            )
        row, facts = found
        leaf = self.catalog.leaf(row)
        self.categories.add(leaf.key)
        want = Want(leaf.one, leaf.many, self._form(row, facts))
        if self.rng.chance(self.difficulty.p_oos):
            want = self._sold_out(want, row)
        self.wants.append(want)

    def with_change_of_mind(self) -> tuple[tuple[Want, ...], tuple[Event, ...]]:
        """Return all wants and events, one want perhaps with a change of mind."""
        if self.rng.chance(self.difficulty.p_switch):
            steady = [i for i, want in enumerate(self.wants) if want.fallback is None]
            if steady:
                i = self.rng.choice(steady)
                self.wants[i] = replace(self.wants[i], switched=self._other_mind(self.wants[i].first))
                touches = (self.wants[i].first.product_id,)
                self.events.append(Event("switch", self._turn(), i, touches))
        return tuple(self.wants), tuple(self.events)

    def world_with_visits(self) -> World:
        """Return the world with a visit history: what is pointed at, look-alikes of it, and other things."""
        rows = [self.catalog.row_of(w.first.product_id) or 0 for w in self.wants]
        alike = [self.rng.choice(self.catalog.category_rows(self.catalog.leaf(r).key)) for r in rows * 2]
        others = [self.rng.below(len(self.catalog)) for _ in range(3)]
        allowed = [r for r in (*alike, *others) if not self.catalog.leaf(r).denied]
        return replace(self.world, visits=visit_history(self.world, self.pointed, allowed, self.rng))

    def _pick(
        self, rows: range, tries: int, *, visited: bool, same_type: bool = False
    ) -> tuple[int, tuple[Fact, ...]] | None:
        """Return a row that can be sold, of a type not yet wanted, and the facts that single it out."""
        for _ in range(tries):
            row = self.rng.choice(rows)
            leaf = self.catalog.leaf(row)
            if leaf.denied or (leaf.key in self.categories) != same_type or not self._buyable(row):
                self.redraws += 1
                continue
            if visited:
                days = 1 + self.rng.below(7)
                self.pointed.append((row, days))
                return row, by_visit(leaf, self.catalog.title(row), days)
            found = by_features(self.catalog, self.catalog.rivals(row), self.rng)
            if found is not None and self._buyable(found[0]):
                return found
            self.redraws += 1
        return None

    def _buyable(self, row: int) -> bool:
        return row != self.gone and self.catalog.column("stock")[row] > 0

    def _form(self, row: int, which: tuple[Fact, ...]) -> Form:
        """Return one exact thing: this product, perhaps in a particular variant, in some quantity."""
        product_id = self.catalog.id_of(row)
        facts = list(which)
        variant = self._variant(product_id) if self.rng.chance(self.difficulty.chance(2, 1.5)) else None
        if variant is not None:
            (name, value), *_ = variant.options.items()
            facts.append(Fact(Constraint(name, "eq", value)))
        many = self.rng.chance(min(0.5, 0.1 * self.difficulty.level))
        quantity = self.rng.between(2, 4) if many else 1
        facts.append(Fact(Constraint("quantity", "eq", quantity)))
        self._fill_shelf(row, variant)
        said = tuple(replace(f, withheld=True) if self._withheld(f) else f for f in facts)
        return Form(said, product_id, None if variant is None else variant.id, quantity)

    def _withheld(self, fact: Fact) -> bool:
        never = fact.topic in ("category", VISITED) or fact.constraint == Constraint("quantity", "eq", 1)
        return self.rng.chance(self.difficulty.p_missing) and not never

    def _variant(self, product_id: ProductId, other_than: VariantId | None = None) -> Variant:
        return self.rng.choice([v for v in self.world.variants(product_id) if v.id != other_than])

    def _fill_shelf(self, row: int, variant: Variant | None) -> None:
        """Put enough on the shelf of a product, and of the form that is wanted."""
        product_id, units = self.catalog.id_of(row), int(self.catalog.column("stock")[row])
        self.stock[product_id] = max(ENOUGH, units)
        if variant is not None:
            self.stock[variant.id] = self.stock[product_id]

    def _sold_out(self, want: Want, row: int) -> Want:
        """Return the want with a fallback: another form of the same product, or another product of its type.

        The want as it is where the shop has nothing else of its type that words can single out.
        """
        by_form = want.first.variant_id is not None and self.rng.chance(0.5)
        found = self._other_form(want.first) if by_form else self._other_product(row)
        if found is None:
            return want
        fallback, gone = found
        fallback = replace(fallback, facts=tuple(replace(f, withheld=False) for f in fallback.facts))
        at_start = self.rng.chance(0.5)
        if at_start:
            self.stock[gone] = 0
        else:
            touches = (want.first.product_id,)
            self.events.append(Event("sell_out", self._turn(), len(self.wants), touches, (gone,)))
        return replace(want, fallback=fallback, changed=at_start)

    def _other_form(self, form: Form) -> tuple[Form, str]:
        """Return the form in another variant, and the id of what is sold out instead."""
        variant = self._variant(form.product_id, other_than=form.variant_id)
        self.stock[variant.id] = self.stock[form.product_id]
        return _in_variant(form, variant), str(form.variant_id)

    def _other_product(self, row: int) -> tuple[Form, str] | None:
        """Return another product of the type of `row`, and the id of what is sold out; None if there is none."""
        self.gone = row
        rows = self.catalog.category_rows(self.catalog.leaf(row).key)
        other = self._pick(rows, FALLBACK_TRIES, visited=False, same_type=True)
        self.gone = -1
        return None if other is None else (self._form(*other), self.catalog.id_of(row))

    def _other_mind(self, form: Form) -> Form:
        """Return the form with another variant or another quantity, the change no longer unsaid."""
        if form.variant_id is not None and self.rng.chance(0.5):
            return self._other_form(form)[0]
        quantity = self.rng.choice([q for q in (1, 2, 3, 4) if q != form.quantity])
        fact = Fact(Constraint("quantity", "eq", quantity))
        facts = tuple(fact if f.topic == "quantity" else f for f in form.facts)
        return replace(form, facts=facts, quantity=quantity)

    def _turn(self) -> int:
        return self.rng.between(1, 3 + len(self.wants))


def _in_variant(form: Form, variant: Variant) -> Form:
    (name, value), *_ = variant.options.items()
    fact = Fact(Constraint(name, "eq", value))
    facts = tuple(fact if f.topic == name else f for f in form.facts)
    return replace(form, facts=facts, variant_id=variant.id)
