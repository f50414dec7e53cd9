"""``./huyuan certificate``: a certificate authority of one's own and a server's certificate, for networks
where no public authority reaches. Phones and computers have to trust ``ca.pem`` once."""

import argparse
import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS = 3650
# Browsers take no longer ones; the command makes the next from the same authority.
SERVER_DAYS = 397


class BadCertificate(RuntimeError):
    """A certificate that cannot be used; the message says in Chinese what to do."""


def main(state: Path, arguments: list[str]) -> None:
    """Make what is missing; a new server certificate every time."""
    parser = argparse.ArgumentParser(prog="./huyuan certificate")
    parser.add_argument("name", nargs="+", help="服务器的域名和 IP 地址，用户在浏览器里怎么写就怎么写")
    parser.add_argument("--to", type=Path, required=True, help="存放的目录")
    options = parser.parse_args(arguments)
    make(options.name, options.to, now=datetime.now(UTC))
    print(f"已写入 {options.to}：")
    print("  ca.pem           发给每台手机和电脑安装并设为信任，只做一次")
    print("  ca-key.pem       签发用的私钥：拷到离线介质保存，从服务器上删掉")
    print("  server.pem       HUYUAN_CERTIFICATE 写它")
    print(f"  server-key.pem   HUYUAN_CERTIFICATE_KEY 写它；{SERVER_DAYS} 天后到期，到期前再运行一次本命令")


def make(names: list[str], directory: Path, *, now: datetime) -> None:
    """``ca.pem`` and ``ca-key.pem`` unless they are there; ``server.pem`` (with its chain) for ``names``."""
    directory.mkdir(parents=True, exist_ok=True)
    ca_path, ca_key_path = directory / "ca.pem", directory / "ca-key.pem"
    if ca_path.exists() != ca_key_path.exists():
        raise BadCertificate(
            f"{directory} 里的 ca.pem 和 ca-key.pem 只有一个。请把离线保存的另一个放回来再运行；"
            "两个都丢了就换一个空目录重做，并请用户重新信任。"
        )
    if ca_path.exists():
        ca = x509.load_pem_x509_certificate(ca_path.read_bytes())
        ca_key = serialization.load_pem_private_key(ca_key_path.read_bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    else:
        ca_key = ec.generate_private_key(ec.SECP256R1())
        title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Huyuan CA {now:%Y-%m-%d}")])
        ca = (
            _builder(title, title, ca_key.public_key(), now, CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(ca_key, hashes.SHA256())
        )
        ca_path.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        _write_key(ca_key_path, ca_key)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    server = (
        _builder(ca.subject, subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    chain = [one.public_bytes(serialization.Encoding.PEM) for one in (server, ca)]
    (directory / "server.pem").write_bytes(b"".join(chain))
    _write_key(directory / "server-key.pem", key)


def check(certificate: Path, key: Path, host: str, *, now: datetime) -> None:
    """Raise BadCertificate unless the pair fits, is in force and is for ``host``."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise BadCertificate(
            f"读不了证书 {certificate} 或私钥 {key}（{fault}）。请检查路径、权限和 PEM 格式。"
        ) from None
    if private.public_key() != found.public_key():
        raise BadCertificate(f"{key} 不是 {certificate} 的私钥。请换成配对的一份。")
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise BadCertificate(
            f"{certificate} 不在有效期内（到 {found.not_valid_after_utc:%Y-%m-%d} 为止）。"
            "请换新的；自建证书再运行一次 ./huyuan certificate。"
        )
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        told = [
            str(value) for kind in (x509.DNSName, x509.IPAddress) for value in names.get_values_for_type(kind)
        ]
    except x509.ExtensionNotFound:
        told = []
    wildcard = f"*.{host.partition('.')[2]}"
    if host not in told and wildcard not in told:
        raise BadCertificate(
            f"{certificate} 是发给 {'、'.join(told) or '（没有写名称）'} 的，不含 HUYUAN_URL 里的 {host}。"
            "请改 HUYUAN_URL，或换一张写着这个名称的证书。"
        )


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A little back: the clocks of phones are off.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(written)
