#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A private slapd: slapd.sh setup DIR PORT PKI | start DIR | stop DIR |
#                           blind DIR certificates|entries | restore DIR
#
# ldap on 127.0.0.1:PORT, ldaps on PORT+1. setup loads ldap-schema/ and then
# publishes the certificates through LDAP with the PKI's account. blind takes
# Sceau's right to read certificates (or anything at all), restore gives it
# back.
set -euo pipefail
umask 027
PATH=$PATH:/usr/sbin:/sbin
HERE=$(cd "$(dirname "$0")" && pwd)
SCHEMA=$HERE/../../ldap-schema
VERB=${1:?} D=${2:?usage: slapd.sh VERB DIR}
BASE=dc=example,dc=fr
[ "$VERB" = setup ] || { PORT=$(cat "$D/port"); }

ldapi() { python3 -c 'import sys,urllib.parse as u; print("ldapi://"+u.quote(sys.argv[1],safe=""))' "$D/ldapi"; }

as_root() { "$@" -Q -Y EXTERNAL -H "$(ldapi)" >/dev/null; }

make_config() {
    cat <<END
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: $D/slapd.pid
olcTLSCertificateFile: $D/server.pem
olcTLSCertificateKeyFile: $D/server.key
olcTLSCACertificateFile: $D/roots.pem
olcLogLevel: stats

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcAccess: to dn.base="" by * read
olcAccess: to dn.base="cn=Subschema" by * read

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcAccess: to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage by * none

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcDbDirectory: $D/data
olcSuffix: $BASE
olcRootDN: gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth
olcDbIndex: objectClass eq
olcDbIndex: mail eq
END
}

# One modification as a PKI's publisher writes it.
publish() { # DN CERTIFICATE...
    local dn=$1
    shift
    printf 'dn: %s\nchangetype: modify\nadd: userCertificate;binary\n' "$dn"
    local file
    for file in "$@"; do
        printf 'userCertificate;binary:: %s\n' \
            "$(openssl x509 -in "$PKI/user/$file.pem" -outform DER | base64 -w0)"
    done
    echo
}

publish_all() {
    publish "uid=sceau-canary,ou=people,$BASE" canary
    publish "uid=alice,ou=people,$BASE" alice
    publish "uid=boss,ou=people,$BASE" boss
    publish "uid=colleague,ou=people,$BASE" colleague
    publish "cn=bob,ou=partners,$BASE" bob
    publish "cn=dave,ou=partners,$BASE" dave-expired dave
    publish "cn=emma,ou=partners,$BASE" emma
    publish "cn=erin,ou=partners,$BASE" erin
    publish "cn=frank,ou=partners,$BASE" \
        frank-address frank-signing frank-foreign frank-weak
    publish "cn=gina,ou=partners,$BASE" gina
}

set_password() { # ACCOUNT
    openssl rand -hex 16 | tr -d '\n' >"$D/$1.password"
    chmod 600 "$D/$1.password"
    as_root ldappasswd -T "$D/$1.password" "cn=$1,ou=services,$BASE"
}

wait_until() { # COMMAND...
    local i
    for i in $(seq 100); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}

start() {
    /usr/sbin/slapd -F "$D/config" -u openldap -g openldap -d 256 \
        -h "ldap://127.0.0.1:$PORT ldaps://127.0.0.1:$((PORT + 1)) $(ldapi)" \
        </dev/null >>"$D/log" 2>&1 &
    echo $! >"$D/pid"
    wait_until ldapsearch -x -H "ldap://127.0.0.1:$PORT" -s base -b '' ||
        { echo "slapd does not answer, see $D/log" >&2; exit 1; }
}

stop() {
    [ -s "$D/pid" ] || return 0
    local pid
    pid=$(cat "$D/pid")
    rm -f "$D/pid"
    kill "$pid" 2>/dev/null || return 0
    local i
    for i in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || :
}

setup() {
    PORT=${1:?} PKI=${2:?}
    mkdir -p "$D/config" "$D/data"
    echo "$PORT" >"$D/port"
    cp "$PKI/server.pem" "$PKI/server.key" "$PKI/roots.pem" "$D"
    make_config >"$D/config.ldif"
    slapadd -n 0 -F "$D/config" -l "$D/config.ldif" 2>"$D/slapadd.log" ||
        { cat "$D/slapadd.log" >&2; exit 1; }
    chown -R openldap:openldap "$D"
    start
    as_root ldapadd -f "$SCHEMA/tree.ldif"
    as_root ldapmodify -f "$SCHEMA/access.ldif"
    set_password sceau
    set_password pki
    publish_all | ldapmodify -x -H "ldap://127.0.0.1:$PORT" \
        -D "cn=pki,ou=services,$BASE" -y "$D/pki.password" >/dev/null
}

case $VERB in
setup) shift 2; setup "$@" ;;
start) start ;;
stop) stop ;;
blind)
    case ${3:?} in
    certificates) rule='0,/cn=sceau,.*read$/{//d}' ;;
    entries) rule='/cn=sceau,.*read$/d' ;;
    esac
    sed "$rule" "$SCHEMA/access.ldif" >"$D/blind.ldif"
    as_root ldapmodify -f "$D/blind.ldif"
    ;;
restore) as_root ldapmodify -f "$SCHEMA/access.ldif" ;;
*) echo "slapd.sh: unknown verb $VERB" >&2; exit 64 ;;
esac
