#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole stage in one directory: PKI, slapd, MTA, sceaud, next hop.
#
#   stage.sh start DIR --sceau PREFIX [--mta postfix|sendmail|none] [--port N]
#                      [--policy FILE]
#   stage.sh stop DIR              stops everything; the files stay
#   stage.sh sceaud DIR start|stop|kill
#   stage.sh slapd  DIR start|stop|restore|blind certificates|entries
#
# PREFIX holds sbin/sceaud and bin/sceau. --sceau none: mail passes clear, to
# try the stage itself. DIR must be traversable by everybody (mode 755, like
# its parents) and not lie below a world-writable directory. Ports N to N+9 of
# 127.0.0.1 are used: N submission, N+1 port 25, N+2 next hop, N+3 slapd, N+4
# slapd with TLS, N+5 Sendmail's relay.
# --mta none: no mail server and no next hop, for who speaks to sceaud himself.
# A PKI that is already in DIR/pki is used as it is.
set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin
HERE=$(cd "$(dirname "$0")" && pwd)
DOMAIN=example.fr
USER_OF_SCEAUD=nobody
PASSWORD=correct-horse

VERB=${1:?usage: stage.sh VERB DIR} D=${2:?usage: stage.sh VERB DIR}
shift 2
fail() { echo "stage.sh: $*" >&2; exit 1; }

say() { [ -n "${QUIET:-}" ] || echo "  $*"; }

mta() { [ "$MTA" = none ] || "$HERE/$MTA.sh" "$@"; }

# ---- what sceaud reads ------------------------------------------------

relay_block() {
    [ "$MTA" != none ] || return 0
    if [ "$MTA" = postfix ]; then
        echo "relay { server = \"unix:$D/mta/queue/public/sceau\" }"
        return
    fi
    cat <<END
relay {
  server = "127.0.0.1:$((PORT + 5))"
  login = "sceau"
  password-file = "$D/etc/relay.password"
  tls-ca = "$D/etc/anchors/corp/root.pem"
}
END
}

sceau_conf() {
    cat <<END
domains = $DOMAIN
policy  = "$D/etc/policy"
socket  = "unix:$SOCKET_DIR/sceau.sock"
${SOCKET_GROUP:+socket-group = $SOCKET_GROUP}
contact = "securite-messagerie@$DOMAIN"
user    = $USER_OF_SCEAUD
${GROUPS_OF_SCEAUD:+groups = $GROUPS_OF_SCEAUD}
state   = "$D/state"
control = "$D/control.sock"
log     = stderr

directory corp {
  uri     = "ldaps://127.0.0.1:$((PORT + 4))"
  tls-ca  = "$D/etc/anchors/corp/root.pem"
  base    = "dc=example,dc=fr"
  bind-dn = "cn=sceau,ou=services,dc=example,dc=fr"
  bind-password-file = "$D/etc/ldap.password"
  canary  = "sceau-canary@$DOMAIN"
}
# What is broken here shows at once: nothing is kept.
lookup { keep-found = 0   keep-none = 0   keep-error = 0   stale = 0 }

trust corp {
  anchors = "$D/etc/anchors/corp"
  intermediates = "$D/etc/intermediates"
  crls = "$D/etc/crls"
  domains = $DOMAIN
  revocation = require
}
trust supplier {
  anchors = "$D/etc/anchors/supplier"
  crls = "$D/etc/crls"
  domains = supplier.example
  revocation = require
}
trust partners {
  anchors = "$D/etc/anchors/partners"
  intermediates = "$D/etc/intermediates"
  crls = "$D/etc/crls"
  revocation = prefer
}

signing { keys = "$D/etc/keys"  login-domain = $DOMAIN }
$(relay_block)
spool { path = "$D/spool"  memory = 64KiB  memory-shared = 1MiB  limit = 50MiB }
END
}

