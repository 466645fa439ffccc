# SPDX-License-Identifier: BSD-2-Clause
"""The header fields outside, and blind copies: rows of tests/system/forms."""
import contextlib
import email
import email.utils
import os
import re
import secrets
import shutil
import socket
import subprocess
import threading

import harness as h
import lab
from harness import claim

BOB, CAROL, DAVE = ("%s@partner.example" % n for n in ("bob", "carol", "dave"))
ADDRESSES = ("from", "to", "cc", "reply-to", "sender", "resent-from", "resent-to")
TRACE = ("received", "return-path", "delivered-to")
MIME = ("mime-version", "content-type", "content-transfer-encoding")
OURS = (*MIME, "content-disposition")
MANY = 120


class Letter:
    """Octets of a message of alice's with the fields given, in their order."""

    def __init__(self, to, fields):
        self.marker = secrets.token_hex(8)
        self.to, self.sender = to, h.ALICE
        self.octets = b"\r\n".join(
            [one.encode() if isinstance(one, str) else one for one in fields]
            + [b"Message-ID: <%s@example.fr>" % secrets.token_hex(8).encode(),
               b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=utf-8",
               b"Content-Transfer-Encoding: 8bit", b"",
               ("voilà " + self.marker).encode(), b""])


def ordinary(to, *more, date=True):
    return Letter(to, ["From: Alice Martin <%s>" % h.ALICE, "To: %s" % to[0],
                       *(["Date: " + email.utils.formatdate()] if date else []),
                       "Subject: plan", *more])


def send(stage, letter, **more):
    stage.collect()
    reply = stage.submit(letter.octets, h.ALICE, letter.to, **more)
    return lab.Sent(letter, letter.octets, letter.marker, reply, stage.collect(120))


def fields(octets):
    """(name, octets of the whole field) in order."""
    head = h.check_mail.split(octets)[0]
    return [(one.partition(b":")[0].decode("ascii", "replace").lower(), one)
            for one in re.split(rb"\r\n(?![ \t])", head.rstrip(b"\r\n")) if one]


def values(octets, name):
    return [one for found, one in fields(octets) if found == name]


def addresses(field):
    value = email.message_from_bytes(field + b"\r\n\r\n")
    return [(name, address) for name, address
            in email.utils.getaddresses([str(one) for _, one in value.items()])]


# ---- fields ------------------------------------------------------------

def one_date_on_every_copy(stage):
    """One in place, one through the relay: each with the one Date we added."""
    sent = send(stage, ordinary([BOB, CAROL], date=False))
    h.arrived_once(sent, BOB, CAROL)
    claim(len(sent.arrived) == 2, "no copy was made")
    dates = [values(one.raw, "date") for one in sent.arrived]
    for found in dates:
        claim(len(found) == 1, "%d Date fields" % len(found))
    claim(dates[0] == dates[1], "two dates: %s" % dates)
    for address in (BOB, CAROL):
        seen = h.look_for(stage, sent, address)
        claim(seen.signer == h.ALICE, seen.trouble or "not signed")


ODD = [b"X-One: one", b"x-TWO:   three blanks", b"X-Folded: a\r\n b\r\n\tc", b"X-Empty: ",
       b"X-Again: 1", b"X-Between: x", b"X-Again: 2", b"X-Trailing: blanks  ",
       b"X-Long: " + b"v" * 900, b"X-8bit: \xc3\xa9t\xc3\xa9",
       b"X-Word: =?utf-8?Q?=C3=A9?=", b"References: <1@example.fr>\r\n <2@example.fr>",
       b"Reply-To: \"Martin, Alice\" <alice@example.fr>,\r\n boss@example.fr",
       b"Cc: Carol <carol@partner.example>,\r\n  Dave <dave@partner.example>"]


def all_other_fields_as_they_were(stage):
    sent = send(stage, ordinary([BOB, CAROL, DAVE], *ODD))
    h.arrived_once(sent, BOB, CAROL, DAVE)
    claim(len(sent.arrived) == 2, "%d messages for two treatments" % len(sent.arrived))
    wanted = [one for one in fields(sent.octets) if one[0] not in MIME]
    for one in sent.arrived:
        got = [two for two in fields(one.raw) if two[0] not in OURS + TRACE]
        claim([name for name, _ in got] == [name for name, _ in wanted],
              "fields are %s" % ", ".join(name for name, _ in got))
        for (name, before), (_, after) in zip(wanted, got):
            same = addresses(before) == addresses(after) \
                if stage.mta == "sendmail" and name in ADDRESSES else before == after
            claim(same, "%r became %r" % (before, after))
        for name in MIME:
            count = len(values(one.raw, name))
            claim(count == 1 or (count == 0 and name == MIME[2]), "%d times %s" % (count, name))


