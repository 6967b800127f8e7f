"""The institution's electronic seal on issued papers (PAdES), with pyHanko."""

import io
import os
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

DEMONSTRATION_PASSWORD = b"demonstration"


def seal(data: bytes, *, title: str) -> bytes | None:
    """`data` with an invisible PAdES seal of the institution; None when no certificate is configured.

    title: the paper's title, kept as the reason of the seal.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    signer = _signer()
    if signer is None:
        return None
    output = io.BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(data), strict=False),
        signers.PdfSignatureMetadata(
            field_name="Seal", reason=title, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
        ),
        signer=signer,
        output=output,
        in_place=False,
        bytes_reserved=_room.get(signer),
    )
    sealed = output.getvalue()
    if signer not in _room:
        _room[signer] = _room_in(sealed)
    return sealed


#: Hex digits to reserve for a seal. Without it a trial seal comes before each one: a third of the whole cost.
_room: dict[Any, int] = {}


def _room_in(sealed: bytes) -> int:
    """What the first seal of a process reserved, as the library reckoned it from a trial, with a margin."""
    contents = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", sealed)
    if contents is None:
        raise ValueError("a sealed paper holds its seal")
    return len(contents[1])


@cache
def _signer() -> Any:
    from pyhanko.sign import signers

    if settings.PAPER_SEAL_PKCS12:
        path, password = Path(settings.PAPER_SEAL_PKCS12), settings.PAPER_SEAL_PASSWORD.encode()
    else:
        path, password = demonstration_certificate(), DEMONSTRATION_PASSWORD
    return signers.SimpleSigner.load_pkcs12(str(path), passphrase=password)  # type: ignore[no-untyped-call]


def demonstration_certificate() -> Path:
    """A self-signed certificate for development, made once in the run folder; it proves nothing."""
    path = Path(settings.RUN_DIR) / "demonstration-seal.p12"
    if path.exists():
        return path
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "RO"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.INSTITUTION_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, "Demonstration seal, without legal value"),
        ]
    )
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, None, serialization.BestAvailableEncryption(DEMONSTRATION_PASSWORD)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_bytes(bundle)
    fresh.chmod(0o600)
    os.replace(fresh, path)  # two workers starting at once both end with a whole file
    return path
