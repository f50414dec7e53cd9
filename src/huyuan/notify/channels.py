"""How a message leaves the house: one POST of JSON over HTTPS to an address on the internet.

Addresses are typed in by schools, so this must not become a door to our own network: only https, only public
addresses, the connection goes to the very address that was checked, redirects are not followed.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from huyuan.kernel.errors import Refused

TIMEOUT = 5  # seconds for each step of a delivery
MOST_ANSWER = 4096  # bytes read of the answer


class NotDelivered(Exception):
    """The other side did not take it; the message says why, for the list of deliveries."""


@dataclass(frozen=True)
class Channel:
    """A kind of receiver: its Chinese name and the JSON it wants for a text and the page's address."""

    zh: str
    body: Callable[[str, str], Mapping[str, Any]]


CHANNELS: dict[str, Channel] = {
    "wecom": Channel("企业微信群机器人", lambda text, url: _robot(text, url)),
    "dingtalk": Channel("钉钉群机器人", lambda text, url: _robot(text, url)),
    "feishu": Channel(
        "飞书群机器人", lambda text, url: {"msg_type": "text", "content": {"text": _line(text, url)}}
    ),
    "plain": Channel("其他系统", lambda text, url: {"text": text, "url": url}),
}


def check_address(url: str) -> None:
    """Raise `Refused` (webhook-address) unless the address can be a receiver as it is written.

    Where it leads to is checked again at every delivery, for names change their addresses.
    """
    try:
        _parts(url)
    except NotDelivered as error:
        raise Refused("webhook-address", f"{error}。请填写群机器人给出的 https 地址。") from None


def post(channel: str, url: str, text: str, page: str) -> None:
    """Deliver once, or raise `NotDelivered`."""
    parts = _parts(url)
    body = json.dumps(CHANNELS[channel].body(text, page), ensure_ascii=False).encode()
    try:
        connection = _connect(parts)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(
                "POST",
                target,
                body,
                {"Content-Type": "application/json; charset=utf-8", "Connection": "close"},
            )
            answer = connection.getresponse()
            answer.read(MOST_ANSWER)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"连接不上：{type(error).__name__}") from error
    if not 200 <= answer.status < 300:
        raise NotDelivered(f"对方答复 {answer.status}")


def _robot(text: str, url: str) -> Mapping[str, Any]:
    return {"msgtype": "text", "text": {"content": _line(text, url)}}


def _line(text: str, url: str) -> str:
    return f"{text}\n{url}" if url else text


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise NotDelivered("地址写法不对") from None
    if parts.scheme != "https" and not (settings.WEBHOOK_PRIVATE_ADDRESSES and parts.scheme == "http"):
        raise NotDelivered("地址不是 https 开头")
    if not parts.hostname or parts.username or parts.password:
        raise NotDelivered("地址写法不对")
    if any(character <= " " for character in url):
        raise NotDelivered("地址里有空格")
    return parts


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to an address that was checked, with TLS for the name that was asked for."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    connected = socket.create_connection((_public_address(host, port), port), TIMEOUT)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    if parts.scheme == "https":
        try:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        except BaseException:
            connected.close()
            raise
    connection.sock = connected
    return connection


def _public_address(host: str, port: int) -> str:
    """The first address of the name; every one of them must be public, else nothing is sent."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDelivered("找不到这个地址") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.WEBHOOK_PRIVATE_ADDRESSES and not all(map(is_public, addresses)):
        raise NotDelivered("地址在内部网络里，不能发送")
    return addresses[0]


def is_public(address: str) -> bool:
    """Not loopback, private, link-local, reserved, multicast, and no such address wrapped in an IPv6 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is not None:
            ip = wrapped
        elif ip in NAT64:
            ip = ipaddress.IPv4Address(ip.packed[-4:])
    return ip.is_global and not ip.is_multicast


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
