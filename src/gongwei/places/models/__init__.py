"""Tables of places, by noun."""

from .areas import Area, AreaChange, AreaName, Level
from .organizations import Kind, Organization, ServedArea
from .practitioners import Account, Duty, Grid, Practitioner, PractitionerPhone
from .signing_in import SignInAttempt

__all__ = [
    "Account",
    "Area",
    "AreaChange",
    "AreaName",
    "Duty",
    "Grid",
    "Kind",
    "Level",
    "Organization",
    "Practitioner",
    "PractitionerPhone",
    "ServedArea",
    "SignInAttempt",
]
