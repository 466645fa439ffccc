#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A private Postfix: postfix.sh setup DIR PORT SINK PKI DOMAIN PASSWORD |
#                               start DIR | stop DIR
#
# PORT: submission (TLS, login), PORT+1: like port 25 (printers, other sites),
# both with the milter. The relay without it is a unix-domain smtpd that only
# the group postdrop can reach. Everything leaves to the sink. A system Postfix
# is not touched: own configuration, queue, data and log below DIR.
set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin
VERB=${1:?} D=${2:?usage: postfix.sh VERB DIR}

main_cf() {
    cat <<END
compatibility_level = 3.6
queue_directory = $D/queue
data_directory = $D/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $D/log
maillog_file_prefixes = /var, /srv, /opt, /home, /root, /tmp
myhostname = mx.$DOMAIN
myorigin = $DOMAIN
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtp_host_lookup = native
smtp_dns_support_level = disabled
default_transport = smtp:[127.0.0.1]:$SINK
smtpd_tls_chain_files = $D/server.key, $D/server.pem
smtpd_tls_security_level = may
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = $DOMAIN
message_size_limit = 120000000
smtpd_milters = unix:$D/queue/sceau/sceau.sock
milter_default_action = tempfail
milter_connect_timeout = 10s
milter_command_timeout = 60s
milter_content_timeout = 300s
END
}

master_cf() {
    cat <<END
127.0.0.1:$PORT inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
127.0.0.1:$((PORT + 1)) inet n - n - - smtpd
  -o syslog_name=postfix/port25
# Where Sceau's copies come back: without this milter, out of reach for
# everybody who is not in the group postdrop.
sceau unix n - n - - smtpd
  -o syslog_name=postfix/sceau
  -o smtpd_milters=
  -o smtpd_client_restrictions=permit
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_recipient_restrictions=
  -o smtpd_tls_security_level=none
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END
}

setup_login() { # PASSWORD
    mkdir -p "$D/conf/sasl"
    cat >"$D/conf/sasl/smtpd.conf" <<END
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: $D/conf/sasl/sasldb2
END
    printf %s "$1" | saslpasswd2 -f "$D/conf/sasl/sasldb2" -p -c -u "$DOMAIN" alice
    chown root:postfix "$D/conf/sasl/sasldb2"
    chmod 640 "$D/conf/sasl/sasldb2"
}

setup() {
    PORT=${1:?} SINK=${2:?} PKI=${3:?} DOMAIN=${4:?} PASSWORD=${5:?}
    mkdir -p "$D/conf" "$D/queue" "$D/data"
    chown postfix "$D/data"
    install -m 600 "$PKI/server.key" "$D/server.key"
    install -m 644 "$PKI/server.pem" "$D/server.pem"
    main_cf >"$D/conf/main.cf"
    master_cf >"$D/conf/master.cf"
    setup_login "$PASSWORD"
}

case $VERB in
setup) shift 2; setup "$@" ;;
start) postfix -c "$D/conf" start >"$D/start.log" 2>&1 || { cat "$D/start.log" "$D/log" >&2; exit 1; } ;;
stop) postfix -c "$D/conf" stop >"$D/stop.log" 2>&1 || : ;;
*) echo "postfix.sh: unknown verb $VERB" >&2; exit 64 ;;
esac
