# SPDX-License-Identifier: BSD-2-Clause
"""Messages that claim to be encrypted and are not, or not for their reader:
rows of tests/system/bad_input.

Each is confidential and goes to carol, of whom no directory knows a
certificate: what is encrypted passes byte for byte, all else is refused. The
class says what it was taken for: "none" is clear text."""
import base64
import json
import os
import secrets
import subprocess
import tempfile

import harness as h
import lab
from harness import claim

CAROL = "carol@partner.example"
CLEAR, NOT_FOR, PASSES = "none", "encrypted-not-for", "encrypted-for"
SECRET = b"SecretWordOfTheDay"
ENTITY = b"Content-Type: text/plain\r\n\r\n" + SECRET + b" and more of it\r\n"

# ---- DER ---------------------------------------------------------------
# A node: [tag, octets or list of nodes].


def read_der(octets):
    nodes, at = [], 0
    while at < len(octets):
        tag, length, at = octets[at], octets[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7f
            length, at = int.from_bytes(octets[at:at + size], "big"), at + size
        body = octets[at:at + length]
        nodes.append([tag, read_der(body) if tag & 0x20 else body])
        at += length
    return nodes


def length_of(size):
    if size < 128:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def write_der(node):
    tag, body = node
    octets = body if isinstance(body, bytes) else b"".join(map(write_der, body))
    return bytes([tag]) + length_of(len(octets)) + octets


# Object identifiers, contents.
SMIME = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
AES = b"\x60\x86\x48\x01\x65\x03\x04\x01"
OIDS = {"data": b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
        "digested": b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x05",
        "encrypted": b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06",
        "authenticated": SMIME + b"\x02", "compressed": SMIME + b"\x09",
        "3des": b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", "rc2": b"\x2a\x86\x48\x86\xf7\x0d\x03\x02",
        "ecb": AES + b"\x29", "gcm": AES + b"\x2e", "cbc": AES + b"\x2a"}


class Cms:
    """A genuine one, to be spoiled: nodes of an (auth)enveloped-data."""

    def __init__(self, der):
        self.root = read_der(der)[0]
        self.content = self.root[1][1][1][0]
        at = next(n for n, one in enumerate(self.content[1]) if one[0] == 0x31)
        self.recipients, self.sealed = self.content[1][at:at + 2]
        self.cipher = self.sealed[1][1]
        self.ciphertext = self.sealed[1][2]

    def der(self):
        return write_der(self.root)


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *words], input=data, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    claim(done.returncode == 0, "openssl %s: %s" % (words[1], done.stderr.decode()))
    return done.stdout


class Made:
    """What OpenSSL makes of the entity, once."""

    def __init__(self, stage):
        pem = stage.pki + "/user/carol.pem"
        words = ("cms", "-binary", "-outform", "DER")
        self.enveloped = openssl(*words, "-encrypt", "-aes256", pem, data=ENTITY)
        self.auth = openssl(*words, "-encrypt", "-aes-256-gcm", pem, data=ENTITY)
        self.streamed = openssl(*words, "-encrypt", "-stream", "-aes256", pem, data=ENTITY)
        self.password = openssl(*words, "-encrypt", "-aes256", "-pwri_password", "x", data=ENTITY)
        self.kek = openssl(*words, "-encrypt", "-aes256", "-secretkey", "00" * 32,
                           "-secretkeyid", "01", data=ENTITY)
        self.signer = ("-signer", stage.pki + "/user/alice.pem", "-inkey",
                       stage.pki + "/user/alice.key")
        self.signed = self.sign(ENTITY)

    def sign(self, entity):
        return openssl("cms", "-binary", "-outform", "DER", "-sign", "-nodetach", *self.signer,
                       data=entity)


# ---- messages ----------------------------------------------------------

TYPE = b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"


def wire(octets):
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def entity(der, type_=TYPE, more=b"", after=b""):
    return (b"Content-Type: " + type_ + b"\r\n" + more
            + b"Content-Transfer-Encoding: base64\r\n\r\n" + wire(der) + after)


