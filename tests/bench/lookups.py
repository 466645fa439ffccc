# SPDX-License-Identifier: BSD-2-Clause
"""Cells of the bench that ask a real slapd."""
import os
import signal
import socket
import subprocess
import time

KIB = 1024


class Stop(Exception):
    """The bench cannot go on."""


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, **options).stdout.decode()


class Slapd:
    """A real directory with so many people; killed, frozen and started again."""

    CONF = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile %(dir)s/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel 0
sizelimit unlimited
database mdb
maxsize 1073741824
directory %(dir)s/slapd
suffix dc=example,dc=fr
index objectClass,mail eq
dbnosync
access to * by * read
"""
    SCEAU = """directory bench {
  uri = "ldap://127.0.0.1:%(port)d"  base = "dc=example,dc=fr"  canary = "canary@example.fr"
  %(more)s
}
trust all { anchors = "%(dir)s/anchors"  intermediates = "%(dir)s/intermediates"
            revocation = off }
"""

    def __init__(self, bench, people, more=""):
        bench.port += 1
        self.port, self.people, self.child = bench.port, people, None
        self.conf, self.sceau = bench.dir + "/slapd.conf", bench.dir + "/directory.conf"
        pki = bench.build + "/tests/pki/out/"
        self.authorities = [pki + "root.pem", pki + "issuing.pem"]
        self.program = bench.build + "/tests/bench/directory"
        os.makedirs(bench.dir + "/slapd", exist_ok=True)
        with open(self.conf, "w", encoding="ascii") as conf:
            conf.write(self.CONF % {"dir": bench.dir})
        with open(self.sceau, "w", encoding="ascii") as conf:
            conf.write(self.SCEAU % {"dir": bench.dir, "port": self.port, "more": more})
        if not os.listdir(bench.dir + "/slapd"):
            text = run(bench.build + "/tests/bench/people", str(people), pki + "issuing.pem",
                       pki + "issuing.key")
            run("/usr/sbin/slapadd", "-q", "-f", self.conf, input=text.encode())

    def start(self):
        # pylint: disable=consider-using-with
        self.child = subprocess.Popen(
            ["/usr/sbin/slapd", "-d", "0", "-f", self.conf, "-h",
             "ldap://127.0.0.1:%d" % self.port],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise Stop("slapd did not start")

    def stop(self, signal_=signal.SIGKILL):
        if self.child is not None:
            self.child.send_signal(signal_)
            self.child.wait()
        self.child = None

    def command(self, what, count):
        return [self.program, self.sceau, what, str(self.people), str(count), *self.authorities]

    def ask(self, what, count):
        text = run(*self.command(what, count))
        return {name: float(value) for name, value in
                (word.split("=") for word in text.split())}


def directory(bench):
    """uncached look-ups, one by one and 10,000 at once, beside libldap alone"""
    slapd = Slapd(bench, 10000)
    slapd.start()
    try:
        one, many = slapd.ask("single", 3000), slapd.ask("many", 0)
    finally:
        slapd.stop(signal.SIGTERM)
    for seen in (one, many):
        print("#   " + "  ".join("%s %.0f" % pair for pair in seen.items()))
    bench.row("look-up, certificate known: p50 / libldap", one["again_us"] / one["bare_us"], 1.3)
    bench.row("look-up, certificate new: p50 / (libldap+OpenSSL)",
              one["first_us"] / one["floor_us"], 1.3)
    bench.row("10,000 without one: time / libldap pipelined",
              many["no_first_us"] / many["no_bare_us"], 1.25)
    bench.row("10,000 with new ones: time / (libldap+OpenSSL)",
              many["first_us"] / many["floor_us"], 1.25)


def endure(bench):
    """a million look-ups of a directory that is killed, frozen and restarted"""
    slapd = Slapd(bench, 2000, "timeout = 300ms")
    with open(slapd.sceau, "a", encoding="ascii") as conf:
        conf.write("lookup { keep-found = 2s  keep-none = 1s  keep-error = 100ms  stale = 5s\n"
                   "         cache-size = 8MiB }\n")
    slapd.start()
    faults = 0
    with subprocess.Popen(slapd.command("endure", 1000000), stdout=subprocess.PIPE) as child:
        try:
            while child.poll() is None:
                time.sleep(5)
                faults += 1
                if faults % 2:
                    slapd.child.send_signal(signal.SIGSTOP)
                    time.sleep(0.5)
                    slapd.child.send_signal(signal.SIGCONT)
                else:
                    slapd.stop()
                    time.sleep(0.2)
                    slapd.start()
        finally:
            child.kill()
            slapd.stop()
        words = child.stdout.read().decode().split()
    seen = {name: float(value) for name, value in (word.split("=") for word in words)}
    print("#   %d faults  %s" % (faults, "  ".join(words)))
    bench.row("1,000,000 look-ups with faults: RssAnon since 50 %",
              (seen["rss100_kib"] - seen["rss50_kib"]) / KIB, 1, "MiB")
    # Four are connections, which may be down when they are counted.
    bench.row("1,000,000 look-ups with faults: descriptors", seen["fd100"] - seen["fd10"], 4, "")
