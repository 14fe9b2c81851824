"""Tables of records, by noun."""

from .drafts import Draft
from .encounters import Encounter, FormVersion, Mode, Response, Source, TypedResponse
from .envelopes import RawEnvelope
from .episodes import Episode, EpisodeChange
from .referrals import UNSETTLED, Referral

__all__ = [
    "UNSETTLED",
    "Draft",
    "Encounter",
    "Episode",
    "EpisodeChange",
    "FormVersion",
    "Mode",
    "RawEnvelope",
    "Referral",
    "Response",
    "Source",
    "TypedResponse",
]