def message(inside, subject=b"Confidentiel"):
    return (b"From: Alice <%s>\r\nTo: %s\r\nDate: %s\r\nSubject: %s\r\n"
            b"Message-ID: <%s@example.fr>\r\nMIME-Version: 1.0\r\n"
            % (h.ALICE.encode(), CAROL.encode(), h.email_date(), subject,
               secrets.token_hex(8).encode())) + inside


def spoiled(der, change):
    cms = Cms(der)
    change(cms)
    return cms.der()


def set_oid(node, name):
    node[1][0][1] = OIDS[name]


def drop_mac(cms):
    cms.content[1].pop()


def short_mac(cms):
    cms.content[1][-1][1] = b"\0\0\0\0"


def odd_length(cms):
    cms.ciphertext[1] = cms.ciphertext[1][:-1]


def spoil_rows(made):
    def change(name):
        return lambda cms: set_oid(cms.cipher, name)
    rows = [
        ("3DES", NOT_FOR, made.enveloped, change("3des")),
        ("RC2", NOT_FOR, made.enveloped, change("rc2")),
        ("AES in ECB", NOT_FOR, made.enveloped, change("ecb")),
        ("EnvelopedData with GCM and no tag", NOT_FOR, made.enveloped, change("gcm")),
        ("AuthEnvelopedData with CBC", NOT_FOR, made.auth, change("cbc")),
        ("AuthEnvelopedData with a tag of 4 octets", NOT_FOR, made.auth, short_mac),
        ("AuthEnvelopedData without a tag", CLEAR, made.auth, drop_mac),
        ("CBC of no whole block", NOT_FOR, made.enveloped, odd_length),
        ("no recipients", CLEAR, made.enveloped, lambda cms: cms.recipients[1].clear()),
        ("no ciphertext", CLEAR, made.enveloped, lambda cms: cms.sealed[1].pop()),
        ("empty ciphertext", CLEAR, made.enveloped,
         lambda cms: cms.ciphertext.__setitem__(1, b"")),
        ("a recipient of text alone", CLEAR, made.enveloped,
         lambda cms: cms.recipients.__setitem__(1, [[0x30, [[0x04, SECRET * 50]]]])),
        ("text as originator", CLEAR, made.enveloped,
         lambda cms: cms.content[1].insert(1, [0x0c, SECRET * 50])),
        ("another content behind", CLEAR, made.enveloped,
         lambda cms: cms.root[1][1][1].append([0x04, SECRET * 50])),
        ("a ContentInfo in a ContentInfo", CLEAR, made.enveloped,
         lambda cms: cms.root[1][1].__setitem__(1, [read_der(made.enveloped)[0]])),
    ]
    for name in ("data", "digested", "encrypted", "authenticated", "compressed"):
        rows.append(("called %s-data" % name, CLEAR, made.enveloped,
                     lambda cms, name=name: set_oid(cms.root, name)))
    return [(name, wanted, entity(spoiled(der, how))) for name, wanted, der, how in rows]


def length_rows(made):
    der, streamed = made.enveloped, made.streamed
    size = len(der) - 4
    claim(der[1] == 0x82, "the test is broken: another length")
    lie = [("one octet more", size + 1), ("one octet less", size - 1), ("nothing", 0)]
    rows = [("length says " + name, CLEAR, der[:2] + wrong.to_bytes(2, "big") + der[4:])
            for name, wrong in lie]
    rows += [("length of 2 GB", CLEAR, b"\x30\x84\x7f\xff\xff\xff" + der[4:]),
             ("length of 126 octets", CLEAR, b"\x30\xfe" + b"\xff" * 126 + der[4:]),
             ("no length at all", CLEAR, b"\x30\xff" + der[4:]),
             ("cut", CLEAR, der[:-20]), ("one octet", CLEAR, b"\x30"),
             ("streamed, without its end", CLEAR, streamed[:-2]),
             ("streamed, with an end too many", CLEAR, streamed + b"\0\0"),
             ("text behind", CLEAR, der + SECRET), ("a zero behind", CLEAR, der + b"\0"),
             ("two of them", CLEAR, der + der), ("text before", CLEAR, SECRET + der),
             ("a password alone", NOT_FOR, made.password), ("a shared key alone", NOT_FOR, made.kek)]
    return [(name, wanted, entity(octets)) for name, wanted, octets in rows]


