"""The scans by environment: one literal. An environment that is not in it has no brute-force check, and is shown so."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ecom_rlve.evaluate.card.scans import bundles, carts, journeys, lists, orders, rules
from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scan, Scanned

_OF_ONE: Final[Mapping[str, Scan]] = MappingProxyType(
    {
        "product_discovery": lists.scan_ranked,
        "substitution": lists.scan_alternatives,
        "cart_building": carts.scan,
        "returns": orders.scan_return,
        "order_tracking": orders.scan_order,
        "policy_qa": rules.scan,
        "bundle_planning": bundles.scan,
    }
)
SCANS: Final[Mapping[str, Scan]] = MappingProxyType(
    {**_OF_ONE, "journey": lambda drawn: journeys.scan_errands(drawn, _OF_ONE)}
)

__all__ = ["SCANS", "Drawn", "Place", "Scan", "Scanned"]
