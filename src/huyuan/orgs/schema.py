"""The file of HUYUAN_SIGN_IN: enterprise sign-ins (OIDC) and the gateway for text messages.

oidc:
  - key: wecom
    zh: 企业微信
    issuer: https://sso.example.gov.cn/wecom
    client_id: huyuan
    client_secret_file: /etc/huyuan/wecom-secret
text_messages:
  url: https://sms.example.gov.cn/send
  json: {mobile: "{phone}", content: "{text}"}
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


class Strict(BaseModel):
    """An unknown word is an error, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provider(Strict):
    """An OIDC provider; its addresses are found at `issuer`/.well-known/openid-configuration.

    `phone_claim`: the claim with the mobile number, used only when the provider says that it is verified or
    `phone_verified` vouches for it; it links accounts at the first sign-in. `second_factor`: the provider has
    asked for one, so we don't.
    """

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=30)]
    zh: Line
    issuer: Line
    client_id: Line
    client_secret_file: Path
    scopes: tuple[Line, ...] = ("openid",)
    phone_claim: Line | None = None
    phone_verified: bool = False
    second_factor: bool = False


class Gateway(Strict):
    """One HTTP request per message; `{phone}` and `{text}` stand in the values of `json` or `form`. The
    gateway took it when the status is 2xx and, where `success_field` is given, that field of its JSON answer
    is `success_value`."""

    url: Line
    json_body: dict[str, str] = Field(default={}, alias="json")
    form: dict[str, str] = {}
    headers: dict[str, str] = {}
    secret_header_file: Path | None = None
    success_field: str = ""
    success_value: str = ""

    @model_validator(mode="after")
    def one_body(self) -> "Gateway":
        if bool(self.json_body) == bool(self.form):
            raise ValueError("json 和 form 要写且只写一种")
        if "{phone}" not in str({**self.json_body, **self.form}):
            raise ValueError("内容里没有 {phone}")
        return self


class SignInFile(Strict):
    """The whole file."""

    oidc: tuple[Provider, ...] = ()
    text_messages: Gateway | None = None