def mixed(*parts, type_=b"multipart/mixed"):
    return (b"Content-Type: " + type_ + b"; boundary=b\r\n\r\n"
            + b"".join(b"--b\r\n" + one + b"\r\n" for one in parts) + b"--b--\r\n")


def frame_rows(made):
    good = entity(made.enveloped)
    return [
        ("text behind the base64", CLEAR, entity(made.enveloped, after=SECRET + b"\r\n")),
        ("text behind an empty line", CLEAR,
         entity(made.enveloped, after=b"\r\n\r\n" + SECRET + b" and a line.\r\n")),
        ("base64 behind its end", CLEAR, entity(made.enveloped, after=wire(SECRET * 3))),
        ("in multipart/mixed", CLEAR, mixed(good, ENTITY)),
        ("alone in multipart/mixed", CLEAR, mixed(good)),
        ("Content-Type twice", CLEAR, b"Content-Type: text/plain\r\n" + good),
        ("an encoding twice", CLEAR, b"Content-Transfer-Encoding: 7bit\r\n" + good),
        ("text/plain", CLEAR, entity(made.enveloped, b"text/plain")),
        ("signed over the encrypted", CLEAR,
         entity(made.sign(good), b"application/pkcs7-mime; smime-type=signed-data")),
        ("signed, called enveloped", CLEAR, entity(made.signed)),
    ]


SPELLINGS = (b"application/pkcs7-mime", b"application/x-pkcs7-mime; name=smime.p7m",
             b"APPLICATION/PKCS7-MIME; SMIME-TYPE=enveloped-data",
             b'application/octet-stream; name="smime.p7m"',
             b'application/octet-stream; name="SMIME.P7M"',
             b"application/octet-stream; name*=utf-8\'\'smime.p7m", None)


def spelling_rows(made):
    """All name the same thing: the genuine one passes, the signed is clear."""
    rows = []
    for type_ in SPELLINGS:
        said = type_.decode() if type_ else "by Content-Disposition alone"
        more = b"" if type_ else b"Content-Disposition: attachment; filename=smime.p7m\r\n"
        octets = type_ or b"application/octet-stream"
        rows += [("genuine: " + said, PASSES, entity(made.enveloped, octets, more)),
                 ("signed-data: " + said, CLEAR, entity(made.signed, octets, more))]
    return rows + [("genuine: GCM", PASSES, entity(made.auth)),
                   ("genuine: streamed", PASSES, entity(made.streamed))]


# ---- OpenPGP -----------------------------------------------------------

PACKETS = b"\xc1\x0d\x03" + b"x" * 12 + b"\xd2\x33\x01" + b"y" * 50
ARMOR = (b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + wire(PACKETS)
         + b"-----END PGP MESSAGE-----\r\n")
PLAIN = b"Content-Type: text/plain\r\n\r\n"


def pgp_mime(control, content, type_=b'multipart/encrypted; protocol="application/pgp-encrypted"',
             *more):
    return mixed(b"Content-Type: application/pgp-encrypted\r\n\r\n" + control,
                 b"Content-Type: application/octet-stream\r\n\r\n" + content, *more, type_=type_)


