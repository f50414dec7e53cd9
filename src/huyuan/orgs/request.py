"""What a view of this program is given."""

import ipaddress
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from huyuan.orgs.actor import Actor


class ArrivedRequest(HttpRequest):
    """A request behind `orgs.middleware`, also of somebody who is not signed in: the instant at which it
    arrived."""

    now: datetime


class SignedInRequest(ArrivedRequest):
    """And who acts."""

    actor: Actor


def address_of(request: HttpRequest) -> str:
    """The network address that the request came from; behind a proxy of ours (HUYUAN_PROXIES), what that
    says. A header that no proxy of ours wrote is not believed."""
    address: str = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and address in settings.PROXIES:
        address = forwarded.rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "0.0.0.0"


# What a User-Agent holds → what people call it; the first that fits.
BROWSERS = (
    ("DingTalk", "钉钉"),
    ("wxwork", "企业微信"),
    ("MicroMessenger", "微信"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "Firefox 浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓手机"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


def device_of(request: HttpRequest) -> str:
    """The browser in a few words: 安卓手机，微信."""
    agent = request.headers.get("User-Agent", "")
    named = [next((name for mark, name in table if mark in agent), "") for table in (SYSTEMS, BROWSERS)]
    return "，".join(filter(None, named)) or "不认识的设备"
