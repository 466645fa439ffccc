#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is this stored message, for somebody with the keys?

Decrypts and verifies with "openssl cms" alone; multipart/signed is split at
exact octets (RFC 1847 2.1). check_mail.py PKI < message prints what it is."""
import base64
import binascii
import email
import email.policy
import os
import re
import subprocess
import sys
import tempfile


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def split(raw):
    """(header with its last CRLF, body) of an entity."""
    if raw.startswith(b"\r\n"):
        return b"", raw[2:]
    head, found, body = raw.partition(b"\r\n\r\n")
    return (head + b"\r\n", body) if found else (raw, b"")


def parse_header(raw):
    return email.message_from_bytes(split(raw)[0] + b"\r\n")


def without_trace(raw):
    """The message without the trace fields mail servers put on top."""
    return re.sub(rb"\A(?:(?:Received|Return-Path|Delivered-To):[^\r]*\r\n"
                  rb"(?:[ \t][^\r]*\r\n)*)+", b"", raw, flags=re.I)


def split_signed(raw):
    """(the signed octets, the signature's DER) of a multipart/signed."""
    boundary = parse_header(raw).get_boundary()
    if boundary is None:
        raise ValueError("multipart/signed without a boundary")
    mark = b"--" + boundary.encode()
    parts = re.split(rb"(?:\A|\r\n)" + re.escape(mark) + rb"(?:--)?[ \t]*(?:\r\n|\Z)",
                     split(raw)[1])
    if len(parts) != 4:
        raise ValueError("multipart/signed with %d parts" % (len(parts) - 2))
    return parts[1], base64.b64decode(split(parts[2])[1])


class Keys:
    """The users' keys of pki.sh."""

    def __init__(self, pki):
        self.pki = pki
        self.roots = os.path.join(pki, "roots.pem")
        self.names = sorted(name[:-4] for name in os.listdir(pki + "/user")
                            if name.endswith(".pem"))

    def file(self, name, kind):
        return "%s/user/%s.%s" % (self.pki, name, kind)

    def decrypt(self, name, der):
        """The clear octets, or None when this key does not open it."""
        done = openssl("cms", "-decrypt", "-binary", "-inform", "DER",
                       "-recip", self.file(name, "pem"),
                       "-inkey", self.file(name, "key"), data=der)
        return done.stdout if done.returncode == 0 else None

    def verify(self, content, der):
        """The signer's address, or None when the signature is not good."""
        with tempfile.TemporaryDirectory() as there:
            for name, octets in (("content", content), ("signature", der)):
                with open(there + "/" + name, "wb") as out:
                    out.write(octets)
            done = openssl("cms", "-verify", "-binary", "-inform", "DER",
                           "-in", there + "/signature",
                           "-content", there + "/content",
                           "-CAfile", self.roots, "-out", "/dev/null",
                           "-signer", there + "/signer")
            if done.returncode != 0:
                return None
            mail = openssl("x509", "-noout", "-email", "-in", there + "/signer")
            return mail.stdout.decode().strip()


    def open_signed(self, der):
        """(signer's address or None, content) of an opaque signature."""
        with tempfile.TemporaryDirectory() as there:
            with open(there + "/signed", "wb") as out:
                out.write(der)
            done = openssl("cms", "-verify", "-binary", "-inform", "DER",
                           "-in", there + "/signed", "-CAfile", self.roots,
                           "-out", there + "/content",
                           "-signer", there + "/signer")
            if done.returncode != 0:
                return None, b""
            mail = openssl("x509", "-noout", "-email", "-in", there + "/signer")
            with open(there + "/content", "rb") as content:
                return mail.stdout.decode().strip(), content.read()


class Seen:
    """What a stored message turned out to be."""

    def __init__(self, raw):
        self.raw = raw
        self.encrypted = False
        self.openers = []       # users whose keys open it
        self.recipient_infos = 0
        self.algorithms = ""    # openssl's print of the CMS, for closer looks
        self.has_signature = False
        self.signer = None      # whose good signature it carries
        self.signed = b""       # the octets that were signed
        self.signature = b""
        self.entity = raw       # the innermost entity
        self.trouble = None


def take_der(seen):
    """The CMS object of an application/pkcs7-mime entity, and its print."""
    try:
        der = base64.b64decode(split(seen.entity)[1], validate=False)
    except binascii.Error as error:
        seen.trouble = "not base64: %s" % error
        return None, ""
    printed = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", data=der)
    return der, printed.stdout.decode("ascii", "replace")


def open_opaque(seen, keys, der):
    seen.has_signature = True
    seen.signer, content = keys.open_signed(der)
    if seen.signer is None:
        seen.trouble = "signature does not verify"
    else:
        seen.signed = seen.entity = content


def unseal(seen, keys):
    der, seen.algorithms = take_der(seen)
    if der is None:
        return False
    if "pkcs7-signedData" in seen.algorithms.split("d.signedData")[0]:
        open_opaque(seen, keys, der)
        return False
    if "pkcs7-envelopedData" not in seen.algorithms and \
            "id-smime-ct-authEnvelopedData" not in seen.algorithms:
        seen.trouble = "claims to be encrypted and is not"
        return False
    seen.encrypted = True
    seen.recipient_infos = len(re.findall(r"d\.(?:ktri|kari|kekri|pwri|ori):",
                                          seen.algorithms))
    clear = None
    for name in keys.names:
        opened = keys.decrypt(name, der)
        if opened is not None:
            seen.openers.append(name)
            clear = opened
    if clear is None:
        seen.trouble = "nobody can open it"
        return False
    seen.entity = clear
    return True


def look(raw, keys):
    """Looks through encryption, then through a clear signature."""
    seen = Seen(raw)
    if parse_header(raw).get_content_type() == "application/pkcs7-mime" \
            and not unseal(seen, keys):
        return seen
    if seen.encrypted and \
            parse_header(seen.entity).get_content_type() == "application/pkcs7-mime":
        der, _ = take_der(seen)
        if der is not None:
            open_opaque(seen, keys, der)
        return seen
    if parse_header(seen.entity).get_content_type() == "multipart/signed":
        seen.has_signature = True
        try:
            seen.signed, seen.signature = split_signed(seen.entity)
        except (ValueError, binascii.Error) as error:
            seen.trouble = str(error)
            return seen
        seen.signer = keys.verify(seen.signed, seen.signature)
        if seen.signer is None:
            seen.trouble = "signature does not verify"
        seen.entity = seen.signed
    return seen


def describe(seen, sent=None):
    """One line for people. sent: the message as it was submitted."""
    if sent is not None and without_trace(seen.raw) == sent:
        return "byte for byte as sent"
    words = []
    if seen.has_signature:
        words.append("signed by %s" % seen.signer if seen.signer
                     else "BAD signature")
    if seen.encrypted:
        words.append("encrypted, opened by %s" % (" and ".join(seen.openers) or "nobody"))
    else:
        words.append("clear")
    if seen.trouble:
        words.append("(%s)" % seen.trouble)
    elif sent is not None and not same_content(seen.entity, sent):
        words.append("(CHANGED content)")
    return ", ".join(words)


def leaves(raw):
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    found = []
    for part in message.walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True) or b""
        if part.get_content_maintype() == "text":
            payload = payload.replace(b"\r\n", b"\n").rstrip(b"\n")
        found.append((part.get_content_type(), part.get_filename(), payload))
    return found


def same_content(entity, sent):
    """Whether a reader sees the same parts with the same octets."""
    return leaves(entity) == leaves(sent)


def find_clear(raw, marker):
    """Where a secret word can be read in these octets: as it is, through
    quoted-printable, through base64 at any alignment. [] is what we want."""
    word = marker.encode()
    flat = re.sub(rb"=?\r\n", b"", raw)
    found = []
    if word in raw or word in flat:
        found.append("as it is")
    if b"".join(b"=%02X" % octet for octet in word) in flat.upper():
        found.append("in quoted-printable")
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word)
        # Its ends depend on the neighbours; the middle does not.
        if coded[(4 if shift else 0):len(coded) - 4] in flat:
            found.append("in base64")
    return found


def main():
    seen = look(sys.stdin.buffer.read(), Keys(sys.argv[1]))
    print(describe(seen))
    if seen.encrypted:
        print("RecipientInfos: %d" % seen.recipient_infos)


if __name__ == "__main__":
    main()
