"""An OIDC provider as a process of its own: `python oidc_provider.py PORT`. It knows one client and signs in
whoever its form names.

Authorization code flow with PKCE (S256), client_secret_basic, RS256; a code is good once. `/rotate` makes a
new signing key; a person called `forger` gets a token signed with a key that is not published.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "huyuan", "a secret & more"
PHONES = {"worker-7": "13812345678"}


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(BaseHTTPRequestHandler):
    issuer = ""
    key, kid = new_key(), "1"
    forged = new_key()
    codes: dict[str, dict[str, str]] = {}

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        elif parts.path == "/keys":
            published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            self.answer({"keys": [published | {"kid": self.kid, "use": "sig", "alg": "RS256"}]})
        elif parts.path == "/rotate":
            Provider.key, Provider.kid = new_key(), str(int(self.kid) + 1)
            self.answer({})
        elif parts.path == "/authorize":
            self.authorize(asked)
        else:
            self.answer({}, 404)

    def authorize(self, asked: dict[str, str]) -> None:
        right = (
            asked.get("client_id") == CLIENT
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and "openid" in asked.get("scope", "").split()
        )
        if not right:
            self.answer({"error": "invalid_request"}, 400)
        elif "person" not in asked:
            fields = "".join(
                f'<input type="hidden" name="{name}" value="{value}">' for name, value in asked.items()
            )
            form = f'<form>{fields}<input name="person"><button>Sign in</button></form>'
            self.send(200, "text/html", form.encode())
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        given = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        asked = self.codes.pop(given.get("code", ""), None)
        wanted = base64.b64encode(f"{CLIENT}:a%20secret%20%26%20more".encode()).decode()
        if self.headers["Authorization"] != f"Basic {wanted}":
            self.answer({"error": "invalid_client"}, 401)
            return
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != given.get("redirect_uri")
        ):
            self.answer({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        person = asked["person"]
        claims = {
            "iss": self.issuer, "sub": person, "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "phone_number": PHONES.get(person, ""),
            "phone_number_verified": person in PHONES,
        }  # fmt: skip
        if person == "other-audience":
            claims["aud"] = "somebody else"
        if person == "late":
            claims["exp"] = now - 600
        key = self.forged if person == "forger" else self.key
        token = jwt.encode(claims, key, "RS256", headers={"kid": self.kid})
        self.answer({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def answer(self, content: dict[str, Any], status: int = 200) -> None:
        self.send(status, "application/json", json.dumps(content).encode())

    def send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider)
    Provider.issuer = f"http://127.0.0.1:{server.server_port}"
    print(Provider.issuer, flush=True)
    server.serve_forever()