# A key file: key, certificate, chain. alice's comes as PKCS#12, as many do.
make_keys() {
    local pki=$D/pki keys=$D/etc/keys name
    mkdir -p "$keys"
    for name in boss anna axel; do
        cat "$pki/user/$name.key" "$pki/user/$name.pem" "$pki/ca/corp/cert.pem" \
            >"$keys/$name@$DOMAIN.pem"
    done
    openssl rand -hex 16 | tr -d '\n' >"$keys/alice@$DOMAIN.p12.password"
    openssl pkcs12 -export -inkey "$pki/user/alice.key" -in "$pki/user/alice.pem" \
        -certfile "$pki/ca/corp/cert.pem" -out "$keys/alice@$DOMAIN.p12" \
        -passout "file:$keys/alice@$DOMAIN.p12.password"
    chmod 600 "$keys"/*
    chown -R "$USER_OF_SCEAUD" "$keys"
    chmod 700 "$keys"
}

make_trust() {
    local pki=$D/pki e=$D/etc ca
    mkdir -p "$e"/anchors/{corp,partners,supplier} "$e/intermediates" "$e/crls"
    cp "$pki/ca/corp-root/cert.pem" "$e/anchors/corp/root.pem"
    cp "$pki/ca/partners-root/cert.pem" "$e/anchors/partners/root.pem"
    cp "$pki/ca/supplier/cert.pem" "$e/anchors/supplier/root.pem"
    for ca in corp partners; do
        cp "$pki/ca/$ca/cert.pem" "$e/intermediates/$ca.pem"
    done
    for ca in corp-root corp partners-root partners supplier; do
        cp "$pki/ca/$ca/crl.pem" "$e/crls/$ca.pem"
    done
    chmod -R a+rX "$e"/anchors "$e"/intermediates "$e"/crls
}

private_copy() { # FROM TO: for sceaud's eyes only
    install -m 600 -o "$USER_OF_SCEAUD" "$1" "$2"
}

make_sceau() {
    mkdir -p "$D/etc" "$D/state" "$D/spool" "$SOCKET_DIR"
    chown "$USER_OF_SCEAUD" "$D/state" "$D/spool"
    chmod 700 "$D/state" "$D/spool"
    # Only the MTA's group may enter: who can write to the socket can claim
    # any login.
    chown "$USER_OF_SCEAUD:${SOCKET_GROUP:-root}" "$SOCKET_DIR"
    chmod 750 "$SOCKET_DIR"
    make_trust
    make_keys
    private_copy "$D/slapd/sceau.password" "$D/etc/ldap.password"
    [ "$MTA" != sendmail ] ||
        private_copy "$D/mta/relay.password" "$D/etc/relay.password"
    cp "${POLICY:-$HERE/policy}" "$D/etc/policy"
    sceau_conf >"$D/etc/sceau.conf"
}

# ---- processes --------------------------------------------------------

start_background() { # NAME COMMAND...
    local name=$1
    shift
    setsid "$@" </dev/null >>"$D/$name.log" 2>&1 &
    echo $! >"$D/$name.pid"
}

knock() {
    python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' \
        "$SOCKET_DIR/sceau.sock"
}

stop_background() { # NAME [SIGNAL]
    [ -s "$D/$1.pid" ] || return 0
    local pid i
    pid=$(cat "$D/$1.pid")
    rm -f "$D/$1.pid"
    kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
    for i in $(seq 150); do
        kill -0 "$pid" 2>/dev/null || return 0
        # libmilter looks every five seconds whether it shall stop, or when
        # somebody comes.
        [ "$1" != sceaud ] || knock 2>/dev/null || :
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || :
}

port_open() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

wait_for() { # WHAT COMMAND...
    local what=$1 i
    shift
    for i in $(seq 200); do
        "$@" && return 0
        sleep 0.05
    done
    fail "$what did not come up"
}

socket_answers() {
    kill -0 "$(cat "$D/sceaud.pid")" 2>/dev/null ||
        { tail -5 "$D/sceaud.log" >&2; fail "sceaud ended at once"; }
    knock 2>/dev/null
}

start_sceaud() {
    [ "$SCEAU" != none ] || return 0
    start_background sceaud "$SCEAU/sbin/sceaud" -c "$D/etc/sceau.conf"
    wait_for sceaud socket_answers
}

# ---- verbs ------------------------------------------------------------

options() {
    MTA=postfix PORT=21500 SCEAU= POLICY=
    while [ $# -gt 0 ]; do
        case $1 in
        --mta) MTA=$2 ;;
        --port) PORT=$2 ;;
        --sceau) SCEAU=$2 ;;
        --policy) POLICY=$2 ;;
        *) fail "unknown option $1" ;;
        esac
        shift 2
    done
    [ -n "$SCEAU" ] || fail "--sceau PREFIX is missing"
    [ "$SCEAU" = none ] || [ -x "$SCEAU/sbin/sceaud" ] || fail "no $SCEAU/sbin/sceaud"
    local p
    for p in 0 1 2 3 4 5; do
        ! port_open $((PORT + p)) || fail "port $((PORT + p)) is in use, choose another with --port"
    done
}

settle() { # what follows from MTA
    case $MTA in
    postfix)
        SOCKET_DIR=$D/mta/queue/sceau SOCKET_GROUP=postfix
        GROUPS_OF_SCEAUD='postfix, postdrop'
        ;;
    sendmail | none) SOCKET_DIR=$D/mta/sceau SOCKET_GROUP='' GROUPS_OF_SCEAUD='' ;;
    *) fail "no MTA $MTA here" ;;
    esac
}

without_milter() {
    case $MTA in
    postfix) sed -i 's/^smtpd_milters.*/smtpd_milters =/' "$D/mta/conf/main.cf" ;;
    sendmail) sed -i 's/^O InputMailFilters.*/O InputMailFilters=/' "$D/mta/sendmail.cf" ;;
    esac
}