def pgp_rows():
    page = b"Content-Type: text/html\r\n\r\n<html><pre>\r\n%s</pre></html>\r\n"
    literal = b"\xcb\x33b" + b"z" * 50
    return [
        ("OpenPGP inline", NOT_FOR, PLAIN + ARMOR),
        ("OpenPGP/MIME", NOT_FOR, pgp_mime(b"Version: 1\r\n", ARMOR)),
        ("text before OpenPGP", CLEAR, PLAIN + SECRET + b"\r\n" + ARMOR),
        ("text behind OpenPGP", CLEAR, PLAIN + ARMOR + SECRET + b"\r\n"),
        ("OpenPGP twice", CLEAR, PLAIN + ARMOR + ARMOR),
        ("OpenPGP in HTML", CLEAR, page % ARMOR),
        ("OpenPGP signed text", CLEAR, PLAIN + ARMOR.replace(b"PGP MESSAGE", b"PGP SIGNED MESSAGE")),
        ("OpenPGP of literal text", CLEAR, PLAIN + ARMOR.replace(wire(PACKETS), wire(literal))),
        ("OpenPGP with text as its headers", CLEAR, PLAIN + ARMOR.replace(
            b"-\r\n\r\n", b"-\r\n" + b"Comment: a letter's line\r\n" * 9 + b"\r\n", 1)),
        ("OpenPGP/MIME with text as control", CLEAR, pgp_mime(SECRET + b"\r\n", ARMOR)),
        ("OpenPGP/MIME of text", CLEAR, pgp_mime(b"Version: 1\r\n", SECRET + b"\r\n")),
        ("OpenPGP/MIME with a part more", CLEAR, pgp_mime(
            b"Version: 1\r\n", ARMOR,
            b'multipart/encrypted; protocol="application/pgp-encrypted"', PLAIN + SECRET)),
        ("OpenPGP/MIME as multipart/mixed", CLEAR,
         pgp_mime(b"Version: 1\r\n", ARMOR, b"multipart/mixed")),
        ("text behind OpenPGP/MIME", CLEAR,
         pgp_mime(b"Version: 1\r\n", ARMOR) + SECRET + b"\r\n"),
    ]


# ---- judging -----------------------------------------------------------

def classify(stage, octets):
    """What sceau process takes it for: class of carol's line, exit status."""
    with tempfile.TemporaryDirectory() as out:
        done = stage.sceau("process", "--json", "--from", h.ALICE, "--login", h.ALICE,
                           "--to", CAROL, "--out", out, input=octets)
        claim(done.stdout, done.stderr.decode())
        told = json.loads(done.stdout)
        written = [name for name in os.listdir(out) if name.endswith(".eml")]
        claim(done.returncode == 0 or not written, "refused, and written all the same")
        return told["recipients"][0]["class"], done.returncode


def judge(stage, name, wanted, octets):
    taken, status = classify(stage, octets)
    claim(taken == wanted, "%s: taken for %s, not %s" % (name, taken, wanted))
    claim(status == (0 if wanted == PASSES else 69), "%s: process ended with %d"
          % (name, status))
    stage.collect()
    reply = stage.submit(octets, h.ALICE, [CAROL])
    sent = lab.Sent(None, octets, SECRET.decode(), reply, stage.collect())
    if wanted == PASSES:
        claim(reply.code == 250, "%s: %s" % (name, " / ".join(reply.lines)))
        h.byte_for_byte(sent, CAROL)
    else:
        claim(500 <= reply.code < 600, "%s: the reply was %d" % (name, reply.code))
        h.nothing_arrived(sent)


def judge_rows(rows):
    def test(stage):
        wrong = []
        for name, wanted, inside in rows(Made(stage)):
            try:
                judge(stage, name, wanted, message(inside))
            except h.Failed as failure:
                wrong.append(str(failure))
        claim(not wrong, " | ".join(wrong))
    return test


def labels_inside_opaque_signatures(stage):
    """The subject that counts stands in the signed content."""
    made, wrong = Made(stage), []
    inner = b"Subject: Confidentiel\r\n" + ENTITY
    forwarded = (b"Content-Type: message/rfc822\r\n\r\nFrom: x@example.fr\r\n" + inner)
    for content in (inner, forwarded):
        der = made.sign(content)
        twice = made.sign(entity(der, b"application/pkcs7-mime; smime-type=signed-data"))
        for octets in (der, twice):
            for type_ in SPELLINGS[:-1]:
                reply = stage.submit(message(entity(octets, type_), b"plans"), h.ALICE, [CAROL])
                if not 500 <= reply.code < 600:
                    wrong.append("%s: %d" % (type_.decode(), reply.code))
    claim(not wrong, " | ".join(wrong))
    claim(not stage.collect(), "something arrived")


def rows_named(name, rows):
    test = judge_rows(rows)
    test.__name__ = name
    return test


TESTS = (rows_named("attack_spoiled_envelopes", spoil_rows),
         rows_named("attack_lengths_and_recipients", length_rows),
         rows_named("attack_what_stands_around", frame_rows),
         rows_named("attack_spellings_of_pkcs7", spelling_rows),
         rows_named("attack_openpgp", lambda _: pgp_rows()),
         labels_inside_opaque_signatures)
