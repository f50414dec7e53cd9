"""OpenID Connect, authorization code flow with PKCE: to the provider and back with a name for the person.

https://openid.net/specs/openid-connect-core-1_0.html, RFC 7636. Checked: state, nonce, the token's signature
by the provider's published keys, issuer, audience, time.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from huyuan.kernel.errors import Refused
from huyuan.orgs import outside, rules
from huyuan.orgs.schema import Provider

ALGORITHMS = ["RS256", "ES256", "PS256"]
CLOCKS_OFF = 60  # seconds by which the provider's clock may differ
KEPT = 3600  # seconds for which a provider's own description is believed

_descriptions: dict[str, tuple[float, Mapping[str, Any]]] = {}


@dataclass(frozen=True)
class Journey:
    """What has to be remembered between going to the provider and coming back."""

    provider: str
    state: str
    nonce: str
    verifier: str

    def kept(self) -> dict[str, str]:
        """For the session."""
        return asdict(self)


@dataclass(frozen=True)
class Person:
    """Who came back: the provider's name for the person, and a mobile number that it vouches for."""

    subject: str
    phone: str | None


def begin(provider: Provider, back: str) -> tuple[str, Journey]:
    """Where to send the browser, and what to remember; `back` is our address to come back to."""
    journey = Journey(provider.key, *(secrets.token_urlsafe(32) for _ in range(3)))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(journey.verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": " ".join(provider.scopes),
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    address = describe(provider)["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", journey


def finish(provider: Provider, journey: Journey, answer: Mapping[str, str], back: str) -> Person:
    """Who came back with this `answer` (state and code). Raises Refused `invalid-identity` when anything does
    not fit, `unavailable-identity` when the provider does not answer."""
    if journey.provider != provider.key or not secrets.compare_digest(journey.state, answer.get("state", "")):
        raise _not_right()
    if not answer.get("code"):
        raise Refused("invalid-identity", f"{provider.zh}没有确认登录。请返回登录页重新选择登录方式。")
    described = describe(provider)
    secret = provider.client_secret_file.read_text().strip()
    credentials = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}".encode()
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": back,
        "code_verifier": journey.verifier,
    }
    headers = {
        "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    try:
        tokens = outside.ask(described["token_endpoint"], urlencode(form).encode(), headers)
        published = outside.ask(described["jwks_uri"])
    except outside.Unreachable as error:
        raise _unavailable(provider) from error
    try:
        claims = _claims(provider, tokens["id_token"], jwt.PyJWKSet.from_dict(published))
    except (jwt.PyJWTError, KeyError, TypeError) as wrong:
        raise _not_right() from wrong
    if not secrets.compare_digest(str(claims.get("nonce", "")), journey.nonce):
        raise _not_right()
    return Person(str(claims["sub"]), _phone(provider, claims))


def describe(provider: Provider) -> Mapping[str, Any]:
    """The provider's description of itself, kept for an hour. Raises Refused `unavailable-identity`."""
    at, found = _descriptions.get(provider.issuer, (0.0, {}))
    if not found or time.monotonic() - at > KEPT:
        try:
            found = outside.ask(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        except outside.Unreachable as error:
            raise _unavailable(provider) from error
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if (
            not isinstance(found, dict)
            or found.get("issuer") != provider.issuer
            or not all(found.get(name) for name in wanted)
        ):
            raise _unavailable(provider)
        _descriptions[provider.issuer] = (time.monotonic(), found)
    return found


def _claims(provider: Provider, token: str, published: jwt.PyJWKSet) -> Mapping[str, Any]:
    named = jwt.get_unverified_header(token).get("kid")
    usable = [key for key in published.keys if named in (None, key.key_id)]
    if len(usable) != 1:
        raise jwt.InvalidKeyError("which key?")
    return jwt.decode(
        token,
        usable[0].key,
        algorithms=ALGORITHMS,
        audience=provider.client_id,
        issuer=provider.issuer,
        leeway=CLOCKS_OFF,
        options={"require": ["exp", "iat", "sub", "aud", "iss"]},
    )


def _phone(provider: Provider, claims: Mapping[str, Any]) -> str | None:
    if not provider.phone_claim or not (
        provider.phone_verified or claims.get("phone_number_verified") is True
    ):
        return None
    return rules.plain_phone(str(claims.get(provider.phone_claim, "")))


def _not_right() -> Refused:
    return Refused("invalid-identity", "这次登录没有对上，可能等得太久或从别处打开。请返回登录页再试一次。")


def _unavailable(provider: Provider) -> Refused:
    return Refused("unavailable-identity", f"{provider.zh}暂时没有答复。请稍后再试，或先用手机号和密码登录。")
