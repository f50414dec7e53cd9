"""The one error that people and devices see."""

# The first word of a code is its family; every other family is a plain 400.
STATUS_OF_FAMILY = {
    "forbidden": 403,  # the actor may see the thing but not do this to it
    "not": 404,  # not-found: no such object, or one of somebody else's; the two must not be told apart
    "unknown": 404,  # there is no such thing, or the actor may not know that there is
    "conflict": 409,  # the same id with other content, two decisions at once
    "stale": 409,  # the page was drawn from an older version of the row
    "already": 409,  # it has been done, and doing it twice would be wrong
    "closed": 409,  # the period, case or paper no longer takes this
}


class Refused(Exception):
    """Something that was asked for is not done, and nothing was changed.

    `code` is kebab-case and stable, because devices and partners branch on it; its first word is the family
    that decides `http_status`. `message` is a Chinese sentence that says what to do next. `facts` are small
    JSON-like values that the caller may show or log (never personal data).
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
        return STATUS_OF_FAMILY.get(self.code.partition("-")[0], 400)
