"""What people read leaves compressed; photos, workbooks and archives are compressed already.

Django's middleware hides the length of an answer behind random bytes, so that nobody on the way can guess a
secret by what a page weighs (BREACH). It stands inside WhiteNoise, whose assets are compressed once and for
all, and outside the transaction: what it waits for has been committed.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "image/svg+xml")


class CompressText(GZipMiddleware):
    """Compresses pages and JSON for whoever accepts gzip."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed where it is a text and not streamed."""
        if not isinstance(response, HttpResponse) or not response["Content-Type"].startswith(TEXT):
            return response
        return super().process_response(request, response)
