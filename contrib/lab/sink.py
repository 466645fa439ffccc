#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A next hop that keeps what it receives: sink.py PORT DIRECTORY

Each message becomes N.eml (the octets after dot-unstuffing, CRLF line ends)
and N.json (the envelope: MAIL and RCPT with their parameters). The .eml
appears last and by rename, so whoever sees it sees a whole message."""
import json
import os
import re
import socketserver
import sys
import threading

# Set SINK_SEVEN_BIT for a next hop that does not take 8BITMIME (but SMTPUTF8,
# without which mail with such a header would come back).
SEVEN_BIT = bool(os.environ.get("SINK_SEVEN_BIT"))

PATH = re.compile(rb"^(?:FROM|TO):\s*<([^>]*)>\s*(.*)$", re.I | re.S)


class Store:
    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.Lock()
        self.number = 0

    def keep(self, envelope, content):
        with self.lock:
            self.number += 1
            base = os.path.join(self.directory, "%06d" % self.number)
            with open(base + ".json", "w", encoding="utf-8") as out:
                json.dump(envelope, out)
            with open(base + ".tmp", "wb") as out:
                out.write(content)
            os.rename(base + ".tmp", base + ".eml")


class Session(socketserver.StreamRequestHandler):
    timeout = 300

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def reset(self):
        self.envelope = None

    def read_data(self):
        content = []
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            if line == b".\r\n":
                return b"".join(content)
            content.append(line[1:] if line.startswith(b".") else line)

    def command(self, verb, rest):
        if verb in (b"EHLO", b"HELO"):
            self.reset()
            more = "" if SEVEN_BIT else "250-8BITMIME\r\n"
            self.say("250-sink\r\n250-PIPELINING\r\n250-SIZE\r\n" + more
                     + "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 DSN")
        elif verb in (b"MAIL", b"RCPT"):
            self.path(verb, rest)
        elif verb == b"DATA":
            self.data()
        elif verb == b"RSET":
            self.reset()
            self.say("250 2.0.0 ok")
        elif verb == b"NOOP":
            self.say("250 2.0.0 ok")
        else:
            self.say("500 5.5.1 what?")

    def path(self, verb, rest):
        match = PATH.match(rest.strip())
        if match is None or (verb == b"RCPT") == (self.envelope is None):
            self.say("501 5.5.2 bad path or bad sequence")
            return
        one = {"path": match.group(1).decode("utf-8", "surrogateescape"),
               "parameters": match.group(2).decode("utf-8", "surrogateescape")}
        if verb == b"MAIL":
            self.envelope = {"mail": one, "rcpt": []}
        else:
            self.envelope["rcpt"].append(one)
        self.say("250 2.1.0 ok")

    def data(self):
        if self.envelope is None or not self.envelope["rcpt"]:
            self.say("503 5.5.1 who for?")
            return
        self.say("354 go on")
        content = self.read_data()
        if content is None:
            return
        self.server.store.keep(self.envelope, content)
        self.reset()
        self.say("250 2.0.0 kept")

    def handle(self):
        self.reset()
        try:
            self.say("220 sink ESMTP")
            while True:
                line = self.rfile.readline()
                if not line:
                    return
                verb, _, rest = line.strip().partition(b" ")
                if verb.upper() == b"QUIT":
                    self.say("221 2.0.0 bye")
                    return
                self.command(verb.upper(), rest)
        except OSError:
            return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    port, directory = int(sys.argv[1]), sys.argv[2]
    os.makedirs(directory, exist_ok=True)
    with Server(("127.0.0.1", port), Session) as server:
        server.store = Store(directory)
        server.serve_forever()


if __name__ == "__main__":
    main()