def long_values_are_folded(stage):
    """What we write ourselves: RFC 5322 2.1.1 and RFC 2047 2."""
    subject = "=?utf-8?Q?%s?=" % "=C3=A9" * 20
    sent = send(stage, Letter([BOB], [
        "From: Alice <%s>" % h.ALICE, "To: " + BOB, "Date: " + email.utils.formatdate(),
        "Subject: " + subject, "X-Form: endless"]))
    h.arrived_once(sent, BOB)
    found = values(sent.arrived[0].raw, "subject")
    claim(len(found) == 1, "%d subjects" % len(found))
    lines = found[0].split(b"\r\n")
    claim(len(lines) > 2 and max(map(len, lines)) <= 76, "lines of %s"
          % [len(line) for line in lines])
    claim(all(line.strip() for line in lines), "a line of blanks alone")
    shown = str(email.header.make_header(email.header.decode_header(
        found[0].partition(b":")[2].decode())))
    claim(shown == ENDLESS, "it is %r" % shown)
    for name in ("content-type", "content-disposition"):
        for one in values(sent.arrived[0].raw, name):
            claim(max(map(len, one.split(b"\r\n"))) <= 78, "a long line: %r" % one)


ENDLESS = "été à Orléans " * 10 + "fin"

OWN_DKIM = "DKIM-Signature: v=1; a=rsa-sha256; d=example.fr; s=x; bh=YQ==; b=YQ=="
OTHER_DKIM = "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; bh=YQ==; b=YQ=="


def own_dkim_kept(stage):
    with h.setting(stage, "^", "dkim = keep\n"):
        before = len(stage.log())
        sent = send(stage, ordinary([CAROL], OWN_DKIM, OTHER_DKIM))
        h.arrived_once(sent, CAROL)
        left = values(sent.arrived[0].raw, "dkim-signature")
        claim(left == [OWN_DKIM.encode(), OTHER_DKIM.encode()], "left: %s" % left)
        h.logged(stage, before, "own-dkim-signature", "action=kept")


def own_dkim_refused(stage):
    with h.setting(stage, "^", "dkim = refuse\n"):
        h.refused(send(stage, ordinary([CAROL], OWN_DKIM)), words=("DKIM",))
        sent = send(stage, ordinary([CAROL], OTHER_DKIM))
        h.arrived_once(sent, CAROL)
        h.signed_clear(stage, sent, CAROL)


def own_dkim_removed_from_every_copy(stage):
    before = len(stage.log())
    sent = send(stage, ordinary([BOB, CAROL], OWN_DKIM, OTHER_DKIM))
    h.arrived_once(sent, BOB, CAROL)
    for one in sent.arrived:
        claim(values(one.raw, "dkim-signature") == [OTHER_DKIM.encode()], "left: %s"
              % values(one.raw, "dkim-signature"))
    h.logged(stage, before, "own-dkim-signature", "action=removed")


# ---- blind copies ------------------------------------------------------

def no_blind_field_leaves(stage):
    """Both of them, in any case, on the one in place and on copies."""
    sent = send(stage, ordinary([BOB, CAROL], "Bcc: hidden-1@partner.example",
                                "BCC: hidden-2@partner.example,\r\n hidden-3@partner.example",
                                "Resent-From: alice@example.fr",
                                "resent-bcc: hidden-4@partner.example"))
    h.arrived_once(sent, BOB, CAROL)
    for address in (BOB, CAROL):
        seen = h.look_for(stage, sent, address)
        for what in (seen.raw, seen.entity, seen.signed):
            claim(b"hidden-" not in what and not re.search(rb"(?im)^(resent-)?bcc *:", what),
                  "it tells of a Bcc")


def a_blind_recipient_in_another_spelling(stage):
    sent = send(stage, ordinary([BOB, DAVE], "Bcc: Dave <DAVE@Partner.Example>"))
    h.arrived_once(sent, BOB, DAVE)
    claim(len(sent.arrived) == 2, "bob and his Bcc in one message")
    h.encrypted_for(stage, sent, BOB, "bob")
    h.encrypted_for(stage, sent, DAVE, "dave")
    for one in sent.arrived:
        claim(b"dave@" not in h.check_mail.split(one.raw)[0].lower() or DAVE in one.recipients,
              "the header tells of dave")


