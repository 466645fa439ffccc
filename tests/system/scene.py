# SPDX-License-Identifier: BSD-2-Clause
"""A directory, sceaud, and a mail server's part played by the test: for what
needs no mail server. Several scenes work side by side, each with a slapd of
its own: run() hands rows to them."""
import base64
import os
import queue
import re
import shutil
import socket
import subprocess
import threading
import time

import harness as h
import lab
import milter
import story
from harness import claim

BASE = "dc=example,dc=fr"
SCEAU = "cn=sceau,ou=services," + BASE
PARTNERS = "ou=partners," + BASE
CANARY = "sceau-canary@example.fr"
ALICE = "alice@example.fr"
BOB = "bob@partner.example"
# Seconds. What sceaud is told, and what a busy machine takes besides.
LOOKUP, DEADLINE, RECOVERY = 3, 10, lab.RETRY_SECONDS
# Ports of a scene: stage.sh's, two doors, and one where nobody listens.
PORTS = 10


class Door:
    """Another address of a server's: passes bytes on, each piece after delay
    seconds. closed: takes connections and ends them. mute_after: so many
    pieces of the server's come through on each connection, and no more."""

    def __init__(self, address, server):
        self.address, self.server = address, server
        self.delay, self.closed, self.mute_after = 0, False, None
        self.count = self.asked = 0  # connections, and pieces for the server
        self.open = []
        self.listener = socket.create_server(address)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Like a server that was killed, as far as connections go."""
        self.closed = True
        for each in self.open:
            self._end(each)
        self.open = []

    @staticmethod
    def _end(each):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        while True:
            client = self.listener.accept()[0]
            self.count += 1
            if self.closed:
                client.close()
                continue
            try:
                behind = socket.create_connection(self.server, timeout=5)
            except OSError:
                client.close()
                continue
            behind.settimeout(None)
            self.open += [client, behind]
            for pair in ((client, behind, None), (behind, client, self.mute_after)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source, target, pieces):
        try:
            while piece := source.recv(65536):
                self.asked += source in self.open[::2]
                if self.delay:
                    time.sleep(self.delay)
                if pieces is None or pieces > 0:
                    target.sendall(piece)
                pieces = pieces if pieces is None else pieces - 1
        except OSError:
            pass
        self._end(source)
        self._end(target)


class Arrived:
    """What the mail server would send on."""

    def __init__(self, answer, sender):
        self.raw, self.sender, self.recipients = answer.octets, sender, answer.recipients


class Scene:
    """Its stage's files, its slapd and its sceaud, to break and mend them."""

    def __init__(self, place, pki, prefix, port):
        os.symlink(pki, place + "/pki")
        self.stage = lab.start(place, prefix, "none", port)
        self.place, self.pki, self.port, self.prefix = place, pki, port, prefix
        self.slapd, self.conf = place + "/slapd", place + "/etc/sceau.conf"
        self.child, self.environment, self.folder = None, None, None
        # Whose key opens what is tried; everybody's takes long.
        self.stage.keys.names = [name for name in ("bob", "dave", "zoo", "looper")
                                 if os.path.exists("%s/user/%s.pem" % (pki, name))]
        self.stage.run("sceaud", "stop")
        # Room for values of ten megabytes.
        self.modify("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
                    "replace: olcDbMaxSize\nolcDbMaxSize: 268435456\n")
        with open(self.conf, encoding="utf-8") as file:
            text = file.read()
        text = text.replace("  canary  =", "  timeout = 1s\n  canary  =")
        self.text = text.replace("log     = stderr",
                                 "log     = stderr\nlookup-timeout = %ds" % LOOKUP)
        self.write(self.text)

    def close(self):
        self.stop()
        self.stage.run("stop", check=False)

    def server(self):
        return "ldaps://127.0.0.1:%d" % (self.port + 4)

    def plain(self):
        return "ldap://127.0.0.1:%d" % (self.port + 3)

    def local(self):
        return "ldapi://" + (self.slapd + "/ldapi").replace("/", "%2F")

    # ---- sceaud -------------------------------------------------------

    def stop(self):
        if self.child is not None:
            self.child.terminate()
            self.child.wait()
        self.child = None

    def restart(self):
        # libmilter takes up to five seconds to stop in order.
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        path = self.place + "/mta/sceau/sceau.sock"
        with open(self.place + "/sceaud.log", "ab") as log:
            # pylint: disable=consider-using-with
            self.child = subprocess.Popen([self.prefix + "/sbin/sceaud", "-c", self.conf],
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=self.environment, cwd=self.folder)
        until = time.monotonic() + 30
        while True:
            claim(self.child.poll() is None, "sceaud ended: " + self.stage.log()[-500:])
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(path) == 0:
                    return
            claim(time.monotonic() < until, "sceaud does not listen")
            time.sleep(0.005)

    def write(self, text):
        """Another sceau.conf, and sceaud started with it."""
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(text)
        self.restart()

    def edit(self, *pairs):
        text = self.text
        for old, new in pairs:
            claim(old in text, "the test is broken: no %r in sceau.conf" % old)
            text = text.replace(old, new)
        self.write(text)

    def back(self):
        self.environment = self.folder = None
        self.write(self.text)

    def lookup(self, address):
        """(class, all that sceau lookup --json says)."""
        done = self.stage.sceau("lookup", "--json", address)
        said = done.stdout.decode(errors="replace")
        found = re.search(r'"class": *"([^"]*)"', said)
        claim(found, "lookup said nothing: " + done.stderr.decode(errors="replace"))
        return found.group(1), said

    # ---- mail ---------------------------------------------------------

    def send(self, address):
        """A confidential message for address; what came of it, and seconds."""
        row = story.Row("fault", "", "sensitivity", [address])
        octets, marker = story.make(row, self.pki)
        begin = time.monotonic()
        answer = milter.send(self.place + "/mta/sceau/sceau.sock", ALICE, [address], octets,
                             login=ALICE)
        took = time.monotonic() - begin
        arrived = [Arrived(answer, ALICE)] if answer.code == 250 else []
        return lab.Sent(row, octets, marker, answer, arrived), took

    def goes(self, address=BOB, opener="bob", seconds=RECOVERY):
        """Mail for address goes, and encrypted; after a while, if need be."""
        until = time.monotonic() + seconds
        while True:
            sent, _ = self.send(address)
            if sent.reply.code == 250:
                break
            claim(400 <= sent.reply.code < 500, "refused: %d" % sent.reply.code)
            claim(time.monotonic() < until, "not again within %d s: %s"
                  % (seconds, self.stage.log()[-700:]))
            time.sleep(0.05)
        h.arrived_once(sent, address)
        h.encrypted_for(self.stage, sent, address, opener)

    def waits(self, address, word):
        """Mail for address is deferred for that class, in time."""
        before = len(self.stage.log())
        sent, took = self.send(address)
        h.deferred(sent)
        claim(took < DEADLINE, "the answer took %.1f s" % took)
        h.logged(self.stage, before, "to=" + address, "class=" + word)
        return took

    def refuses(self, address, word):
        """Mail for address comes back at once, for that class."""
        before = len(self.stage.log())
        sent, took = self.send(address)
        claim(500 <= sent.reply.code < 600, "the reply was %d" % sent.reply.code)
        h.nothing_arrived(sent)
        claim(took < DEADLINE, "the answer took %.1f s" % took)
        h.logged(self.stage, before, "to=" + address, "class=" + word)

    def told(self, before, server):
        """(lines that name a fault of server, lines that it is over) since."""
        lines = [line for line in self.stage.log()[before:].splitlines()
                 if " directory name=corp server=%s " % server in line]
        over = [line for line in lines if 'fault="none any more"' in line]
        return [line for line in lines if line not in over], over

    # ---- slapd --------------------------------------------------------

    def slapd_pid(self):
        with open(self.slapd + "/pid", encoding="ascii") as file:
            return int(file.read())

    def search(self, address, base=BASE, password=None, uri=None, seconds=2, more=()):
        """(status, text) as Sceau's account sees it; status -1: no answer."""
        word = ["-y", self.slapd + "/sceau.password"] if password is None else ["-w", password]
        try:
            done = subprocess.run(
                ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", uri or self.plain(),
                 "-D", SCEAU, *word, "-b", base, "(mail=%s)" % address,
                 *(more or ("mail", "userCertificate;binary"))],
                check=False, timeout=seconds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=dict(os.environ, LDAPTLS_CACERT=self.slapd + "/roots.pem"))
        except subprocess.TimeoutExpired:
            return -1, ""
        return done.returncode, done.stdout.decode(errors="replace")

    def as_root(self, command, *words, text=""):
        done = subprocess.run([command, "-Q", "-Y", "EXTERNAL", "-H", self.local(), *words],
                              input=text.encode(), check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        claim(done.returncode == 0, "%s: %s" % (command, done.stdout.decode(errors="replace")))

    def modify(self, text):
        self.as_root("ldapmodify", text=text)

    def configure(self, lines, entry="olcDatabase={1}mdb"):
        self.modify("dn: %s%scn=config\nchangetype: modify\n%s\n"
                    % (entry, "," if entry else "", lines))

    def der(self, name):
        return subprocess.run(["openssl", "x509", "-in", "%s/user/%s.pem" % (self.pki, name),
                               "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout

    def person(self, cn, *addresses, above=PARTNERS, lines=(), **values):
        """A new entry; what takes it away. Values are octets."""
        dn = "cn=%s,%s" % (cn, above)
        text = ["dn: " + dn, "changetype: add", "objectClass: inetOrgPerson", "cn: " + cn,
                "sn: " + cn, *("mail: " + a for a in addresses), *lines]
        for name, octets in values.items():
            spelling = name + (";binary" if name == "userCertificate" else "")
            text += ["%s:: %s" % (spelling, base64.b64encode(each).decode()) for each in octets]
        self.modify("\n".join(text) + "\n")
        for each in addresses[:1]:
            claim("cn=%s," % cn in self.search(each)[1], "the entry is not there")
        return "dn: %s\nchangetype: delete\n" % dn


# ---- several at once --------------------------------------------------------

def _work(args, directory, number, rows, report):
    place = "%s/%d" % (directory, number)
    os.mkdir(place, 0o755)
    scene = Scene(place, directory + "/pki", args.sceau, args.port + PORTS * number)
    try:
        while True:
            try:
                name, test = rows.get_nowait()
            except queue.Empty:
                break
            begin = time.monotonic()
            report.run(name, lambda test=test: test(scene))
            print("# %s: %.1f s" % (name, time.monotonic() - begin), flush=True)
        report.run("sceaud is healthy", lambda: h.healthy(scene.stage))
    finally:
        scene.close()


def run(args, rows, count=4, prepare=None):
    """Runs rows, (name, test(scene)), in count scenes at once; the exit status.
    prepare(pki): more certificates."""
    report, left = h.Report(), queue.Queue()
    for row in rows:
        if not args.only or row[0] in args.only:
            left.put(row)
    with h.Directory(args.keep) as directory:
        subprocess.run([h.LAB + "/pki.sh", directory + "/pki"], check=True)
        os.chmod(directory + "/pki", 0o755)
        if prepare is not None:
            prepare(directory + "/pki")
        workers = [threading.Thread(target=report.run, args=(
            "scene %d" % number,
            lambda number=number: _work(args, directory, number, left, report)))
                   for number in range(min(count, left.qsize()))]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
    claim(left.empty(), "rows were left out")
    return report.finish()


def issue(pki, authority, request, result, extensions, *options):
    with open(pki + "/more.ext", "w", encoding="ascii") as file:
        file.write(extensions)
    subprocess.run(["openssl", "ca", "-batch", "-notext", "-config",
                    "%s/ca/%s/conf" % (pki, authority), "-in", request, "-out", result,
                    "-extfile", pki + "/more.ext", *options],
                   check=True, stderr=subprocess.DEVNULL)


def add(source, target):
    with open(target, "ab") as file, open(source, "rb") as above:
        file.write(above.read())


def prepare_servers(pki):
    """Other certificates for slapd, see certificate()."""
    server = "subjectAltName = %s\nextendedKeyUsage = serverAuth\n"
    right = "IP:127.0.0.1, DNS:localhost"
    request = pki + "/server.request"
    issue(pki, "corp", request, pki + "/other-name.pem", server % "IP:127.0.0.9, DNS:other.example")
    issue(pki, "corp", request, pki + "/expired.pem", server % right,
          "-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
    subprocess.run(["openssl", "req", "-x509", "-key", pki + "/server.key", "-subj",
                    "/CN=localhost", "-days", "30", "-out", pki + "/other-ca.pem",
                    "-addext", "subjectAltName=" + right], check=True, stderr=subprocess.DEVNULL)
    for name in ("other-name", "expired"):
        add(pki + "/ca/corp/cert.pem", "%s/%s.pem" % (pki, name))
    for name in ("other-name", "other-ca", "expired"):
        os.chmod("%s/%s.pem" % (pki, name), 0o644)


def stopped_then(change, back):
    """begin and end: slapd stops, something changes, it starts."""
    def do(action):
        def act(one):
            one.stage.run("slapd", "stop")
            action(one)
            one.stage.run("slapd", "start")

        return act

    return do(change), do(back)


def certificate(name):
    """begin and end: slapd shows another certificate. Its key is the same."""
    return stopped_then(
        lambda one: shutil.copyfile("%s/%s.pem" % (one.pki, name), one.slapd + "/server.pem"),
        lambda one: shutil.copyfile(one.pki + "/server.pem", one.slapd + "/server.pem"))


def copy_mode(source, target):
    """A file for sceaud's eyes."""
    shutil.copy(source, target)
    shutil.chown(target, "nobody")
    os.chmod(target, 0o600)
