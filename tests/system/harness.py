# SPDX-License-Identifier: BSD-2-Clause
"""What the system tests share: a stage, claims about what arrived, a report.

A claim that does not hold raises Failed; a test prints "ok - NAME" or
"not ok - NAME: why" and goes on with the next."""
import argparse
import contextlib
import email.utils
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.path.join(os.path.dirname(os.path.dirname(HERE)), "contrib", "lab")
sys.path.insert(0, LAB)
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import check_mail  # noqa: E402
import lab  # noqa: E402

ALICE = "alice@example.fr"

# Whoever is ended, by tests/run's time limit say, still ends his servers. (A
# job of a script is born deaf to the interrupt key.)
for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(ending, lambda number, _: sys.exit(128 + number))


class Failed(Exception):
    """A claim that does not hold."""


def claim(holds, why):
    if not holds:
        raise Failed(why)


class Report:
    def __init__(self):
        self.failed = []
        self.passed = []

    def run(self, name, test):
        """Runs test() and prints its line; whether it passed."""
        try:
            test()
        except Failed as failure:
            self.no(name, str(failure))
        except Exception as error:  # a broken test is a failed test
            traceback.print_exc()
            self.no(name, "%s: %s" % (type(error).__name__, error))
        else:
            self.passed.append(name)
            print("ok - " + name, flush=True)
            return True
        return False

    def no(self, name, why):
        self.failed.append(name)
        print("not ok - %s: %s" % (name, why.replace("\n", " | ")), flush=True)

    def finish(self):
        return 1 if self.failed or not self.passed else 0


def arguments(**more):
    parser = argparse.ArgumentParser()
    parser.add_argument("--sceau", required=True,
                        help="where sbin/sceaud and bin/sceau are")
    parser.add_argument("--port", type=int, default=21500)
    parser.add_argument("--keep", action="store_true", help="keep the files")
    parser.add_argument("--only", action="append", help="this row alone")
    for name, options in more.items():
        parser.add_argument("--" + name, **options)
    return parser.parse_args()


def email_date():
    """Now, as a Date field has it."""
    return email.utils.formatdate().encode()


class Directory:
    """A place for one stage: not below a world-writable directory, because
    Sendmail refuses files there."""

    def __init__(self, keep=False):
        self.keep = keep

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="sceau-test.", dir="/var/lib")
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        if os.path.exists(self.path + "/stage"):
            subprocess.run([LAB + "/stage.sh", "stop", self.path], check=False)
        if self.keep:
            print("# kept: " + self.path)
        else:
            shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def setting(stage, old, new):
    """sceaud with another configuration: the first match of old becomes new."""
    path = stage.directory + "/etc/sceau.conf"
    with open(path, encoding="utf-8") as file:
        before = file.read()
    claim(re.search(old, before), "the test is broken: no " + old)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(old, new, before, count=1))
        stage.run("sceaud", "stop")
        stage.run("sceaud", "start")
        yield
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(before)
        stage.run("sceaud", "stop")
        stage.run("sceaud", "start")


# ---- claims about one message ------------------------------------------

def accepted(sent):
    claim(sent.reply.code == 250, "the reply was %d %s" % (sent.reply.code,
                                                          " / ".join(sent.reply.lines)))


def arrived_once(sent, *addresses):
    """Each address got it exactly once, and nobody else anything."""
    accepted(sent)
    got = sorted(a for one in sent.arrived for a in one.recipients)
    claim(got == sorted(addresses), "arrived for %s instead of %s"
          % (", ".join(got) or "nobody", ", ".join(addresses)))
    for one in sent.arrived:
        claim(one.sender == sent.row.sender, "the envelope's sender became " + one.sender)


def nothing_arrived(sent):
    claim(not sent.arrived, "something arrived for "
          + ", ".join(a for one in sent.arrived for a in one.recipients))


def look_for(stage, sent, address):
    found = sent.to(address)
    claim(len(found) == 1, "%d messages for %s" % (len(found), address))
    return check_mail.look(found[0].raw, stage.keys)


