#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A private Sendmail, unpacked and not installed (its package conflicts with
# Postfix's): sendmail.sh setup DIR PORT SINK PKI DOMAIN PASSWORD |
#             start DIR | stop DIR
#
# PORT: submission (TLS, login), PORT+1: like port 25, both with the milter;
# PORT+5: the relay without it, which wants a login: Sendmail has no listener
# that the file system protects. DIR must not lie under a world-writable
# directory. SCEAU_DEBS: a folder that keeps the downloaded packages.
# LAB_MIME_HEADERS: 2048/1024, to have it rewrite what is not well formed.
set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin
VERB=${1:?} D=${2:?usage: sendmail.sh VERB DIR}
SM=$D/root/usr/libexec/sendmail/sendmail
HOST=mx.example.fr

unpack() {
    local debs=${SCEAU_DEBS:-$D/debs} package
    mkdir -p "$debs" "$D/root"
    for package in sendmail-bin sendmail-cf; do
        # Another test may be downloading the same.
        (
            flock 9
            compgen -G "$debs/${package}_*.deb" >/dev/null || {
                cd "$debs" && apt-get -qq -o APT::Sandbox::User=root download "$package"
            }
        ) 9>"$debs/lock"
        dpkg -x "$debs/$package"_*.deb "$D/root"
    done
    # Unpacked setgid, which would wipe its environment.
    chmod g-s "$SM"
}

daemon() { # NAME PORT MODIFIERS [more]
    echo "DAEMON_OPTIONS(\`Family=inet, Name=$1, Addr=127.0.0.1, Port=$2, Listen=128${3:+, M=$3}${4:+, $4}')dnl"
}

sendmail_mc() {
    cat <<END
divert(0)dnl
include(\`$D/root/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`$HOST')dnl
define(\`confDONT_PROBE_INTERFACES', \`True')dnl
define(\`QUEUE_DIR', \`$D/mq')dnl
define(\`confPID_FILE', \`$D/sendmail.pid')dnl
define(\`STATUS_FILE', \`$D/statistics')dnl
define(\`HELP_FILE', \`')dnl
define(\`ALIAS_FILE', \`$D/aliases')dnl
define(\`confCW_FILE', \`-o $D/local-host-names')dnl
define(\`confSERVICE_SWITCH_FILE', \`$D/service.switch')dnl
define(\`confDEF_USER_ID', \`nobody:nogroup')dnl
define(\`confTO_IDENT', \`0')dnl
define(\`confREFUSE_LA', \`9999')dnl
define(\`confQUEUE_LA', \`9999')dnl
define(\`confDELAY_LA', \`0')dnl
define(\`confMAX_MIME_HEADER_LENGTH', \`${LAB_MIME_HEADERS:-0/0}')dnl
define(\`SMTP_MAILER_LL', \`2040')dnl
define(\`confMAX_MESSAGE_SIZE', \`120000000')dnl
define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN')dnl
define(\`confAUTH_REALM', \`$DOMAIN')dnl
TRUST_AUTH_MECH(\`PLAIN LOGIN')dnl
define(\`confCACERT', \`$D/roots.pem')dnl
define(\`confCACERT_PATH', \`$D')dnl
define(\`confSERVER_CERT', \`$D/server.pem')dnl
define(\`confSERVER_KEY', \`$D/server.key')dnl
FEATURE(\`nouucp',\`reject')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
FEATURE(\`no_default_msa')dnl
RELAY_DOMAIN(\`localhost localhost.localdomain 127.0.0.1')dnl
define(\`ESMTP_MAILER_ARGS', \`TCP \$h $SINK')dnl
define(\`SMART_HOST', \`esmtp:[127.0.0.1]')dnl
$(daemon MSA "$PORT" Ea)
$(daemon MTA "$((PORT + 1))" '')
$(daemon RELAY "$((PORT + 5))" Ea InputMailFilters=)
INPUT_MAIL_FILTER(\`sceau', \`S=unix:$D/sceau/sceau.sock, F=T, T=C:30s;S:60s;R:5m;E:10m')dnl
MAILER(\`local')dnl
MAILER(\`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH=$D/sasl
END
}

setup_login() { # NAME PASSWORD
    printf %s "$2" | saslpasswd2 -f "$D/sasl/sasldb2" -p -c -u "$DOMAIN" "$1"
}

setup() {
    PORT=${1:?} SINK=${2:?} PKI=${3:?} DOMAIN=${4:?} PASSWORD=${5:?}
    mkdir -p "$D/mq" "$D/sasl"
    chmod 700 "$D/mq"
    unpack
    : >"$D/aliases"
    : >"$D/local-host-names"
    : >"$D/statistics"
    printf 'hosts files\naliases files\npasswd files\n' >"$D/service.switch"
    printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: %s\n' \
        "$D/sasl/sasldb2" >"$D/sasl/Sendmail.conf"
    openssl rand -hex 16 | tr -d '\n' >"$D/relay.password"
    setup_login alice "$PASSWORD"
    setup_login sceau "$(cat "$D/relay.password")"
    chmod 600 "$D/sasl/sasldb2" "$D/relay.password"
    install -m 600 "$PKI/server.key" "$D/server.key"
    install -m 644 "$PKI/server.pem" "$D/server.pem"
    # It sends no chain of its own, only what it finds among its CAs.
    cat "$PKI/roots.pem" "$PKI/intermediates.pem" >"$D/roots.pem"
    sendmail_mc >"$D/sendmail.mc"
    m4 -D_CF_DIR_="$D/root/usr/share/sendmail/cf/" "$D/sendmail.mc" \
        >"$D/sendmail.cf" 2>"$D/m4.log"
    named "$SM -C$D/sendmail.cf -bi" >/dev/null
}

# Sendmail waits a minute when the machine's name has no dot: it gets a name
# of its own, which nobody else sees.
named() { # COMMAND
    unshare --uts sh -c "hostname $HOST; exec $1"
}

start() {
    named "$SM -C$D/sendmail.cf -bd -q5s" </dev/null >"$D/start.log" 2>&1
    local i
    for i in $(seq 100); do
        [ -s "$D/sendmail.pid" ] && return 0
        sleep 0.1
    done
    cat "$D/start.log" >&2
    exit 1
}

stop() {
    [ -s "$D/sendmail.pid" ] || return 0
    kill "$(head -1 "$D/sendmail.pid")" 2>/dev/null || :
    rm -f "$D/sendmail.pid"
}

case $VERB in
setup) shift 2; setup "$@" ;;
start) start ;;
stop) stop ;;
*) echo "sendmail.sh: unknown verb $VERB" >&2; exit 64 ;;
esac
