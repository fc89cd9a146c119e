"""An episode in the terminal: `human` lets a person be the agent, `watch` shows how a built-in agent plays."""

from ecom_rlve.apps.play.session import human, watch

__all__ = ["human", "watch"]
