#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A small PKI, as an organisation and its partners have one: pki.sh DIR
#
#   corp-root > corp       issues for example.fr (trust set corp)
#   partners-root > partners   issues for everybody else (trust set partners)
#   supplier               trusted for supplier.example alone
#
# DIR/ca/NAME/{key,cert,crl}.pem, DIR/user/NAME.{key,pem}, DIR/server.{key,pem}.
# Nothing here is meant to outlive the laboratory: keys have no pass phrase.
# LAB_KEYS=DIR: keys are kept there and taken from there, for who makes many.
set -euo pipefail
umask 077
D=${1:?usage: pki.sh DIR}
mkdir -p "$D/ca" "$D/user"
exec 2>"$D/openssl.log"

conf() { # CA
    cat <<END
[ca]
default_ca = this
[this]
database = $D/ca/$1/index
serial = $D/ca/$1/serial
crlnumber = $D/ca/$1/crlnumber
new_certs_dir = $D/ca/$1/issued
certificate = $D/ca/$1/cert.pem
private_key = $D/ca/$1/key.pem
default_md = sha256
default_days = 365
default_crl_days = 30
unique_subject = no
policy = any
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
END
}

sign() { # CA REQUEST RESULT EXTENSIONS [openssl ca options]
    local ca=$1 request=$2 result=$3 extensions=$4
    shift 4
    printf '%b\n' "$extensions" >"$D/extensions"
    openssl ca -batch -notext -config "$D/ca/$ca/conf" -in "$request" \
        -out "$result" -extfile "$D/extensions" "$@" >&2
}

new_ca() { # NAME SUBJECT [ISSUER]
    local name=$1 subject=$2 issuer=${3:-$1} c=$D/ca/$1
    mkdir -p "$c/issued"
    : >"$c/index"
    openssl rand -hex 12 >"$c/serial"
    echo 01 >"$c/crlnumber"
    conf "$name" >"$c/conf"
    new_key "$c/key.pem" rsa2048
    openssl req -new -config "$c/conf" -key "$c/key.pem" -subj "$subject" -out "$c/request"
    local self=()
    [ "$issuer" = "$name" ] && self=(-selfsign -keyfile "$c/key.pem")
    sign "$issuer" "$c/request" "$c/cert.pem" \
        'basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid' \
        -days 1000 "${self[@]}"
}

new_key() { # FILE KIND
    local kept=${LAB_KEYS:+$LAB_KEYS/${1#"$D"/}}
    if [ -n "$kept" ] && [ -s "$kept" ]; then
        cp "$kept" "$1"
        return
    fi
    make_key "$1" "$2"
    [ -z "$kept" ] || install -D -m 600 "$1" "$kept"
}

make_key() { # FILE KIND
    case $2 in
    ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    ec384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$1" ;;
    *) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1" ;;
    esac
}

# A person's certificate. USAGE: both, sign, agree (EC). Further options go to
# "openssl ca": -startdate, -enddate.
new_user() { # NAME CA ADDRESS KIND USAGE [options]
    local name=$1 ca=$2 address=$3 kind=$4 usage=$5 u=$D/user/$1
    shift 5
    case $usage in
    both) usage='digitalSignature, keyEncipherment' ;;
    sign) usage='digitalSignature, nonRepudiation' ;;
    agree) usage='digitalSignature, keyAgreement' ;;
    esac
    new_key "$u.key" "$kind"
    openssl req -new -config "$D/ca/$ca/conf" -key "$u.key" \
        -subj "/C=FR/O=Laboratory/CN=$name" -out "$u.request"
    sign "$ca" "$u.request" "$u.pem" \
        "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, $usage\nextendedKeyUsage = emailProtection\nsubjectAltName = email:$address\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid" \
        "$@"
}

new_crl() { # CA
    openssl ca -config "$D/ca/$1/conf" -gencrl -out "$D/ca/$1/crl.pem" >&2
}

new_ca corp-root '/C=FR/O=Example/CN=Example Root'
new_ca corp '/C=FR/O=Example/CN=Example Issuing' corp-root
new_ca partners-root '/C=FR/O=Partners/CN=Partners Root'
new_ca partners '/C=FR/O=Partners/CN=Partners Issuing' partners-root
new_ca supplier '/C=FR/O=Supplier/CN=Supplier Root'

new_user alice corp alice@example.fr rsa2048 both
new_user colleague corp colleague@example.fr rsa2048 both
new_user boss corp boss@example.fr rsa2048 both
new_user anna corp anna@example.fr ec sign
new_user axel corp axel@example.fr ec384 sign
new_user canary corp sceau-canary@example.fr rsa2048 both
new_user bob partners bob@partner.example rsa2048 both
# carol's own certificate, which no directory knows: her friends have it.
new_user carol partners carol@partner.example rsa2048 both
new_user dave partners dave@partner.example rsa2048 both
new_user dave-expired partners dave@partner.example rsa2048 both \
    -startdate 20200101000000Z -enddate 20210101000000Z
new_user emma partners emma@partner.example ec agree
new_user erin partners erin@partner.example rsa2048 both
new_user frank-address partners francis@partner.example rsa2048 both
new_user frank-signing partners frank@partner.example rsa2048 sign
new_user frank-foreign supplier frank@partner.example rsa2048 both
new_user frank-weak partners frank@partner.example rsa1024 both
# For all of partner.example; no directory knows it.
new_user gateway partners gateway@partner.example rsa2048 both
new_user gateway-new partners gateway@partner.example rsa2048 both
new_user gina partners gina@gmail.com rsa2048 both

openssl ca -config "$D/ca/partners/conf" -revoke "$D/user/erin.pem" \
    -crl_reason keyCompromise >&2
for ca in corp-root corp partners-root partners supplier; do
    new_crl "$ca"
done

# The mail server's own certificate, for STARTTLS.
new_key "$D/server.key" rsa2048
openssl req -new -config "$D/ca/corp/conf" -key "$D/server.key" \
    -subj '/C=FR/O=Example/CN=localhost' -out "$D/server.request"
sign corp "$D/server.request" "$D/server.pem" \
    'subjectAltName = DNS:localhost, DNS:mx.example.fr, IP:127.0.0.1\nextendedKeyUsage = serverAuth'
cat "$D/ca/corp/cert.pem" >>"$D/server.pem"

# What everybody may read: the roots, and all intermediates.
cat "$D"/ca/{corp-root,partners-root,supplier}/cert.pem >"$D/roots.pem"
cat "$D"/ca/{corp,partners}/cert.pem >"$D/intermediates.pem"
chmod 644 "$D/roots.pem" "$D/intermediates.pem"
