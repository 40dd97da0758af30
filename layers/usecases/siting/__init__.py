"""Where next: sites for new stations in the store."""

from layers.usecases.siting.asked import KINDS, Kind, Place, SitingAsked, read_places
from layers.usecases.siting.choosing import site_stations

__all__ = ["KINDS", "Kind", "Place", "SitingAsked", "read_places", "site_stations"]
