"""Temporary stand-in until the customer proper is written."""
from __future__ import annotations
from dataclasses import dataclass
from ecom_rlve.core.attributes import attribute
from ecom_rlve.users.user import Reply
@dataclass(frozen=True, slots=True)
class Belief:
    said: frozenset = frozenset()
class Customer:
    def open(self, brief, rng, noise):
        said=[];words=[]
        for i,r in enumerate(brief.requests):
            for f in r.facts:
                if not f.withheld: said.append((i,f.topic)); words.append(f"{f.topic}: {f.constraint.value}")
        return Reply("inform"," ".join(words),tuple(said),()), Belief(frozenset(said))
    def respond(self, brief, belief, heard, rng, noise):
        if heard.switched:
            said=[(i,f.topic) for i in heard.switched for f in brief.requests[i].facts]
            return Reply("switch","changed",tuple(said),()),Belief(belief.said|set(said))
        new=[]
        for i,r in enumerate(brief.requests):
            if r.noun in heard.message or r.plural in heard.message:
                for f in r.facts:
                    lab="many" if f.topic=="quantity" else attribute(f.topic).label if f.topic!="visited" else "@@"
                    if (lab in heard.message or (f.topic=="quantity" and "quantity" in heard.message)) : new.append((i,f.topic))
        sold="sold out" in heard.message
        if sold: return Reply("elaborate","take fallback",(),()),belief
        return Reply("clarify","answer",tuple(new),tuple(s for s in new if s not in belief.said)),Belief(belief.said|set(new))
