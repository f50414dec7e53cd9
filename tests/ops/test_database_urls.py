"""Addresses that operators write, and what Django is told."""

import pytest

from config import database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@db.example:5433/county", ("county", "u", "p", "db.example", "5433", {})),
        ("postgres://u@db.example/county", ("county", "u", "", "db.example", "", {})),
        ("postgresql://u:p@/county?host=/run/pg", ("county", "u", "p", "/run/pg", "", {})),
        ("postgresql://u:p@%2Frun%2Fpg/county", ("county", "u", "p", "/run/pg", "", {})),
        ("postgresql:///county?host=/run/pg&port=6000", ("county", "", "", "/run/pg", "6000", {})),
        (
            "postgresql://u:p%40%2F%3A@h/c%C3%A9?sslmode=require",
            ("cé", "u", "p@/:", "h", "", {"sslmode": "require"}),
        ),
    ],
)
def test_parse(url: str, expected: tuple[object, ...]) -> None:
    parsed = database.parse(url)
    assert tuple(parsed[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


@pytest.mark.parametrize("url", ["mysql://u@h/c", "county", "", "postgresql://u@h", "postgresql://u@h/"])
def test_parse_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(database.AddressError, match="DATABASE_URL"):
        database.parse(url)


def test_socket_url_survives_parsing() -> None:
    url = database.socket_url(role="huyuan_app", password="a/b:c@d?e", directory="/护园/s", name="huyuan")
    parsed = database.parse(url)
    assert (parsed["USER"], parsed["PASSWORD"]) == ("huyuan_app", "a/b:c@d?e")
    assert (parsed["HOST"], parsed["NAME"]) == ("/护园/s", "huyuan")


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:p@/one?host=/s", "postgresql://u:p@/two?host=/s"),
        ("postgresql://h:5433/one", "postgresql://h:5433/two"),
        # Known to the server by the operating system: no user, no host.
        ("postgresql:///one", "postgresql:///two"),
        ("postgresql:///one?host=/s", "postgresql:///two?host=/s"),
    ],
)
def test_with_name_changes_the_database_alone(url: str, other: str) -> None:
    assert database.with_name(url, "two") == other