start() {
    options "$@"
    mkdir -p "$D/sink" "$D/mta" "$D/slapd"
    : >"$D/sceaud.log"
    D=$(cd "$D" && pwd)
    settle
    printf 'MTA=%q PORT=%q SCEAU=%q PASSWORD=%q\n' "$MTA" "$PORT" "$SCEAU" "$PASSWORD" >"$D/stage"
    trap 'stop' ERR
    trap '[ $? = 0 ] || stop' EXIT
    if [ ! -e "$D/pki" ]; then
        say "PKI: two organisations' authorities, certificates, CRLs"
        "$HERE/pki.sh" "$D/pki" || { tail -3 "$D/pki/openssl.log" >&2; fail "no PKI"; }
    fi
    say "slapd on port $((PORT + 3)): certificates published through LDAP"
    "$HERE/slapd.sh" setup "$D/slapd" $((PORT + 3)) "$D/pki"
    if [ "$MTA" != none ]; then
        say "next hop on port $((PORT + 2)): keeps what it receives"
        start_background sink "$HERE/sink.py" $((PORT + 2)) "$D/sink"
        say "$MTA: submission on port $PORT, mail from other sites on port $((PORT + 1))"
    fi
    mta setup "$D/mta" "$PORT" $((PORT + 2)) "$D/pki" "$DOMAIN" "$PASSWORD"
    make_sceau
    if [ "$SCEAU" = none ]; then
        without_milter
    else
        say "sceaud as $USER_OF_SCEAUD"
        start_sceaud
    fi
    mta start "$D/mta"
    local p
    for p in 0 1 2; do
        [ "$MTA" != none ] || continue
        wait_for "port $((PORT + p))" port_open $((PORT + p))
    done
    trap - ERR EXIT
}

stop() {
    stop_background sceaud
    mta stop "$D/mta" || :
    [ ! -e "$D/slapd/pid" ] || "$HERE/slapd.sh" stop "$D/slapd" || :
    stop_background sink
}

recall() {
    [ -r "$D/stage" ] || fail "nothing was started in $D"
    D=$(cd "$D" && pwd)
    . "$D/stage"
    settle
}

case $VERB in
start) start "$@" ;;
stop) recall; stop ;;
sceaud)
    recall
    case ${1:?} in
    start) start_sceaud ;;
    stop) stop_background sceaud ;;
    kill) stop_background sceaud KILL ;;
    esac
    ;;
slapd) recall; verb=${1:?}; shift; "$HERE/slapd.sh" "$verb" "$D/slapd" "$@" ;;
*) fail "unknown verb $VERB" ;;
esac
