"""A model that words what a served customer says, and that may hold nobody up. Knows no episode.

What is said was decided before: where the model stalls, fails or refuses, the grammar's own line is said, and the model
is left alone for a while, so that a dead one costs one wait in that while and not one a reply.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.core.errors import EndpointError

REST_S: Final = 30.0
"""Seconds without questions after a failure."""
_LOG: Final = logging.getLogger(__name__)


class Speaker:
    """A `users.voice.Writer` for all sessions of a process."""

    def __init__(self, endpoint: Endpoint, rest_s: float = REST_S) -> None:
        """Ask `endpoint`; its `patience.seconds` are the longest that one line waits, with a single attempt."""
        self._client = ChatClient(endpoint)
        self._rest_s = rest_s
        self._rests_until = 0.0

    async def __call__(self, messages: Sequence[dict[str, Any]], number: int) -> str:  # Any: chat messages
        """Return the model's text.

        Raises:
            EndpointError: There is none. It tells nothing of the endpoint: what a session raises, its client reads.
        """
        if time.monotonic() < self._rests_until:
            raise EndpointError("the voice rests")
        try:
            return (await self._client.complete(messages, trial=number)).content
        except EndpointError as error:
            self._rests_until = time.monotonic() + self._rest_s
            _LOG.warning("the voice fails, the grammar speaks for %g s: %s", self._rest_s, error)
            raise EndpointError("the voice failed") from None
