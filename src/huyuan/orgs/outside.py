"""What HUYUAN_SIGN_IN names outside the house: enterprise sign-ins and the gateway for text messages."""

import functools
import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from pydantic import ValidationError

from huyuan.kernel.errors import Refused
from huyuan.orgs.schema import Gateway, Provider, SignInFile

TIMEOUT = 8  # seconds for each request to another system
MOST_ANSWER = 256 * 1024  # bytes read of an answer


class Unreachable(Exception):
    """The other system did not answer as agreed; the message is for the log."""


class BadFile(ValueError):
    """The file cannot be read; the message says in Chinese where and why."""


def read(path: Path) -> SignInFile:
    """The file, checked. Raises BadFile."""
    try:
        return SignInFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise BadFile(f"读不到 {path}（{error.strerror}）。请检查 HUYUAN_SIGN_IN 和文件权限。") from None
    except yaml.YAMLError as error:
        raise BadFile(f"{path} 不是正确的 YAML：{error}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"])) or "文件"
        raise BadFile(f"{path} 的 {place} 写得不对：{first['msg']}") from None


@functools.cache
def _configured(path: str) -> SignInFile:
    return read(Path(path)) if path else SignInFile()


def providers() -> tuple[Provider, ...]:
    """The enterprise sign-ins of this installation."""
    return _configured(settings.SIGN_IN_FILE).oidc


def provider(key: str) -> Provider:
    """One of them. Raises Refused `not-found`."""
    for one in providers():
        if one.key == key:
            return one
    raise Refused("not-found", "没有这种登录方式。请返回登录页，用手机号和密码登录。")


def gateway() -> Gateway | None:
    """The gateway for text messages; None: there is none."""
    return _configured(settings.SIGN_IN_FILE).text_messages


def send_text(phone: str, text: str) -> None:
    """Hand one text message to the gateway. Raises Unreachable."""
    how = gateway()
    if how is None:
        raise Unreachable("no gateway is configured")
    template = how.json_body or how.form
    values = {name: value.format(phone=phone, text=text) for name, value in template.items()}
    headers = dict(how.headers)
    if how.secret_header_file:
        name, _, secret = how.secret_header_file.read_text().strip().partition(":")
        headers[name.strip()] = secret.strip()
    if how.json_body:
        body = json.dumps(values, ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json; charset=utf-8"
    else:
        body = urllib.parse.urlencode(values).encode()
    answer = ask(how.url, body, headers)
    if how.success_field:
        told = answer.get(how.success_field) if isinstance(answer, dict) else None
        if str(told) != how.success_value:
            raise Unreachable(f"{how.success_field} is {told!r}")


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """One request (POST when there is a body); the JSON of the answer, None when it is none. Raises
    Unreachable."""
    request = urllib.request.Request(url, body, headers or {})
    try:
        with _opener.open(request, timeout=TIMEOUT) as response:
            content = response.read(MOST_ANSWER)
    except (OSError, ValueError) as error:
        raise Unreachable(f"{urllib.parse.urlsplit(url).hostname}: {error}") from error
    try:
        return json.loads(content)
    except ValueError:
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """What we send holds secrets; it goes where the file says, nowhere else."""


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
