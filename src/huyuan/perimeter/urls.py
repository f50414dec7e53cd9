"""Addresses of premises round schools; `portal` includes them at the root."""

from django.urls import path

from huyuan.perimeter.views import checks, lists, venues, walls

app_name = "perimeter"
urlpatterns = [
    path("perimeter/", lists.listing, name="venues"),
    path("perimeter/new/", venues.new, name="venue-new"),
    path("perimeter/venues/<uuid:venue_id>/", venues.venue, name="venue"),
    path("perimeter/venues/<uuid:venue_id>/edit/", venues.edit, name="venue-edit"),
    path("perimeter/venues/<uuid:venue_id>/close/", venues.close, name="venue-close"),
    path("perimeter/venues/<uuid:venue_id>/check/", checks.check, name="check"),
    path("perimeter/checks/<uuid:check_id>/void/", checks.void, name="check-void"),
    path("perimeter/files/<uuid:checkfile_id>/", checks.file, name="check-file"),
    path("perimeter/schools/<uuid:org_id>/", lists.school, name="school"),
    path("perimeter/schools/<uuid:org_id>/wall/", walls.wall, name="wall"),
]