def a_named_recipient_in_another_spelling(stage):
    """Named in To: he is no Bcc, so one message serves both."""
    sent = send(stage, ordinary([BOB, DAVE], "Cc: Dave <DAVE@Partner.Example>"))
    h.arrived_once(sent, BOB, DAVE)
    claim(len(sent.arrived) == 1, "%d messages" % len(sent.arrived))
    h.encrypted_for(stage, sent, BOB, "bob", "dave")


class Counter:
    """Stands before a port and counts who comes."""

    def __init__(self, port, behind):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.behind, self.count = behind, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.count += 1
                server = socket.create_connection(("127.0.0.1", self.behind))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def make_many(stage):
    """Certificates with sixty addresses each, in a folder of their own."""
    pki, folder = stage.pki, stage.directory + "/etc/many"
    conf = pki + "/ca/partners/conf"
    os.makedirs(folder)
    for first in range(0, MANY, 60):
        base = "%s/user/many-%d" % (pki, first)
        names = ", ".join("email:m%d@many.example" % n for n in range(first, first + 60))
        with open(base + ".extensions", "w", encoding="ascii") as file:
            file.write("basicConstraints = critical, CA:FALSE\n"
                       "keyUsage = critical, digitalSignature, keyEncipherment\n"
                       "extendedKeyUsage = emailProtection\nsubjectAltName = %s\n" % names)
        for words in (("req", "-new", "-newkey", "rsa:2048", "-nodes", "-config", conf,
                       "-subj", "/C=FR/O=Laboratory/CN=many", "-keyout", base + ".key",
                       "-out", base + ".request"),
                      ("ca", "-batch", "-notext", "-config", conf, "-in", base + ".request",
                       "-out", base + ".pem", "-extfile", base + ".extensions")):
            subprocess.run(["openssl", *words], check=True, stderr=subprocess.DEVNULL)
        shutil.copy(base + ".pem", folder)
        os.chmod(folder + "/many-%d.pem" % first, 0o644)
    os.chmod(folder, 0o755)


def count_connections(stage, before):
    """How often somebody came to Postfix's relay since then."""
    with open(stage.directory + "/mta/log", encoding="utf-8", errors="replace") as file:
        return len(re.findall(r"postfix/sceau/smtpd\[\d+\]: connect from", file.read()[before:]))


# Ten at a time; the last one is renewed after fifty copies, which a server
# might take for somebody who only tries addresses.
MAX_CONNECTIONS = 10 + MANY // 50


def many_blind_copies(stage):
    """121 messages, each once, over few connections."""
    make_many(stage)
    folder = 'certificates many { path = "%s/etc/many"  domains = many.example }' \
        % stage.directory
    blind = ["m%d@many.example" % n for n in range(MANY)]
    counter, log = None, stage.directory + "/mta/log"
    path = stage.directory + "/etc/sceau.conf"
    with open(path, encoding="utf-8") as file:
        conf = file.read()
    if stage.mta == "sendmail":
        counter = Counter(stage.port + 7, stage.port + 5)
        with open(path, "w", encoding="utf-8") as file:
            file.write(conf.replace("127.0.0.1:%d" % (stage.port + 5),
                                    "127.0.0.1:%d" % (stage.port + 7)))
    try:
        with h.setting(stage, "^", folder + "\n"):
            before = os.path.getsize(log) if os.path.exists(log) else 0
            sent = send(stage, ordinary([BOB, *blind]), timeout=300)
            h.arrived_once(sent, BOB, *blind)
            claim(len(sent.arrived) == MANY + 1, "%d messages" % len(sent.arrived))
            for one in sent.arrived:
                head = h.check_mail.split(one.raw)[0]
                others = set(re.findall(rb"m\d+@many", head)) \
                    - {a.split(".")[0].encode() for a in one.recipients}
                claim(not others, "%s learns of %s" % (one.recipients, others))
            claim(not [1 for one in sent.arrived
                       if h.check_mail.find_clear(one.raw, sent.marker)], "clear text")
            count = counter.count if counter else count_connections(stage, before)
            claim(1 <= count <= MAX_CONNECTIONS, "%d connections" % count)
    finally:
        if counter:
            counter.close()
        with open(path, "w", encoding="utf-8") as file:
            file.write(conf)
        stage.run("sceaud", "stop")
        stage.run("sceaud", "start")


# ---- frames ----------------------------------------------------------------

