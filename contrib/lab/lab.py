# SPDX-License-Identifier: BSD-2-Clause
"""The stage, for scripts: start it, send the story's messages, collect what
arrived. Everything about processes is stage.sh's business."""
import json
import os
import shlex
import subprocess
import time

import check_mail
import smtp_send
import story

HERE = os.path.dirname(os.path.abspath(__file__))


class Arrived:
    """One stored message."""

    def __init__(self, path):
        with open(path, "rb") as stored:
            self.raw = stored.read()
        with open(path[:-4] + ".json", encoding="utf-8") as stored:
            envelope = json.load(stored)
        self.path = path
        self.sender = envelope["mail"]["path"]
        self.recipients = [one["path"] for one in envelope["rcpt"]]


class Sent:
    """One message that was sent: octets, marker, the reply, what arrived."""

    def __init__(self, row, octets, marker, reply, arrived):
        self.row, self.octets, self.marker = row, octets, marker
        self.reply, self.arrived = reply, arrived

    def to(self, address):
        return [one for one in self.arrived if address in one.recipients]


# Longer than sceaud leaves a directory alone that failed.
RETRY_SECONDS = 45


class Stage:
    def __init__(self, directory):
        self.directory = directory
        self.seen = set()
        self.memory = {}
        with open(directory + "/stage", encoding="utf-8") as file:
            values = dict(word.split("=", 1) for word in shlex.split(file.read()))
        self.mta = values["MTA"]
        self.port = int(values["PORT"])
        self.prefix = values["SCEAU"]
        self.password = values["PASSWORD"]
        self.pki = directory + "/pki"
        self.keys = check_mail.Keys(self.pki)

    def run(self, *words, check=True):
        return subprocess.run([HERE + "/stage.sh", words[0], self.directory, *words[1:]],
                              check=check, stdout=subprocess.DEVNULL)

    def sceau(self, *words, **more):
        return subprocess.run([self.prefix + "/bin/sceau", "-c",
                               self.directory + "/etc/sceau.conf", *words],
                              check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **more)

    def log(self):
        with open(self.directory + "/sceaud.log", encoding="utf-8",
                  errors="replace") as file:
            return file.read()

    def pid(self):
        with open(self.directory + "/sceaud.pid", encoding="ascii") as file:
            return int(file.read())

    def alive(self):
        return os.path.exists("/proc/%d" % self.pid())

    def _queued(self):
        """Whether the MTA still holds mail."""
        if self.mta == "sendmail":
            return any(name[:2] in ("qf", "df", "tf", "xf")
                       for name in os.listdir(self.directory + "/mta/mq"))
        return any(files for queue in ("maildrop", "incoming", "active", "deferred")
                   for _, _, files in os.walk("%s/mta/queue/%s" % (self.directory, queue)))

    def collect(self, timeout=30):
        """What arrived since last time, once the MTA holds nothing more."""
        until, quiet = time.monotonic() + timeout, 0
        while quiet < 3:
            if time.monotonic() > until:
                raise TimeoutError("mail stays in the queue of the MTA")
            quiet = 0 if self._queued() else quiet + 1
            time.sleep(0.02)
        sink = self.directory + "/sink"
        new = sorted(name for name in os.listdir(sink)
                     if name.endswith(".eml") and name not in self.seen)
        self.seen.update(new)
        return [Arrived(os.path.join(sink, name)) for name in new]

    def submit(self, octets, sender, recipients, door="submission", **more):
        """One SMTP session; the reply, whatever it is."""
        login = {}
        if door == "submission":
            login = {"name": "alice" if self.mta == "sendmail" else "alice@" + story.OWN,
                     "password": self.password, "ca": self.keys.roots}
        port = self.port + (0 if door == "submission" else 1)
        try:
            return smtp_send.send(port, sender, recipients, octets, **login, **more)
        except smtp_send.Reply as refusal:
            return refusal

    def send(self, row):
        """Sends a row of the story, with its accident, and collects."""
        self.collect()
        octets, marker = self.memory.get(row.again) or story.make(row, self.pki)
        self.memory[row.name] = octets, marker
        if row.slapd:
            self.run("slapd", *row.slapd.split())
        if row.sceaud:
            self.run("sceaud", row.sceaud)
        reply = self.submit(octets, row.sender, row.recipients(), row.door)
        # As a mail program or a queue does: again and again after a 4xx.
        until = time.monotonic() + (RETRY_SECONDS if row.again else 0)
        while reply.code // 100 == 4 and time.monotonic() < until:
            time.sleep(0.5)
            reply = self.submit(octets, row.sender, row.recipients(), row.door)
        arrived = self.collect()
        if row.slapd:
            self.run("slapd", "start" if row.slapd == "stop" else "restore")
        if row.sceaud:
            self.run("sceaud", "start")
        return Sent(row, octets, marker, reply, arrived)


def start(directory, prefix, mta, port, policy=None, quiet=True):
    """Starts everything in an empty directory."""
    words = [HERE + "/stage.sh", "start", directory, "--sceau", prefix,
             "--mta", mta, "--port", str(port)]
    if policy is not None:
        words += ["--policy", policy]
    subprocess.run(words, check=True, env=dict(os.environ, QUIET="1" if quiet else ""))
    return Stage(directory)
