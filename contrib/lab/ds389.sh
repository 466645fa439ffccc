#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A private 389-DS: ds389.sh setup DIR PORT PKI | start DIR | stop DIR
#
# ldap (and StartTLS) on 127.0.0.1:PORT, ldaps on PORT+1, filled with
# ldap-schema/tree.ldif and access-389ds.ldif; nothing is published yet. Its
# files are all in DIR: no systemd, no instance of the machine's. DIR must be
# traversable by everybody. DIR/{admin,sceau,pki}.password.
set -euo pipefail
umask 027
PATH=$PATH:/usr/sbin:/sbin
HERE=$(cd "$(dirname "$0")" && pwd)
SCHEMA=$HERE/../../ldap-schema
VERB=${1:?} D=${2:?usage: ds389.sh VERB DIR}
BASE=dc=example,dc=fr
DATA=/usr/share/dirsrv/data
[ "$VERB" = setup ] || PORT=$(cat "$D/port")

as_admin() { "$@" -x -H "ldap://127.0.0.1:$PORT" -D 'cn=Directory Manager' -y "$D/admin.password"; }

make_config() {
    sed -e "s|%schema_dir%|/usr/share/dirsrv/schema|" -e "s|%lock_dir%|$D/lock|" \
        -e "s|%tmp_dir%|$D/tmp|" -e "s|%cert_dir%|$D/config|" -e "s|%ldif_dir%|$D/tmp|" \
        -e "s|%bak_dir%|$D/tmp|" -e "s|%run_dir%|$D/run|" -e "s|%inst_dir%|$D|" \
        -e "s|%config_dir%|$D/config|" -e "s|%db_dir%|$D/db|" -e "s|%db_home_dir%|$D/db|" \
        -e "s|%db_lib%|bdb|" -e "s|%log_dir%|$D/log|" -e "s|%fqdn%|localhost|" \
        -e "s|%ds_port%|$PORT|" -e "s|%ds_user%|dirsrv|" -e "s|%ds_suffix%|$BASE|" \
        -e "s|%rootdn%|cn=Directory Manager|" -e "s|%ds_passwd%|$(pwdhash -s SSHA512 "$(cat "$D/admin.password")")|" \
        -e "s|%ldapi_enabled%|off|" -e "s|%ldapi%|$D/run/ldapi|" -e "s|%ldapi_autobind%|off|" \
        -e "s|^nsslapd-port:.*|&\nnsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1\nnsslapd-security: on\nnsslapd-securePort: $((PORT + 1))|" \
        "$DATA/template-dse.ldif" >"$D/config/dse.ldif"
}

# Key and certificate where NSS looks for them, without a pass phrase.
make_tls() {
    local c=$D/config
    echo >"$D/empty"
    certutil -N -d "$c" -f "$D/empty"
    openssl pkcs12 -export -inkey "$PKI/server.key" -in "$PKI/server.pem" -name Server-Cert \
        -passout pass: -out "$D/server.p12"
    pk12util -i "$D/server.p12" -d "$c" -k "$D/empty" -W '' >/dev/null
    certutil -A -d "$c" -n root -t C,, -f "$D/empty" -i "$PKI/ca/corp-root/cert.pem"
    certutil -A -d "$c" -n issuing -t ,, -f "$D/empty" -i "$PKI/ca/corp/cert.pem"
    printf 'Internal (Software) Token:\n' >"$c/pin.txt"
    rm "$D/server.p12" "$D/empty"
}

add_suffix() {
    as_admin ldapadd >/dev/null <<END
dn: cn=userroot,cn=ldbm database,cn=plugins,cn=config
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: userroot
nsslapd-suffix: $BASE

dn: cn="$BASE",cn=mapping tree,cn=config
objectClass: extensibleObject
objectClass: nsMappingTree
cn: $BASE
nsslapd-state: backend
nsslapd-backend: userroot
END
}

set_password() { # ACCOUNT
    openssl rand -hex 16 | tr -d '\n' >"$D/$1.password"
    as_admin ldapmodify >/dev/null <<END
dn: cn=$1,ou=services,$BASE
changetype: modify
replace: userPassword
userPassword: $(cat "$D/$1.password")
END
}

start() {
    ns-slapd -D "$D/config" -i "$D/pid" -w "$D/started" >>"$D/output" 2>&1
    local i
    for i in $(seq 200); do
        ldapsearch -x -H "ldap://127.0.0.1:$PORT" -s base -b '' >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    tail -5 "$D/output" "$D/log/errors" >&2
    echo "389-DS does not answer" >&2
    exit 1
}

stop() {
    [ -s "$D/pid" ] || return 0
    local pid i
    pid=$(cat "$D/pid")
    kill "$pid" 2>/dev/null || return 0
    for i in $(seq 200); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || :
}

setup() {
    PORT=${1:?} PKI=${2:?}
    mkdir -p "$D"/{config,db,lock,log,run,tmp}
    echo "$PORT" >"$D/port"
    openssl rand -hex 16 | tr -d '\n' >"$D/admin.password"
    cp /etc/dirsrv/config/*.conf /etc/dirsrv/schema/99user.ldif "$D/config"
    mkdir -p "$D/config/schema"
    mv "$D/config/99user.ldif" "$D/config/schema"
    make_config
    make_tls
    chown -R dirsrv:dirsrv "$D"
    start
    add_suffix
    as_admin ldapadd -f "$SCHEMA/tree.ldif" >/dev/null
    as_admin ldapmodify -f "$SCHEMA/access-389ds.ldif" >/dev/null
    set_password sceau
    set_password pki
}

case $VERB in
setup) shift 2; setup "$@" ;;
start) start ;;
stop) stop ;;
*) echo "ds389.sh: unknown verb $VERB" >&2; exit 64 ;;
esac