def frames_as_clients_expect(stage):
    """RFC 8551 3.5.3, 3.2, 3.2.1: what Outlook and others look at."""
    sent = send(stage, ordinary([CAROL]))
    outer = email.message_from_bytes(sent.arrived[0].raw)
    claim(outer.get_content_type() == "multipart/signed" and
          outer.get_param("protocol") == "application/pkcs7-signature" and
          outer.get_param("micalg") == "sha-256", "it is " + outer["Content-Type"])
    _, signature = outer.get_payload()
    claim(len(outer.get_boundary()) >= 24, "a short boundary")
    check_file(signature, "application/pkcs7-signature", "smime.p7s")
    sent = send(stage, ordinary([BOB]))
    outer = email.message_from_bytes(sent.arrived[0].raw)
    claim(outer.get_param("smime-type") == "enveloped-data", "it is " + outer["Content-Type"])
    check_file(outer, "application/pkcs7-mime", "smime.p7m")
    sent = send(stage, ordinary([CAROL], "X-Form: opaque"))
    outer = email.message_from_bytes(sent.arrived[0].raw)
    claim(outer.get_param("smime-type") == "signed-data", "it is " + outer["Content-Type"])
    check_file(outer, "application/pkcs7-mime", "smime.p7m")


def check_file(part, content_type, name):
    claim(part.get_content_type() == content_type, "it is " + part["Content-Type"])
    claim(part.get_param("name") == name and part.get_filename() == name and
          part.get_content_disposition() == "attachment", "no file " + name)
    claim(part["Content-Transfer-Encoding"] == "base64", "not base64")


def other_digests_and_padding(stage):
    for digest, padding, named in (("sha-384", "pss", "rsassaPss"), ("sha-512", "pkcs1", "rsa")):
        with h.setting(stage, "signing {", "signing { digest = %s  rsa-padding = %s "
                       % (digest, padding)):
            sent = send(stage, ordinary([CAROL]))
            h.arrived_once(sent, CAROL)
            outer = email.message_from_bytes(sent.arrived[0].raw)
            claim(outer.get_param("micalg") == digest, "micalg is %s" % outer.get_param("micalg"))
            seen = h.look_for(stage, sent, CAROL)
            claim(seen.signer == h.ALICE, seen.trouble or "not signed")
            printed = h.check_mail.openssl("cms", "-cmsout", "-print", "-noout", "-inform",
                                           "DER", data=seen.signature).stdout.decode()
            claim(digest.replace("-", "") in printed and named in printed,
                  "not %s with %s" % (digest, named))


# ---- envelopes ---------------------------------------------------------

def addresses_in_utf8(stage):
    """RFC 6531, where the server knows it; sceaud must not spoil it."""
    zoe = "zoë@partner.example"
    letter = Letter([CAROL, zoe], [
        "From: Alicé <%s>" % h.ALICE, "To: Carol <%s>, Zoë <%s>" % (CAROL, zoe),
        "Date: " + email.utils.formatdate(), "Subject: réunion 会議"])
    sent = send(stage, letter, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    if stage.mta == "sendmail":
        claim("SMTPUTF8" in " ".join(sent.reply.lines), "Sendmail knows SMTPUTF8 now: test it")
        return
    h.arrived_once(sent, CAROL, zoe)
    for one in sent.arrived:
        claim(values(one.raw, "subject") == ["Subject: réunion 会議".encode()], "the subject")
    h.signed_clear(stage, sent, CAROL)


def a_copy_keeps_utf8(stage):
    """To bob in place, to zoë by the relay, or the other way round."""
    if stage.mta == "sendmail":
        return
    zoe = "zoë@partner.example"
    letter = Letter([BOB, zoe], [
        "From: Alicé <%s>" % h.ALICE, "To: Bob <%s>, Zoë <%s>" % (BOB, zoe),
        "Date: " + email.utils.formatdate(), "Subject: réunion 会議"])
    sent = send(stage, letter, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    h.arrived_once(sent, BOB, zoe)
    claim(len(sent.arrived) == 2, "one message for two treatments")
    claim(h.look_for(stage, sent, BOB).openers == ["bob"], "bob cannot open his")
    h.signed_clear(stage, sent, zoe)


TESTS = (one_date_on_every_copy, all_other_fields_as_they_were, long_values_are_folded,
         own_dkim_kept, own_dkim_refused, own_dkim_removed_from_every_copy,
         no_blind_field_leaves, a_blind_recipient_in_another_spelling,
         a_named_recipient_in_another_spelling, many_blind_copies, addresses_in_utf8,
         a_copy_keeps_utf8, frames_as_clients_expect, other_digests_and_padding)
