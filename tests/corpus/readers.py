# SPDX-License-Identifier: BSD-2-Clause
"""Readers of S/MIME (openssl, gpgsm, NSS's cmsutil), and what a reader sees of
a message, compared with what was sent."""
import base64
import email
import os
import re
import shutil
import subprocess
import tempfile
import threading

import check_mail

PASSWORD = "sceau"


def run(*words, data=None, env=None):
    return subprocess.run(words, input=data, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env, timeout=120)


class Files:
    """Octets in files of a directory that goes away."""

    def __init__(self, **octets):
        self.octets = octets

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="sceau-reader.")
        for name, octets in self.octets.items():
            with open(self.name(name), "wb") as out:
                out.write(octets)
        return self

    def name(self, name):
        return os.path.join(self.path, name)

    def read(self, name):
        with open(self.name(name), "rb") as file:
            return file.read()

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class OpenSsl:
    name = "openssl"

    def __init__(self, keys, _):
        self.keys = keys

    def decrypt(self, user, der):
        return self.keys.decrypt(user, der)

    def verify(self, content, der):
        return self.keys.verify(content, der) is not None

    def open_signed(self, der):
        signer, content = self.keys.open_signed(der)
        return content if signer else None


def make_p12(keys, user, path):
    done = run("openssl", "pkcs12", "-export", "-out", path, "-inkey",
               keys.file(user, "key"), "-in", keys.file(user, "pem"), "-name", user,
               "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1",
               "-passout", "pass:" + PASSWORD)
    if done.returncode != 0:
        raise RuntimeError("no PKCS#12 for " + user)


class Gpgsm:
    name = "gpgsm"

    def __init__(self, keys, users):
        # Its agent takes one passphrase at a time.
        self.lock = threading.Lock()
        self.home = tempfile.mkdtemp(prefix="sceau-gpgsm.")
        os.chmod(self.home, 0o700)
        self.write("gpgsm.conf", "disable-crl-checks\nbatch\n")
        # As few rounds as it takes: keys of tests need no hour of them.
        self.write("gpg-agent.conf", "allow-loopback-pinentry\nallow-preset-passphrase\n"
                   "s2k-count 65536\n")
        roots = open(keys.roots, "rb").read()
        self.gpgsm("--import", data=roots)
        listed = self.gpgsm("--with-colons", "--list-keys").stdout.decode()
        prints = re.findall(r"^fpr:+([0-9A-F]{40}):", listed, re.M)
        self.write("trustlist.txt", "".join(one + " S relax\n" for one in prints))
        for ca in os.listdir(keys.pki + "/ca"):
            with open("%s/ca/%s/cert.pem" % (keys.pki, ca), "rb") as file:
                self.gpgsm("--import", data=file.read())
        for user in users:
            path = os.path.join(self.home, user + ".p12")
            make_p12(keys, user, path)
            # On a busy machine its agent may not be there in time.
            for _ in range(5):
                self.gpgsm("--pinentry-mode", "loopback", "--passphrase-fd", "0", "--import",
                           path, data=(PASSWORD + "\n").encode())
                if b"crs:" in self.gpgsm("--with-colons", "--list-secret-keys",
                                         user + "@").stdout:
                    break
            else:
                raise RuntimeError("gpgsm does not take the key of " + user)

    def write(self, name, text):
        with open(os.path.join(self.home, name), "w", encoding="ascii") as out:
            out.write(text)

    def gpgsm(self, *words, data=None):
        return run("gpgsm", "--homedir", self.home, "--no-tty", *words, data=data)

    def decrypt(self, _, der):
        with Files(der=der) as files, self.lock:
            done = self.gpgsm("--pinentry-mode", "loopback", "--passphrase-fd", "0",
                              "--output", files.name("out"), "--decrypt", files.name("der"),
                              data=(PASSWORD + "\n").encode())
            return files.read("out") if done.returncode == 0 else None

    def verify(self, content, der):
        with Files(content=content, der=der) as files:
            done = self.gpgsm("--verify", files.name("der"), files.name("content"))
            return done.returncode == 0

    def open_signed(self, der):
        with Files(der=der) as files:
            done = self.gpgsm("--output", files.name("out"), "--verify", files.name("der"))
            return files.read("out") if done.returncode == 0 else None

    def close(self):
        run("gpgconf", "--homedir", self.home, "--kill", "all")
        shutil.rmtree(self.home, ignore_errors=True)


