#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sends the story and prints what became of it: table.py DIR

Every word of the table is asked or found: what policy wanted from "sceau
explain", what arrived from the octets the next hop stored, opened with openssl
and the recipients' keys, the reply from the mail server."""
import json
import sys
import tempfile
import textwrap

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import check_mail  # noqa: E402
import lab  # noqa: E402
import story  # noqa: E402

HEADS = ("message", "what policy wanted", "what arrived", "the reply")
WIDTHS = (30, 30, 44, 44)


def ask_policy(stage, row, octets):
    """What policy says, per recipient, without repeating itself."""
    with tempfile.NamedTemporaryFile(suffix=".eml") as file:
        file.write(octets)
        file.flush()
        words = ["explain", "--json", "--from", row.sender, "--message", file.name]
        if row.door == "submission":
            words += ["--login", row.sender]
        for address in row.recipients():
            words += ["--to", address]
        done = stage.sceau(*words)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return "(explain: %s)" % done.stderr.decode(errors="replace").strip()
    return tell_policy(answer)


def tell_one(one):
    """The words of one recipient's decision, and the rule that chose."""
    wants = one.get("wants")
    if wants is None:
        return "no rule concerns it"
    if wants["verdict"] != "deliver":
        what = wants["verdict"]
    elif wants["encrypt"] == wants["sign"] == "never":
        what = "leave alone"
    else:
        what = "encrypt %s, sign %s" % (wants["encrypt"], wants["sign"])
    return "%s (%s)" % (what, one.get("rule") or "default")


def tell_policy(answer):
    wanted = {}
    for one in answer["recipients"]:
        wanted.setdefault(tell_one(one), []).append(short(one["address"]))
    if len(wanted) == 1:
        return next(iter(wanted))
    return "\n".join("%s: %s" % (", ".join(who), what) for what, who in wanted.items())


def short(address):
    return address.partition("@")[0]


def tell_arrived(stage, sent):
    if not sent.arrived:
        return "nothing"
    lines = []
    for one in sorted(sent.arrived, key=lambda one: one.recipients):
        seen = check_mail.look(one.raw, stage.keys)
        lines.append("%s: %s" % (", ".join(map(short, one.recipients)),
                                 check_mail.describe(seen, sent.octets)))
    return "\n".join(lines)


def tell_reply(sent):
    words = " ".join(sent.reply.lines)
    return "%d %s" % (sent.reply.code, textwrap.shorten(words, 120, placeholder=" ..."))


def wrap(cell, width):
    return [piece for line in cell.split("\n")
            for piece in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]


def print_row(cells):
    columns = [wrap(cell, width) for cell, width in zip(cells, WIDTHS)]
    for i in range(max(map(len, columns))):
        print("  ".join((column[i] if i < len(column) else "").ljust(width)
                        for column, width in zip(columns, WIDTHS)).rstrip())


def main():
    stage = lab.Stage(sys.argv[1])
    rows = []
    for row in story.ROWS:
        print("\r  %2d of %d" % (len(rows) + 1, len(story.ROWS)), end="",
              file=sys.stderr, flush=True)
        sent = stage.send(row)
        rows.append((row.title, ask_policy(stage, row, sent.octets),
                     tell_arrived(stage, sent), tell_reply(sent)))
    print("\r", file=sys.stderr)
    rule = tuple("-" * width for width in WIDTHS)
    for cells in [HEADS, rule, *rows]:
        print_row(cells)


if __name__ == "__main__":
    main()
