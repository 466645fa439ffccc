# SPDX-License-Identifier: BSD-2-Clause
"""The story: who sends what to whom. Says nothing about what should happen."""
import base64
import email.utils
import os
import re
import secrets
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
OWN = "example.fr"


class Row:
    """One message. door: "submission" (with alice's login) or "port25".
    seal: what alice's client did to it, and for whom. slapd, sceaud: what
    happens to them while it is sent. again: send the named row's octets once
    more, as a mail program does after a 4xx."""

    def __init__(self, name, title, template, to, *, bcc=(), sender="alice@" + OWN,
                 door="submission", seal=None, slapd=None, sceaud=None, again=None):
        self.name, self.title, self.template = name, title, template
        self.to, self.bcc, self.sender, self.door = list(to), list(bcc), sender, door
        self.seal, self.slapd, self.sceaud, self.again = seal, slapd, sceaud, again

    def recipients(self):
        return self.to + self.bcc


def _rows():
    bob, carol, dave = ("%s@partner.example" % n for n in ("bob", "carol", "dave"))
    emma, erin, frank = ("%s@partner.example" % n for n in ("emma", "erin", "frank"))
    printer = {"sender": "printer@" + OWN, "door": "port25"}
    return [
        Row("bob", "to bob, a partner", "attachment", [bob]),
        Row("carol", "to carol, without certificate", "ordinary", [carol]),
        Row("colleague", "to a colleague inside", "ordinary", ["colleague@" + OWN]),
        Row("confidential-base64", "to carol, [CONFIDENTIEL] in UTF-8 base64",
            "confidential-base64", [carol]),
        Row("confidential-quoted", "to carol, Confidentiel in ISO-8859-1 Q",
            "confidential-quoted", [carol]),
        Row("confidential-forwarded", "to carol, [Confidentiel] in a forwarded subject",
            "forwarded", [carol]),
        Row("sensitivity", "to bob, Sensitivity: Company-Confidential",
            "sensitivity", [bob]),
        Row("mixed", "to bob and carol", "ordinary", [bob, carol]),
        Row("mixed-confidential", "to bob and carol, confidential",
            "confidential-quoted", [bob, carol]),
        Row("bcc", "to bob, blind copy to dave", "bcc", [bob], bcc=[dave]),
        Row("sealed", "to carol, confidential, encrypted for her by alice",
            "sealed", [carol], seal=("enveloped", "carol")),
        Row("claims-signed", "to carol, confidential, claims to be encrypted: signed-data",
            "sealed", [carol], seal=("signed", "alice")),
        Row("claims-text", "to carol, confidential, claims to be encrypted: base64 text",
            "sealed", [carol], seal=("text", None)),
        Row("claims-garbage", "to carol, confidential, an envelope's head and garbage",
            "sealed", [carol], seal=("garbage", "carol")),
        Row("sealed-for-another", "to bob, confidential, encrypted by alice for dave",
            "sealed", [bob], seal=("enveloped", "dave")),
        Row("dave", "to dave, one expired and one valid certificate", "ordinary", [dave]),
        Row("erin", "to erin, revoked", "ordinary", [erin]),
        Row("frank", "to frank, four certificates, none usable", "ordinary", [frank]),
        Row("gmail-confidential", "to a gmail.com address, confidential",
            "confidential-quoted", ["gina@gmail.com"]),
        Row("printer-confidential", "printer without login to carol, confidential",
            "printer-confidential", [carol], **printer),
        Row("printer", "printer without login to carol", "printer", [carol], **printer),
        Row("printer-to-bob", "printer without login to bob", "printer", [bob], **printer),
        Row("outsider", "from outside to alice", "outsider", ["alice@" + OWN],
            sender="oscar@outside.example", door="port25"),
        Row("as-boss", "alice as her boss, to carol", "as-boss", [carol]),
        Row("rsa-and-ec", "to bob (RSA) and emma (EC)", "attachment", [bob, emma]),
        Row("directory-stopped", "to emma, directory stopped", "ordinary", [emma],
            slapd="stop"),
        Row("directory-back", "the same again, directory back", "ordinary", [emma],
            again="directory-stopped"),
        Row("directory-blind", "to dave, directory hides certificates", "ordinary",
            [dave], slapd="blind certificates"),
        Row("directory-sees", "the same again, rights given back", "ordinary", [dave],
            again="directory-blind"),
        Row("sceaud-stopped", "to bob, sceaud stopped", "ordinary", [bob], sceaud="stop"),
        Row("sceaud-back", "the same again, sceaud back", "ordinary", [bob],
            again="sceaud-stopped"),
    ]


ROWS = _rows()


def get(name):
    return next(row for row in ROWS if row.name == name)


def _cms(pki, how, who, text):
    openssl = ["openssl", "cms", "-binary", "-outform", "DER"]
    if how == "signed":
        command = openssl + ["-sign", "-nodetach",
                             "-signer", "%s/user/%s.pem" % (pki, who),
                             "-inkey", "%s/user/%s.key" % (pki, who)]
    else:
        command = openssl + ["-encrypt", "-aes256", "%s/user/%s.pem" % (pki, who)]
    return subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def _seal(pki, seal, marker):
    how, who = seal
    text = b"Content-Type: text/plain\r\n\r\nPour vous: %s\r\n" % marker.encode()
    if how == "text":
        return text
    der = _cms(pki, how, who, text)
    if how == "garbage":
        # The head says envelopedData; what follows is nobody's.
        return der[:24] + text + secrets.token_bytes(400)
    return der


def _lines(octets):
    return base64.encodebytes(octets).replace(b"\n", b"\r\n").rstrip()


def make(row, pki):
    """(the message's octets with CRLF, its marker)."""
    marker = "Secret" + secrets.token_hex(12)
    with open("%s/messages/%s.eml" % (HERE, row.template), "rb") as template:
        text = re.sub(rb"\r?\n", b"\r\n", template.read())
    values = {
        b"TO": ", ".join(row.to).encode(),
        b"BCC": ", ".join(row.bcc).encode(),
        b"DATE": email.utils.formatdate(localtime=True).encode(),
        b"ID": ("%s@client.example" % secrets.token_hex(8)).encode(),
        b"MARKER": marker.encode(),
        b"BASE64": _lines(("Texte accentué : %s\r\n" % marker).encode() * 9),
    }
    if row.seal is not None:
        values[b"SEALED"] = _lines(_seal(pki, row.seal, marker))
    for name, value in values.items():
        text = text.replace(b"@%s@" % name, value)
    return text, marker