def safe_on_the_way(octets):
    """RFC 8551 3.1: what is signed must survive any relay."""
    claim(all(o < 128 for o in octets), "8-bit octets were signed or sealed")
    claim(max(map(len, octets.split(b"\r\n"))) <= 989, "a line above 989 octets")
    claim(not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", octets), "bare CR, LF or NUL")


def good_signature(stage, sent, seen, signer):
    claim(seen.has_signature, "there is no signature")
    claim(seen.trouble is None, seen.trouble or "")
    claim(seen.signer == signer, "signed by %s" % seen.signer)
    safe_on_the_way(seen.signed)
    claim(check_mail.same_content(seen.signed, sent.octets), "the content changed")
    printed = check_mail.openssl("cms", "-cmsout", "-print", "-noout", "-inform",
                                 "DER", data=seen.signature).stdout.decode()
    claim("sha256" in printed and "sha1 (" not in printed, "another digest than SHA-256")
    roots = open(stage.keys.roots, "rb").read()
    claim(roots, "no roots")
    count = printed.count("d.certificate:")
    claim(count == 2, "%d certificates in the signature, wanted signer and issuer" % count)
    # The certificate can encrypt, but nobody said that its owner has the key.
    claim("encrypKeyPref" not in printed, "an encryption key preference")
    claim("smimeCapabilities" in printed or "S/MIME Capabilities" in printed,
          "no smimeCapabilities")


def encrypted_for(stage, sent, address, *names, signer=ALICE):
    """Only names can open what address got; the clear text is nowhere."""
    seen = look_for(stage, sent, address)
    claim(seen.encrypted, "not encrypted: " + check_mail.describe(seen))
    claim(sorted(seen.openers) == sorted(names), "opened by " + ", ".join(seen.openers))
    claim(seen.recipient_infos == len(names),
          "%d RecipientInfos for %d" % (seen.recipient_infos, len(names)))
    claim("aes-256-cbc" in seen.algorithms, "another cipher than AES-256-CBC")
    claim(check_mail.parse_header(seen.raw).get("Subject") ==
          check_mail.parse_header(sent.octets).get("Subject"), "the subject changed")
    no_clear(sent)
    if signer is None:
        claim(not seen.has_signature, "signed by %s" % seen.signer)
        claim(check_mail.same_content(seen.entity, sent.octets), "the content changed")
    else:
        good_signature(stage, sent, seen, signer)
    return seen


def no_clear(sent, address=None):
    for one in sent.arrived if address is None else sent.to(address):
        found = check_mail.find_clear(one.raw, sent.marker)
        claim(not found, "the clear text can be read %s" % ", ".join(found))


def signed_clear(stage, sent, address, signer=ALICE):
    seen = look_for(stage, sent, address)
    claim(not seen.encrypted, "it is encrypted")
    good_signature(stage, sent, seen, signer)
    return seen


def byte_for_byte(sent, address):
    found = sent.to(address)
    claim(len(found) == 1, "%d messages for %s" % (len(found), address))
    claim(check_mail.without_trace(found[0].raw) == sent.octets, "it was changed")


def refused(sent, *names, unnamed=(), words=()):
    """5xx at DATA, in two languages, ASCII, naming whom it is about."""
    reply = sent.reply
    text = "\n".join(reply.lines)
    said = "%s: %d %s" % (reply.stage, reply.code, " / ".join(reply.lines))
    claim(reply.code >= 500, "not refused: " + said)
    claim(reply.stage == "DATA", "refused elsewhere: " + said)
    nothing_arrived(sent)
    claim(text.isascii(), "not ASCII: " + said)
    for name in names:
        mine = [line for line in reply.lines if name in line]
        claim(len(set(mine)) >= 2, "not in two languages for %s: %s" % (name, said))
    for name in unnamed:
        claim(name not in text, "names %s: %s" % (name, said))
    for word in words:
        claim(word in text, "does not say \"%s\": %s" % (word, said))


def deferred(sent):
    claim(400 <= sent.reply.code < 500, "the reply was %d %s"
          % (sent.reply.code, " / ".join(sent.reply.lines)))
    nothing_arrived(sent)


def logged(stage, before, *words):
    """A line of the log since before (an offset) that has all words."""
    lines = stage.log()[before:].splitlines()
    claim(any(all(word in line for word in words) for line in lines),
          "no log line with " + " ".join(words))


def healthy(stage):
    """sceaud's log tells of no crash and of no sanitizer's complaint."""
    for word in ("Sanitizer", "runtime error:", "GLib-CRITICAL", "assertion"):
        lines = [line for line in stage.log().splitlines() if word in line]
        claim(not lines, "the log says: " + " | ".join(lines[:3]))


__all__ = [name for name in globals() if not name.startswith("_")]
