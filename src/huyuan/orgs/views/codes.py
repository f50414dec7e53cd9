"""QR codes, drawn as pictures inside the page: nothing is asked of another server."""

from urllib.parse import quote

import segno


def drawn(username: str, secret: str) -> str:
    """What an authenticator app scans (otpauth://), as an address for <img>."""
    label = quote(f"护园:{username}")
    return picture(f"otpauth://totp/{label}?secret={secret}&issuer={quote('护园')}")


def picture(text: str) -> str:
    """A QR code of this text, as a data: address."""
    address: str = segno.make(text, error="m").svg_data_uri(scale=4, border=2)
    return address
