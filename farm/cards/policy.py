"""The licence policy: which models a studio may use, by their terms, its revenue and its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from farm.cards import load_cards
from farm.cards.card import Card
from farm.cards.permits import Refusal
from farm.errors import SpecError
from farm.registry import nearest
from farm.shots.spec import Shot

Licences = Literal["any", "permissive"]
UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""The states of the European Union, by ISO 3166-1: a licence that leaves EU out means them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a studio asks of licences, and what it is: its yearly revenue, and where it works.

    `territory` is a two-letter ISO 3166-1 code. What is not known is not held against a licence,
    but a model that is not for commercial use is refused whatever the policy; and so is one whose
    licence nobody has read for its card, until the studio names it in `read`.
    """

    licences: Licences = "any"
    revenue_usd: float | None = None
    territory: str = ""
    read: tuple[str, ...] = ()

    def fault(self, card: Card) -> str:
        """Say why a model may not be used; the empty string means that it may."""
        licence = card.licence
        if licence.unread and card.name not in self.read:
            return f"nobody has read {licence.name} for its card"
        if not licence.commercial:
            return f"{licence.name} allows no commercial use"
        if self.licences == "permissive" and not licence.permissive:
            return f"{licence.name} is not a permissive licence"
        cap = licence.revenue_cap_usd
        if cap is not None and self.revenue_usd is not None and self.revenue_usd >= cap:
            yours = f"{self.revenue_usd:,.0f}"
            return f"{licence.name} is free below {cap:,.0f} dollars a year, not at {yours}"
        if self.territory and _excludes(licence.territories_excluded, self.territory.upper()):
            return f"{licence.name} grants nothing in {self.territory.upper()}"
        return ""


ANYTHING = Policy()
"""The policy of whoever says nothing."""


def licence_refusals(shot: Shot, policy: Policy) -> list[Refusal]:
    """Refuse a shot whose model the policy does not allow, and name those that it does."""
    cards = load_cards()
    card = cards.get(shot.model)
    if card is None or not (fault := policy.fault(card)):
        return []
    allowed = [name for name, other in cards.items() if not policy.fault(other)]
    hint = f"the policy allows {', '.join(allowed)}" if allowed else "the policy allows no model"
    if way := way_out(card, policy):
        hint = f"{way}; {hint}"
    problem = f"{card.name} may not be used: {fault}"
    return [Refusal(field="model", problem=problem, hint=hint)]


def licences_read(models: Iterable[str]) -> tuple[str, ...]:
    """Take the names of models whose licence a studio has read; raises SpecError for others."""
    cards = load_cards()
    for name in models:
        if name not in cards:
            problem = f"licences_read in farm.toml: there is no model {name!r}"
            raise SpecError(problem, hint=nearest(name, cards))
    return tuple(models)


def way_out(card: Card, policy: Policy) -> str:
    """Say what a studio can do about a licence that it alone can judge; empty for any other."""
    if not card.licence.unread or card.name in policy.read:
        return ""
    said = f'licences_read = ["{card.name}"]'
    return f"read it ({card.licence.terms}); if it allows what you do, write {said} in farm.toml"


def _excludes(territories: tuple[str, ...], territory: str) -> bool:
    return territory in territories or ("EU" in territories and territory in UNION | {"EU"})