class Nss:
    name = "NSS"

    def __init__(self, keys, users):
        self.home = tempfile.mkdtemp(prefix="sceau-nss.")
        self.db = "sql:" + self.home
        run("certutil", "-N", "-d", self.db, "--empty-password")
        for ca in os.listdir(keys.pki + "/ca"):
            root = ca.endswith("-root") or ca == "supplier"
            run("certutil", "-A", "-d", self.db, "-n", ca, "-t", ",C," if root else ",,",
                "-a", "-i", "%s/ca/%s/cert.pem" % (keys.pki, ca))
        for user in users:
            path = os.path.join(self.home, user + ".p12")
            make_p12(keys, user, path)
            run("pk12util", "-i", path, "-d", self.db, "-W", PASSWORD)

    def cmsutil(self, *words):
        return run("cmsutil", "-D", "-d", self.db, *words)

    def decrypt(self, _, der):
        with Files(der=der) as files:
            done = self.cmsutil("-i", files.name("der"), "-o", files.name("out"))
            return files.read("out") if done.returncode == 0 else None

    def verify(self, content, der):
        with Files(content=content, der=der) as files:
            done = self.cmsutil("-u", "4", "-c", files.name("content"), "-i",
                                files.name("der"), "-o", files.name("out"))
            return done.returncode == 0

    def open_signed(self, der):
        with Files(der=der) as files:
            done = self.cmsutil("-u", "4", "-i", files.name("der"), "-o", files.name("out"))
            return files.read("out") if done.returncode == 0 else None

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)


# ---- opening -----------------------------------------------------------

class CannotOpen(Exception):
    """A reader that did not open or verify what it should."""


def open_entity(reader, user, entity):
    """What the reader shows: the innermost entity, all layers good."""
    for _ in range(3):
        kind = check_mail.parse_header(entity).get_content_type()
        if kind == "multipart/signed":
            content, der = check_mail.split_signed(entity)
            if not reader.verify(content, der):
                raise CannotOpen("signature not verified")
            return content
        if kind != "application/pkcs7-mime":
            raise CannotOpen("neither signed nor encrypted: " + kind)
        smime_type = check_mail.parse_header(entity).get_param("smime-type")
        der = base64.b64decode(check_mail.split(entity)[1])
        if smime_type == "signed-data":
            content = reader.open_signed(der)
            if content is None:
                raise CannotOpen("opaque signature not opened")
            return content
        entity = reader.decrypt(user, der)
        if entity is None:
            raise CannotOpen("not decrypted")
        if check_mail.parse_header(entity).get_content_type() not in (
                "multipart/signed", "application/pkcs7-mime"):
            return entity
    raise CannotOpen("too many layers")


# ---- comparing ---------------------------------------------------------

def flat(value):
    return re.sub(r"\s+", " ", str(value)).strip()


def content_fields(part):
    """What a part's header says, but for the encoding, which may change."""
    return [(name.lower(), flat(value)) for name, value in part.items()
            if name.lower().startswith("content-")
            and name.lower() != "content-transfer-encoding"]


def decoded(part):
    octets = part.get_payload(decode=True) or b""
    # A line end is one however it was sent; the last one belongs to the frame.
    return octets.replace(b"\r\n", b"\n").rstrip(b"\n")


def tree(part):
    if part.is_multipart():
        below = [tree(one) for one in part.get_payload()]
    else:
        below = decoded(part)
    return (part.get_content_type(), content_fields(part), below)


def parse(octets):
    return email.message_from_bytes(octets, policy=email.policy.compat32)


# RFC 2045 5.2; RFC 1428 3 for what has 8 bits and does not say which.
DEFAULTS = [[("content-type", "text/plain; charset=" + charset)]
            for charset in ("us-ascii", "unknown-8bit")]


def difference(sent, shown):
    """What a reader sees otherwise than it was sent; None: nothing."""
    if check_mail.split(sent)[1] == check_mail.split(shown)[1] and \
            content_fields(parse(sent)) == content_fields(parse(shown)):
        return None
    before, after = tree(parse(sent)), tree(parse(shown))
    if not before[1] and after[1] in DEFAULTS:
        after = (after[0], [], after[2])  # the default, made explicit
    if before != after:
        return "%.200r became %.200r" % (before, after)
    return None


def missing_fields(sent, arrived):
    """Names of fields that did not arrive as they were, MIME's own aside."""
    def fields(octets):
        return [(name.lower(), flat(value)) for name, value in
                parse(check_mail.split(octets)[0] + b"\r\n").items()
                if not name.lower().startswith("content-")
                and name.lower() not in ("mime-version", "received", "return-path",
                                         "message-id")]
    outside = fields(arrived)
    return [name for name, value in fields(sent) if (name, value) not in outside]
