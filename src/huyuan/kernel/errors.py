"""The one error that people and devices see."""

# How a code begins; every other one is a plain 400.
STATUS_OF_FAMILY = {
    "forbidden": 403,  # the actor may see the thing but not do this to it
    "not-found": 404,  # no such object, or one of somebody else's; the two must not be told apart
    "unknown": 404,  # something that was named doesn't exist
    "conflict": 409,  # the same id with other content, two decisions at once
    "stale": 409,  # the page was drawn from an older version of the row
    "already": 409,  # it has been done, and doing it twice would be wrong
    "closed": 409,  # the period, case or paper no longer takes this
    "limited": 429,  # too many in too short a time
}


class Refused(Exception):
    """Something that was asked for is not done, and nothing was changed.

    `code` is kebab-case and stable, because devices and partners branch on it; its beginning is the
    family that decides `http_status`. `message` is a Chinese sentence that says what to do next. `facts` are
    small JSON-like values that the caller may show or log (never personal data).
    """

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def http_status(self) -> int:
        families = (family for family in STATUS_OF_FAMILY if f"{self.code}-".startswith(f"{family}-"))
        return STATUS_OF_FAMILY.get(next(families, ""), 400)
