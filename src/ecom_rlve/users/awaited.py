"""A customer at once as one whose words are awaited, for the asynchronous shell. Knows no customer in particular."""

from __future__ import annotations

from typing import Any

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users.user import Heard, Reply, User


class Awaited:
    """Gives the replies of another customer without waiting for anything."""

    def __init__(self, user: User[Any]) -> None:
        self.user = user

    async def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Any]:
        """As `User.open`."""
        return self.user.open(brief, rng, noise)

    async def respond(self, brief: Brief, belief: Any, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Any]:
        """As `User.respond`."""
        return self.user.respond(brief, belief, heard, rng, noise)
