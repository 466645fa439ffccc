#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real SMTP client.

smtp_send.py --port P [--login L --password W --ca FILE] --from A --to B... < message

With a login: STARTTLS (the server's certificate is verified), then AUTH.
The message's octets are sent as they are (line ends become CRLF). Prints the
last reply; exit 0 accepted, 75 for 4xx, 69 for 5xx."""
import argparse
import re
import smtplib
import ssl
import sys


class Reply(Exception):
    """A refusal: at which command, and the server's words."""

    def __init__(self, stage, code, text):
        super().__init__(stage, code, text)
        self.stage, self.code = stage, code
        if isinstance(text, bytes):
            text = text.decode("ascii", "backslashreplace")
        self.lines = text.split("\n")


def login(client, name, password, ca):
    context = ssl.create_default_context(cafile=ca)
    client.starttls(context=context)
    client.ehlo()
    client.login(name, password)


def must(stage, reply):
    code, text = reply
    if code >= 400:
        raise Reply(stage, code, text)
    return code, text


def transaction(client, sender, recipients, message, mail_options, rcpt_options):
    must("MAIL", client.mail(sender, mail_options))
    for recipient in recipients:
        must("RCPT", client.rcpt(recipient, rcpt_options))
    return must("DATA", client.data(message))


def send(port, sender, recipients, message, name=None, password=None, ca=None,
         mail_options=(), rcpt_options=(), timeout=120):
    """Sends one message; the accepting reply as Reply, or raises Reply."""
    message = re.sub(rb"\r\n|\n|\r(?!\n)", b"\r\n", message)
    client = None
    try:
        client = smtplib.SMTP("localhost", port, local_hostname="client.example",
                              timeout=timeout)
        client.ehlo()
        if name is not None:
            login(client, name, password, ca)
        code, text = transaction(client, sender, recipients, message,
                                 list(mail_options), list(rcpt_options))
        reply = Reply("DATA", code, text)
        client.quit()
        return reply
    except smtplib.SMTPServerDisconnected as error:
        raise Reply("connection", 421, "connection lost") from error
    except smtplib.SMTPResponseException as error:
        raise Reply("login", error.smtp_code, error.smtp_error) from error
    except OSError as error:
        raise Reply("connection", 421, str(error)) from error
    finally:
        if client is not None:
            client.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--login")
    parser.add_argument("--password")
    parser.add_argument("--ca")
    parser.add_argument("--from", dest="sender", required=True)
    parser.add_argument("--to", dest="recipients", nargs="+", required=True)
    args = parser.parse_args()
    try:
        reply = send(args.port, args.sender, args.recipients,
                     sys.stdin.buffer.read(), args.login, args.password, args.ca)
    except Reply as refusal:
        reply = refusal
    print("%s: %s" % (reply.stage, reply.code))
    print("\n".join(reply.lines))
    return 0 if reply.code < 400 else 75 if reply.code < 500 else 69


if __name__ == "__main__":
    sys.exit(main())
