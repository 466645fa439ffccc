# SPDX-License-Identifier: BSD-2-Clause
"""A mail server's half of the milter protocol, as Postfix speaks it, for tests
that need an answer and no mail server: play one message, and see what the
filter said and what the message has become."""
import re
import socket
import struct

MAX_CHUNK = 65535
# mfdef.h: everything we can do and every step we can leave out.
VERSION, ACTIONS, STEPS = 6, 0x1ff, 0x1fffff
NO_REPLY = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000,
            "L": 0x80, "N": 0x40000, "B": 0x80000}
NOT_SENT = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40,
            "T": 0x200}
LEADING_BLANK = 0x100000


class Answer:
    """code: 250, or what the filter said instead, and its lines; octets: the
    message that the mail server would send on; recipients likewise."""

    def __init__(self, code, lines, octets, recipients):
        self.code, self.lines, self.octets, self.recipients = code, lines, octets, recipients
        self.stage = "DATA"


class _Said(Exception):
    """The filter's last word, before the end."""


def _words(*texts):
    return b"".join(t.encode() + b"\0" for t in texts)


class _Link:
    def __init__(self, path, timeout):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        self.steps = 0
        self.put("O", struct.pack("!III", VERSION, ACTIONS, STEPS))
        command, data = self.get()
        if command != "O":
            raise OSError("no negotiation")
        self.steps = struct.unpack("!III", data[:12])[2]

    def put(self, command, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command.encode() + data)

    def get(self):
        head = self.file.read(5)
        if len(head) < 5:
            raise OSError("the filter went away")
        data = self.file.read(struct.unpack("!I", head[:4])[0] - 1)
        return chr(head[4]), data

    def macros(self, command, **values):
        pairs = [text for name, value in values.items()
                 for text in (name if len(name) == 1 else "{%s}" % name, value)]
        self.put("D", command.encode() + _words(*pairs))

    def step(self, command, data=b""):
        """One step; raises the filter's word when it is not to go on."""
        if self.steps & NOT_SENT.get(command, 0):
            return
        self.put(command, data)
        if self.steps & NO_REPLY.get(command, 0):
            return
        said, words = "p", b""
        while said == "p":
            said, words = self.get()
        if said not in "cs":
            raise _Said(said, words)

    def close(self):
        self.file.close()
        self.socket.close()


class _Message:
    """Fields as [name, value with its blanks], and a body."""

    def __init__(self, octets):
        head, _, self.body = octets.partition(b"\r\n\r\n")
        self.fields = []
        for line in re.split(rb"\r\n(?![ \t])", head):
            name, _, value = line.partition(b":")
            self.fields.append([name.decode(), value])
        self.replaced = None

    def change(self, command, data):
        """A modification; what is no business of the message's is left out."""
        if command == "b":
            self.replaced = (self.replaced or b"") + data
        elif command in "hi":
            at = len(self.fields)
            if command == "i":
                at, data = struct.unpack("!I", data[:4])[0], data[4:]
            name, value = data.split(b"\0")[:2]
            self.fields.insert(at, [name.decode(), value])
        elif command == "m":
            wanted = struct.unpack("!I", data[:4])[0]
            name, value = data[4:].split(b"\0")[:2]
            same = [f for f in self.fields if f[0].lower() == name.decode().lower()]
            if len(same) < max(wanted, 1):
                self.fields.append([name.decode(), value])
            elif value:
                same[max(wanted, 1) - 1][1] = value
            else:
                self.fields.remove(same[max(wanted, 1) - 1])

    def octets(self):
        head = b"".join(n.encode() + b":" + v.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") +
                        b"\r\n" for n, v in self.fields)
        return head + b"\r\n" + (self.body if self.replaced is None else self.replaced)


def _begin(link, sender, login, recipients, queue_id):
    link.macros("C", j="mx.example.fr", v="Postfix 3.7.11")
    link.step("C", _words("client.example.fr") + b"4\0\x19" + _words("127.0.0.1"))
    link.step("H", _words("client.example.fr"))
    told = {"i": queue_id, "mail_addr": sender}
    if login is not None:
        told.update(auth_type="PLAIN", auth_authen=login)
    link.macros("M", **told)
    link.step("M", _words("<%s>" % sender))
    for address in recipients:
        link.macros("R", i=queue_id, rcpt_addr=address)
        link.step("R", _words("<%s>" % address))
    link.step("T")


def _content(link, message, queue_id):
    for name, value in message.fields:
        if not link.steps & LEADING_BLANK:
            value = value.lstrip(b" ")
        link.step("L", name.encode() + b"\0" + value.replace(b"\r\n", b"\n") + b"\0")
    link.macros("N", i=queue_id)
    link.step("N")
    for at in range(0, len(message.body), MAX_CHUNK):
        link.step("B", message.body[at:at + MAX_CHUNK])
    link.macros("E", i=queue_id)
    link.put("E")


def _end(link, message, recipients):
    """The last word; changes come before it."""
    while True:
        command, data = link.get()
        if command in "artdyc4":
            return command, data
        if command == "-":
            recipients.remove(data.rstrip(b"\0").decode().strip("<>"))
        elif command == "+":
            recipients.append(data.split(b"\0")[0].decode().strip("<>"))
        else:
            message.change(command, data)


def send(path, sender, recipients, octets, login=None, timeout=60):
    """Plays one message to the filter at the unix socket path."""
    message, left, queue_id = _Message(octets), list(recipients), "QUEUE1"
    link = _Link(path, timeout)
    try:
        try:
            _begin(link, sender, login, recipients, queue_id)
            _content(link, message, queue_id)
            said, words = _end(link, message, left)
        except _Said as early:
            said, words = early.args
        if said in "ac":
            return Answer(250, [], message.octets(), left)
        if said == "y":
            lines = words.rstrip(b"\0").decode().split("\r\n")
            return Answer(int(lines[0][:3]), lines, b"", [])
        return Answer({"r": 550, "t": 451, "d": 250}.get(said, 421), [said], b"", [])
    finally:
        link.close()
