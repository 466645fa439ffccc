#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Messages of every kind that clients and applications send: made.py [DIR]

messages() gives (kind, name, octets), always the same ones. Each has a From,
a To and a Date; nothing else is promised, that is the point of them."""
import base64
import os
import quopri
import sys

HEAD = (b"From: Alice Martin <alice@example.fr>\r\n"
        b"To: Bob <bob@partner.example>\r\n"
        b"Date: @DATE@\r\n")
MIME = b"MIME-Version: 1.0\r\n"
TEXTS = {
    "ascii": b"Hello Bob,\r\n\r\nall is well.\r\n-- \r\nAlice\r\n",
    "french": "Bonjour Bob,\r\n\r\nça va très bien à Orléans.\r\n".encode(),
    "latin1": "Bonjour, ça va très bien.\r\n".encode("latin-1"),
    "cyrillic": "Привет, мир\r\n".encode("koi8-r"),
    "japanese": "こんにちは\r\n".encode("iso-2022-jp"),
    "sjis": "こんにちは、世界\r\n".encode("shift_jis"),
    "utf16": "bonjour\r\n".encode("utf-16"),
    "emoji": "\U0001F512 scellé\r\n".encode(),
    "empty": b"",
    "one-line": b"no line end",
    "blank-lines": b"\r\n\r\n\r\n",
    "dots": b".\r\n..\r\n.hidden\r\n...\r\n",
    "from": b"From here\r\n>From there\r\nFrom  \r\n",
    "trailing": b"blank \r\ntab\t\r\nboth \t \r\n \r\n",
    "long-998": b"x" * 998 + b"\r\n",
    "long-989": b"x" * 989 + b"\r\n",
    "long-990": b"x" * 990 + b"\r\n",
    "long-100k": b"y" * 100000 + b"\r\n",
    "long-words": b"word " * 5000 + b"\r\n",
    "bare-lf": b"one\ntwo\nthree\r\n",
    "bare-cr": b"one\rtwo\rthree\r\n",
    "cr-at-end": b"one\r\ntwo\r",
    "nul": b"a\0b\0\r\nc\r\n",
    "controls": bytes(range(1, 32)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
    "all-bytes": bytes(b for b in range(1, 256) if b not in b"\r\n") + b"\r\n",
    "equals": b"a=b =3D == =\r\n=20\r\n",
    "dashes": b"--\r\n--not-a-boundary\r\n----\r\n",
    "pem": b"-----BEGIN CERTIFICATE-----\r\nTUlJ\r\n-----END CERTIFICATE-----\r\n",
    "many-lines": b"line\r\n" * 20000,
    "soft": b"paragraph flowed \r\nover lines \r\n> quoted \r\n>> twice\r\n",
}
SEVEN = ("ascii", "dots", "from", "trailing", "long-998", "long-989", "long-990",
         "equals", "dashes", "pem", "blank-lines", "one-line", "empty", "soft",
         "many-lines")
CHARSETS = {"latin1": "iso-8859-1", "cyrillic": "koi8-r", "japanese": "iso-2022-jp",
            "sjis": "shift_jis", "utf16": "utf-16"}


def field(name, value):
    return ("%s: %s\r\n" % (name, value)).encode()


def text_head(name, encoding, subtype="plain"):
    return (field("Content-Type", "text/%s; charset=%s" % (subtype, CHARSETS.get(name, "utf-8")))
            + field("Content-Transfer-Encoding", encoding))


def encode(octets, encoding):
    if encoding == "base64":
        return base64.encodebytes(octets).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        lines = [quopri.encodestring(line).replace(b"=\n", b"=\r\n")
                 for line in octets.split(b"\r\n")]
        return b"\r\n".join(lines)
    return octets


def plain_texts():
    for name, octets in TEXTS.items():
        for encoding in ("7bit", "8bit", "binary", "quoted-printable", "base64", None):
            if encoding in ("7bit", None) and name not in SEVEN:
                continue
            if encoding in ("quoted-printable",) and name in ("utf16", "nul", "bare-cr",
                                                             "bare-lf", "cr-at-end",
                                                             "long-100k"):
                continue
            head = (text_head(name, encoding) if encoding else b"")
            yield ("text", "%s-%s" % (name, encoding or "no-mime"),
                   HEAD + field("Subject", name) + (MIME if encoding else b"")
                   + head + b"\r\n" + encode(octets, encoding))


def part(head, body):
    return head + b"\r\n" + body


def multipart(subtype, boundary, parts, preamble=b"", epilogue=b"", close=True,
              parameters=""):
    delimiter = b"--" + boundary.encode()
    body = preamble + b"".join(delimiter + b"\r\n" + one + b"\r\n" for one in parts)
    if close:
        body += delimiter + b"--\r\n" + epilogue
    return (field("Content-Type", 'multipart/%s; boundary="%s"%s'
                  % (subtype, boundary, parameters)), body)


def attachment(name, octets, type_="application/octet-stream", encoding="base64", more=b""):
    return part(field("Content-Type", '%s; name="%s"' % (type_, name))
                + field("Content-Transfer-Encoding", encoding)
                + field("Content-Disposition", 'attachment; filename="%s"' % name) + more,
                encode(octets, encoding))


def message(subject, head, body, more=b"", mime=MIME):
    return HEAD + field("Subject", subject) + more + mime + head + b"\r\n" + body


def plain(name, encoding="8bit"):
    return part(text_head(name, encoding), encode(TEXTS[name], encoding))


def html(name, encoding):
    octets = b"<html><body><p>" + TEXTS[name] + b"</p></body></html>\r\n"
    return part(text_head(name, encoding, "html"), encode(octets, encoding))


def alternatives():
    for name in ("ascii", "french", "latin1", "cyrillic", "trailing", "from", "long-990",
                 "dots", "emoji"):
        for encoding in ("8bit", "quoted-printable", "base64"):
            yield ("alternative", "%s-%s" % (name, encoding),
                   message(name, *multipart("alternative", "=_a%s" % name,
                                            [plain(name, encoding), html(name, encoding)])))


def nested():
    inner = multipart("alternative", "inner", [plain("french"), html("french", "base64")])
    related = multipart("related", "rel", [
        part(inner[0], inner[1]),
        attachment("logo.png", bytes(range(256)), "image/png",
                   more=field("Content-ID", "<logo@example.fr>"))])
    mixed = multipart("mixed", "outer", [part(*related), attachment("a.bin", b"\0" * 1000),
                                         plain("trailing")])
    yield ("nested", "mixed-related-alternative", message("nested", *mixed))
    for depth in (2, 5, 10, 18, 40):  # 40 and 1200: only an opaque signature
        body = part(text_head("ascii", "7bit"), TEXTS["ascii"])
        for level in range(depth):
            body = part(*multipart("mixed", "level-%d" % level, [body]))
        head, rest = body.split(b"\r\n\r\n", 1)
        yield ("nested", "depth-%d" % depth, message("deep", head + b"\r\n", rest))
    for count in (0, 1, 50, 300, 1200):
        yield ("nested", "parts-%d" % count,
               message("many", *multipart("mixed", "many", [plain("ascii", "7bit")] * count)))


def boundaries():
    texts = [plain("ascii", "7bit"), plain("ascii", "7bit")]
    rows = {
        "preamble": multipart("mixed", "b", texts, preamble=b"This is MIME.\r\n"),
        "preamble-8bit": multipart("mixed", "b", texts, preamble="é\r\n".encode()),
        "epilogue": multipart("mixed", "b", texts, epilogue=b"The end.\r\n"),
        "epilogue-8bit": multipart("mixed", "b", texts, epilogue="é\r\n".encode()),
        "no-close": multipart("mixed", "b", texts, close=False),
        "no-close-8bit": multipart("mixed", "b", [plain("french")], close=False),
        "spaces": multipart("mixed", "a b c", texts),
        "punctuation": multipart("mixed", "'()+_,-./:=?", texts),
        "seventy": multipart("mixed", "x" * 70, texts),
        "type-parameter": multipart("related", "b", texts,
                                    parameters='; type="text/plain"; start="<x>"'),
    }
    for name, (head, body) in rows.items():
        yield "boundary", name, message(name, head, body)
    head, body = multipart("mixed", "ab", [part(*multipart("mixed", "abc", texts)), texts[0]])
    yield "boundary", "prefix", message("prefix", head, body)
    head, body = multipart("mixed", "b", texts)
    yield "boundary", "trailing-blanks", message("x", head, body.replace(b"--b\r\n",
                                                                         b"--b  \t\r\n"))
    yield "boundary", "unquoted", message("x", field("Content-Type",
                                                     "multipart/mixed; boundary=b"), body)
    yield ("boundary", "folded", message("x", b"Content-Type: multipart/mixed;\r\n"
                                              b"\tboundary=\"b\"\r\n", body))
    yield ("boundary", "rfc2231", message("x", b"Content-Type: multipart/mixed; "
                                               b"boundary*0=\"b\"\r\n", body))
    yield ("boundary", "comment", message("x", b"Content-Type: multipart/mixed (it is); "
                                               b"boundary=b\r\n", body))
    yield ("boundary", "none", message("x", b"Content-Type: multipart/mixed\r\n", body))
    yield ("boundary", "other", message("x", b"Content-Type: multipart/mixed; "
                                             b"boundary=c\r\n", body))
    yield ("boundary", "case", message("x", b"content-type: MULTIPART/Mixed; BOUNDARY=b\r\n",
                                       body))


def forwarded():
    inner = HEAD + field("Subject", "inside") + MIME + text_head("french", "8bit") \
        + b"\r\n" + TEXTS["french"]
    seven = HEAD + field("Subject", "inside") + b"\r\n" + TEXTS["ascii"]
    trailing = HEAD + field("Subject", "inside") + MIME + text_head("ascii", "7bit") \
        + b"\r\n" + TEXTS["trailing"]
    rfc822 = field("Content-Type", "message/rfc822")
    for name, octets in (("8bit", inner), ("7bit", seven), ("trailing", trailing)):
        encoding = b"" if name != "8bit" else field("Content-Transfer-Encoding", "8bit")
        yield ("forwarded", name,
               message("Fwd", *multipart("mixed", "f", [plain("ascii", "7bit"),
                                                        part(rfc822 + encoding, octets)])))
        yield ("forwarded", "alone-" + name, message("Fwd", rfc822 + encoding, octets))
        yield ("forwarded", "eml-" + name,
               message("Fwd", *multipart("mixed", "f", [
                   plain("ascii", "7bit"), attachment("mail.eml", octets)])))
    body = seven
    for _ in range(6):
        body = HEAD + MIME + rfc822 + b"\r\n" + body
    yield "forwarded", "nested-6", body
    yield ("forwarded", "digest",
           message("digest", *multipart("digest", "d", [b"\r\n" + seven, b"\r\n" + seven])))


def machine_made():
    status = (b"Reporting-MTA: dns; mx.example.fr\r\n\r\nFinal-Recipient: rfc822; "
              b"x@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n")
    notified = (b"Reporting-UA: x; y\r\nFinal-Recipient: rfc822;x@example.org\r\n"
                b"Disposition: manual-action/MDN-sent-manually; displayed\r\n")
    for name, report, octets in (("delivery-status", "delivery-status", status),
                                 ("disposition-notification", "disposition-notification",
                                  notified)):
        for returned in ("message/rfc822", "text/rfc822-headers"):
            parts = [plain("ascii", "7bit"),
                     part(field("Content-Type", "message/" + name), octets),
                     part(field("Content-Type", returned),
                          HEAD + field("Subject", "returned") + b"\r\nbody\r\n")]
            yield ("report", "%s-%s" % (name, returned.split("/")[1]),
                   message("report", *multipart("report", "r", parts,
                                                parameters="; report-type=" + report)))
    calendar = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
                "SUMMARY:Réunion\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").encode()
    for encoding in ("8bit", "base64", "quoted-printable"):
        head = (field("Content-Type", "text/calendar; charset=utf-8; method=REQUEST")
                + field("Content-Transfer-Encoding", encoding))
        yield "calendar", "alone-" + encoding, message("cal", head, encode(calendar, encoding))
        yield ("calendar", "alternative-" + encoding,
               message("cal", *multipart("alternative", "c", [
                   plain("french"), part(head, encode(calendar, encoding))])))
    yield ("tnef", "winmail", message("tnef", *multipart("mixed", "t", [
        plain("ascii", "7bit"),
        attachment("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(range(256)) * 8,
                   "application/ms-tnef")])))


def flowed():
    for parameters in ("format=flowed", "format=flowed; delsp=yes"):
        for encoding in ("7bit", "8bit", "quoted-printable"):
            head = (field("Content-Type", "text/plain; charset=utf-8; " + parameters)
                    + field("Content-Transfer-Encoding", encoding))
            yield ("flowed", "%s-%s" % (parameters[-5:], encoding),
                   message("flowed", head, encode(TEXTS["soft"], encoding)))


def parameters():
    rows = {
        "rfc2231": "filename*=utf-8''r%C3%A9sum%C3%A9.txt",
        "rfc2231-parts": "filename*0*=utf-8''r%C3%A9; filename*1*=sum%C3%A9.txt",
        "semicolon": 'filename="a;b;  c\\";d.txt"',
        "backslash": 'filename="a\\\\b.txt"',
        "encoded-word": 'filename="=?utf-8?Q?r=C3=A9sum=C3=A9.txt?="',
        "spaces": 'filename="a  b   c.txt"',
        "long": 'filename="%s.txt"' % ("n" * 300),
    }
    for name, value in rows.items():
        for encoding in ("base64", "8bit"):
            head = (field("Content-Type", "text/plain; charset=utf-8")
                    + field("Content-Transfer-Encoding", encoding)
                    + field("Content-Disposition", "attachment; " + value))
            yield ("parameters", "%s-%s" % (name, encoding),
                   message(name, *multipart("mixed", "p", [
                       plain("ascii", "7bit"), part(head, encode(TEXTS["french"], encoding))])))


def mime_fields():
    body = TEXTS["ascii"]
    rows = {
        "no-version": (b"", text_head("ascii", "7bit")),
        "no-version-8bit": (b"", text_head("ascii", "8bit")),
        "type-twice": (MIME, field("Content-Type", "text/plain") * 2),
        "types-differ": (MIME, field("Content-Type", "text/plain")
                         + field("Content-Type", "text/html")),
        "encoding-twice": (MIME, field("Content-Transfer-Encoding", "7bit") * 2),
        "version-twice": (MIME * 2, b""),
        "version-odd": (b"Mime-Version: 1.0 (Apple Message framework)\r\n",
                        text_head("ascii", "7bit")),
        "others": (MIME, field("Content-Description", "a letter")
                   + field("Content-ID", "<1@example.fr>")
                   + field("Content-Language", "fr, en")
                   + field("Content-Disposition", "inline")
                   + field("Content-Location", "http://example.fr/")
                   + field("Content-Unknown", "kept") + text_head("ascii", "7bit")),
        "bad-type": (MIME, field("Content-Type", "text")),
        "odd-encoding": (MIME, field("Content-Transfer-Encoding", "x-unknown")),
        "upper": (b"MIME-VERSION: 1.0\r\n", b"CONTENT-TYPE: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
                                            b"CONTENT-TRANSFER-ENCODING: 7BIT\r\n"),
        "folded": (MIME, b"Content-Type:\r\n text/plain;\r\n\tcharset=us-ascii;\r\n"
                         b" format=fixed\r\n"),
        "type-comment": (MIME, b"Content-Type: text/plain; charset=us-ascii (Plain)\r\n"),
    }
    for name, (version, head) in rows.items():
        yield "mime-fields", name, message(name, head, body, mime=version)


def headers():
    rows = {
        "encoded-subject": field("X-A", "=?utf-8?B?w6k=?= =?iso-8859-1?Q?=E9?="),
        "raw-utf8": "X-A: été à la plage\r\n".encode(),
        "long": field("X-A", "x" * 900),
        "folded": b"X-A: one\r\n two\r\n\tthree\r\n",
        "references": field("References", " ".join("<%d@example.fr>" % i for i in range(60))),
        "many": b"".join(field("X-%d" % i, "value %d" % i) for i in range(200)),
        "empty": b"X-A:\r\nX-B: \r\n",
        "repeated": field("Comments", "one") + field("Comments", "two"),
        "resent": field("Resent-From", "x@example.fr") + field("Resent-To", "y@example.fr"),
        "list": field("List-Id", "<x.example.fr>") + field("Precedence", "list"),
    }
    for name, more in rows.items():
        yield "headers", name, message(name, text_head("french", "8bit"), TEXTS["french"],
                                       more=more)


def attachments():
    binary = bytes((i * 7 + i // 251) % 256 for i in range(5000))
    for type_ in ("application/pdf", "image/jpeg", "application/octet-stream", "audio/wav",
                  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                  "application/zip", "text/csv", "application/xml", "model/x"):
        for encoding in ("base64", "binary"):
            octets = binary.replace(b"\0", b"\1") if encoding == "binary" else binary
            yield ("attachment", "%s-%s" % (type_.split("/")[1][:12], encoding),
                   message("att", *multipart("mixed", "att", [
                       plain("french"), attachment("a.bin", octets, type_, encoding)])))
            yield ("attachment", "alone-%s-%s" % (type_.split("/")[1][:12], encoding),
                   HEAD + field("Subject", "att") + MIME
                   + attachment("a.bin", octets, type_, encoding))
    yield ("attachment", "base64-one-line",
           message("att", *multipart("mixed", "att", [part(
               field("Content-Type", "application/pdf")
               + field("Content-Transfer-Encoding", "base64"),
               base64.b64encode(binary) + b"\r\n")])))
    yield ("attachment", "base64-garbage",
           message("att", *multipart("mixed", "att", [part(
               field("Content-Type", "application/pdf")
               + field("Content-Transfer-Encoding", "base64"), b"@@@ no base64\r\n")])))


def utf8_headers():
    """RFC 6532; these are sent with SMTPUTF8 where the server knows it."""
    word = "r\u00e9union \u4f1a\u8b70 \U0001F512"
    rows = {
        "subject": HEAD + field("Subject", word),
        "names": (field("From", '"Alic\u00e9 M\u00e4rtin" <alice@example.fr>')
                  + field("To", "B\u00f6b <bob@partner.example>, "
                          "zo\u00eb@\u4f8b\u3048.example")
                  + b"Date: @DATE@\r\n" + field("Subject", "names")),
        "unknown-field": HEAD + field("X-Note", word) + field("Subject", "x"),
        "folded": HEAD + ("Subject: %s\r\n %s\r\n\t%s\r\n" % (word, word, word)).encode(),
        "long-line": HEAD + field("Subject", "\u00e9" * 480),
        "mixed": HEAD + field("Subject", "=?utf-8?Q?r=C3=A9union?= " + word),
    }
    for name, head in rows.items():
        for encoding in ("8bit", "base64"):
            yield ("smtputf8", "%s-%s" % (name, encoding),
                   head + MIME + text_head("french", encoding) + b"\r\n"
                   + encode(TEXTS["french"], encoding))
    named = field("Content-Disposition", 'attachment; filename="r\u00e9sum\u00e9.txt"')
    yield ("smtputf8", "part-header", message("x", *multipart("mixed", "u", [
        plain("ascii", "7bit"),
        part(text_head("french", "base64") + named, encode(TEXTS["french"], "base64"))])))
    inner = HEAD + field("Subject", word) + MIME + text_head("french", "8bit") \
        + b"\r\n" + TEXTS["french"]
    for encoding in ("8bit", "base64", "quoted-printable"):
        yield ("smtputf8", "global-" + encoding, message("x", *multipart("mixed", "g", [
            plain("ascii", "7bit"),
            part(field("Content-Type", "message/global")
                 + field("Content-Transfer-Encoding", encoding), encode(inner, encoding))])))


def header_limits():
    """As much as both servers take: Sendmail 32 kB of header in all."""
    many = ", ".join("U%d <user-%d@partner.example>" % (n, n) for n in range(300))
    rows = {
        "line-998": b"X-A: " + b"x" * 993 + b"\r\n",
        "line-990": b"X-A: " + b"x" * 985 + b"\r\n",
        "line-989": b"X-A: " + b"x" * 984 + b"\r\n",
        "lines-998": b"X-A: " + b"x" * 993 + (b"\r\n " + b"y" * 997) * 20 + b"\r\n",
        "field-25k": field("X-A", "\r\n ".join(["word " * 10] * 480)),
        "recipients-300": field("Cc", many.replace(", ", ",\r\n ")),
        "received-20": b"".join(
            field("Received", "from a%d.example.fr by b.example.fr with ESMTP id %d;\r\n"
                  "\tMon, 3 Feb 2025 10:00:00 +0100" % (n, n)) for n in range(20)),
        "fields-500": b"".join(field("X-N", str(n)) for n in range(500)),
        "long-name": field("X-" + "n" * 60, "value"),
    }
    for name, more in rows.items():
        yield "limits", name, message(name, text_head("french", "8bit"), TEXTS["french"],
                                      more=more)
    for length in (900, 1600):  # Sendmail cuts what is above 2048
        value = "".join("\r\n n%d*=utf-8''%s;" % (n, "x" * 60) for n in range(length // 60))
        head = (b"Content-Type: text/plain; charset=utf-8;" + value.encode()
                + b" format=fixed\r\n" + field("Content-Transfer-Encoding", "8bit"))
        yield "limits", "parameters-%d" % length, message("x", head, TEXTS["french"])
        yield ("limits", "part-parameters-%d" % length,
               message("x", *multipart("mixed", "p", [part(head, TEXTS["french"])])))


def broken_trees():
    """What a strict reader would not take, and mail programs send."""
    text, accents = plain("ascii", "7bit"), plain("french")
    inner_head, inner_body = multipart("mixed", "in", [text, text], close=False)
    rows = {
        "inner-unclosed": [part(inner_head, inner_body), text],
        "inner-never": [part(field("Content-Type", 'multipart/mixed; boundary="no"'),
                             b"no delimiter here\r\n"), text],
        "inner-no-boundary": [part(field("Content-Type", "multipart/mixed"),
                                   b"nothing\r\n"), text],
        "inner-same-boundary": [part(*multipart("mixed", "t", [text])), text],
        "part-without-header": [b"\r\n" + TEXTS["ascii"], b"\r\n"],
        "part-without-blank-line": [b"Content-Type: text/plain\r\n", text],
        "part-empty": [b"", text],
        "part-header-no-colon": [b"this is no field\r\n" + text],
        "part-header-from": [b"From nobody Mon Feb  3 10:00:00 2025\r\n" + text],
        "part-header-blank-before-colon": [b"Content-Type : text/plain\r\n\r\nx\r\n"],
        "part-8bit-called-7bit": [part(text_head("french", "7bit"), TEXTS["french"])],
        "part-long-line-7bit": [part(text_head("ascii", "7bit"), TEXTS["long-100k"])],
        "rfc822-from-line": [part(field("Content-Type", "message/rfc822"),
                                  b"From alice Mon Feb  3 10:00:00 2025\r\n" + HEAD
                                  + b"\r\nbody\r\n")],
        "rfc822-base64": [part(field("Content-Type", "message/rfc822")
                               + field("Content-Transfer-Encoding", "base64"),
                               encode(HEAD + b"\r\nbody\r\n", "base64"))],
        "rfc822-empty": [part(field("Content-Type", "message/rfc822"), b"")],
        "content-like-delimiter": [part(b"", b"--tt\r\n--t-\r\n--t x\r\n"), accents],
    }
    for name, parts in rows.items():
        yield "broken", name, message(name, *multipart("mixed", "t", parts))
    head, body = multipart("mixed", "t", [accents, text])
    yield ("broken", "encoded-multipart", message(
        "x", head + field("Content-Transfer-Encoding", "quoted-printable"), body))
    yield "broken", "called-7bit", message(
        "x", head + field("Content-Transfer-Encoding", "7bit"), body)
    yield "broken", "8bit-called-7bit", message("x", text_head("french", "7bit"),
                                                TEXTS["french"])
    yield "broken", "8bit-no-mime", HEAD + field("Subject", "x") + b"\r\n" + TEXTS["french"]
    yield "broken", "long-called-7bit", message("x", text_head("ascii", "7bit"),
                                                TEXTS["long-100k"])
    yield "broken", "uuencode", message(
        "x", text_head("ascii", "x-uuencode"), b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n")
    yield "broken", "unknown-charset", message(
        "x", b"Content-Type: text/plain; charset=x-nowhere\r\n"
             b"Content-Transfer-Encoding: 8bit\r\n", TEXTS["latin1"])
    yield "broken", "partial", message(
        "x", b"Content-Type: message/partial; id=\"a@b\"; number=1; total=2\r\n",
        HEAD + b"\r\nfirst half\r\n")
    yield "broken", "external-body", message(
        "x", b"Content-Type: message/external-body; access-type=local-file; "
             b"name=\"/x\"\r\n", b"Content-Type: text/plain\r\n\r\n")


def others():
    vcard = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Alic\u00e9\r\nEND:VCARD\r\n".encode()
    tnef = b"\x78\x9f\x3e\x22" + bytes(range(256)) * 8
    head, body = attachment("winmail.dat", tnef, "application/ms-tnef").split(b"\r\n\r\n", 1)
    yield "tnef", "alone", message("tnef", head + b"\r\n", body)
    for encoding in ("8bit", "quoted-printable"):
        yield "vcard", encoding, message("x", *multipart("mixed", "v", [
            plain("ascii", "7bit"),
            attachment("alice.vcf", vcard, "text/vcard; charset=utf-8", encoding)]))
    yield "appledouble", "both-forks", message("x", *multipart("appledouble", "a", [
        attachment("a", b"\0\5\x16\7", "application/applefile"),
        attachment("a.txt", TEXTS["ascii"], "text/plain")]))
    yield "nested", "form-data", message("x", *multipart("form-data", "f", [
        part(field("Content-Disposition", 'form-data; name="a"'), b"1"), plain("french")]))


MAKERS = (plain_texts, alternatives, nested, boundaries, forwarded, machine_made, flowed,
          parameters, mime_fields, headers, attachments, utf8_headers, header_limits,
          broken_trees, others)


def messages():
    for maker in MAKERS:
        yield from maker()


def main():
    count = 0
    for kind, name, octets in messages():
        count += 1
        if len(sys.argv) > 1:
            path = os.path.join(sys.argv[1], "%s.%s.eml" % (kind, name))
            with open(path, "wb") as out:
                out.write(octets)
    print("%d messages" % count)


if __name__ == "__main__":
    main()
