#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tests' own certification authorities: make_pki.sh OUTDIR
#
# Made at check time, once per build directory; nothing of it is in the
# repository and nothing of it may leave the machine. OUTDIR is made, or
# emptied when an earlier run made it. All files are PEM but for *.p12.
#
# Authorities, each as NAME.pem (certificate), NAME.key, NAME.crl:
#   root         self-signed; issued only "issuing"
#   issuing      the organisation's; issued everybody not named otherwise
#   partners     self-signed; issued partner, partner-revoked
#   other        self-signed, trusted by nobody; issued other-user
# issuing.crl holds revoked (keyCompromise) and on-hold (certificateHold);
# partners.crl holds partner-revoked; stale.crl is of issuing, out of date.
#
# People, each as NAME.pem and NAME.key; the address is NAME@example.fr
# unless another is given:
#   alice        RSA, signs only                  (also *.p12 and alice-*.pem)
#   bob, carol   RSA, encrypt and sign
#   encrypt-only RSA, keyEncipherment alone       rsa3072 RSA of 3072 bits
#   ec           P-256, keyAgreement and signs    ec-sign P-256, signs only
#   ec384        P-384, keyAgreement and signs    ec-enc  P-256, keyAgreement
#   capable      RSA; its CA says: AES-256-GCM and OAEP are opened
#   ec-weak      secp192r1 (of 192 bits)          weak    RSA of 1024 bits
#   expired, future, revoked, on-hold             what the name says (P-256)
#   sha1         signed by its issuer with SHA-1
#   server       extended key usage serverAuth    any-eku anyExtendedKeyUsage
#   plain        neither key usage nor extended key usage
#   ca-user      a CA certificate for an address
#   critical     a critical extension that nobody knows
#   several      several, several.alias and (SmtpUTF8Mailbox) sévérine
#   no-address   its address only in the subject
#   partner      partner@partner.example          partner-revoked likewise
#   other-user   bob@example.fr, by the authority nobody trusts
#   short        alice@example.fr (P-256, signs only), notBefore older: 2020
#   alice-dual   alice@example.fr (P-256), signs and encrypts
#
# Keys without certificates (RSA), for those that tests make on the spot:
#   made-0 to made-7
#
# Files for the key store (key, certificate, chain; mode 0600):
#   alice-full.pem       with issuing and root
#   alice-encrypted.pem  the same, key under the pass phrase "secret"
#   alice.p12            with chain, pass phrase "secret"
#   alice-open.p12       with chain, empty pass phrase
#   alice-legacy.p12     RC2-40 and 3DES, pass phrase "secret"
#   alice-cert.p12       the certificate without its key, pass phrase "secret"
set -eu
umask 077
OUT=${1:?usage: make_pki.sh OUTDIR}
if [ -e "$OUT" ] && [ ! -e "$OUT/.pki" ]; then
    echo "make_pki.sh: $OUT exists and is not of my making" >&2
    exit 1
fi
rm -rf "$OUT"
mkdir -p "$OUT"
cd "$OUT"
: >.pki
log=$PWD/openssl.log
trap 'status=$?; [ $status -eq 0 ] || tail -n 5 "$log" >&2; exit $status' 0

# The system's own configuration must not change what is made here.
OPENSSL_CONF=/dev/null
export OPENSSL_CONF

new_key() { # NAME KIND
    case $2 in
    rsa*) set -- "$1" RSA "rsa_keygen_bits:${2#rsa}" ;;
    *) set -- "$1" EC "ec_paramgen_curve:$2" ;;
    esac
    openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$1.key" 2>>"$log"
}

begin_ca() { # NAME
    mkdir -p "db/$1/issued"
    : >"db/$1/index"
    openssl rand -hex 10 >"db/$1/serial"
    echo 01 >"db/$1/crlnumber"
    cat >"db/$1/conf" <<END
[ca]
default_ca = this
[this]
database = db/$1/index
serial = db/$1/serial
crlnumber = db/$1/crlnumber
new_certs_dir = db/$1/issued
certificate = $1.pem
private_key = $1.key
default_md = sha256
default_days = 365
default_crl_days = 30
unique_subject = no
email_in_dn = yes
policy = any
[any]
organizationName = optional
commonName = supplied
emailAddress = optional
[req]
distinguished_name = dn
[dn]
END
}

issue() { # CA NAME SUBJECT EXTENSIONS [options of openssl ca]
    ca=$1 name=$2 subject=$3
    printf '%b\n' "$4" >"db/extensions"
    shift 4
    openssl req -new -config "db/$ca/conf" -key "$name.key" \
        -subj "$subject" -utf8 -out db/request 2>>"$log"
    openssl ca -batch -notext -utf8 -config "db/$ca/conf" -in db/request \
        -extfile db/extensions -out "$name.pem" "$@" >>"$log" 2>&1
}

ids='subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid'
is_ca="basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n$ids"

new_root() { # NAME SUBJECT
    begin_ca "$1"
    new_key "$1" P-256
    issue "$1" "$1" "$2" "$is_ca" -selfsign -keyfile "$1.key" -days 1000
}

person() { # NAME KIND USAGE [EXTENSIONS, "" for none] [options]
    person=$1
    usage=$3
    new_key "$1" "$2"
    shift 3
    more=${1-}
    [ $# -eq 0 ] || shift
    extensions="subjectAltName = email:${address:-$person@example.fr}\n$ids"
    [ -z "$usage" ] || extensions="$extensions\nkeyUsage = critical, $usage"
    [ -z "$usage" ] || [ -n "$more" ] || more='extendedKeyUsage = emailProtection'
    [ -z "$more" ] || extensions="$extensions\n$more"
    issue "${by:-issuing}" "$person" "/O=Example/CN=$person" "$extensions" "$@"
}

sign='digitalSignature, nonRepudiation'
both='digitalSignature, keyEncipherment'
agree='digitalSignature, keyAgreement'
mail='extendedKeyUsage = emailProtection'

new_root root '/O=Example/CN=Example Root'
begin_ca issuing
new_key issuing P-256
issue root issuing '/O=Example/CN=Example Issuing' "$is_ca" -days 900
new_root partners '/O=Partners/CN=Partners Root'
new_root other '/O=Other/CN=Other Root'

person alice rsa2048 "$sign"
person bob rsa2048 "$both"
person carol rsa2048 "$both"
person encrypt-only rsa2048 keyEncipherment
person rsa3072 rsa3072 "$both"
# smimeCapabilities (RFC 4262): AES-256-GCM, and OAEP with SHA-256.
gcm=300b060960864801650304012e
oaep=301e06092a864886f70d0101073011a00f300d06096086480165030402010500
person capable rsa2048 "$both" "$mail\n1.2.840.113549.1.9.15 = DER:302d$gcm$oaep"
person ec P-256 "$agree"
person ec384 P-384 "$agree"
person ec-sign P-256 "$sign"
person ec-enc P-256 keyAgreement
person ec-weak P-192 "$agree"
person weak rsa1024 "$both"
person expired P-256 "$agree" "$mail" \
    -startdate 20200101000000Z -enddate 20210101000000Z
person future P-256 "$agree" "$mail" \
    -startdate 20900101000000Z -enddate 20910101000000Z
person revoked P-256 "$agree"
person on-hold P-256 "$agree"
person sha1 P-256 "$agree" "$mail" -md sha1
person server P-256 "$agree" 'extendedKeyUsage = serverAuth'
person any-eku P-256 "$agree" 'extendedKeyUsage = anyExtendedKeyUsage'
person plain P-256 ''
person ca-user P-256 "$sign" "$mail\nbasicConstraints = critical, CA:TRUE"
person critical P-256 "$agree" "$mail\n1.2.3.4.5 = critical, DER:0500"
address=alice@example.fr
person short P-256 "$sign" "$mail" -startdate 20200101000000Z
person alice-dual P-256 "$agree"
address=partner@partner.example by=partners
person partner P-256 "$agree"
address=partner-revoked@partner.example
person partner-revoked P-256 "$agree"
address=bob@example.fr by=other
person other-user rsa2048 "$both"
address='' by=''
new_key no-address P-256
issue issuing no-address '/O=Example/CN=nobody/emailAddress=nobody@example.fr' \
    "keyUsage = critical, $sign\n$mail"
new_key several P-256
issue issuing several '/O=Example/CN=several' "keyUsage = critical, $agree\n\
$mail\nsubjectAltName = @names\n[names]\nemail.1 = several@example.fr\n\
email.2 = several.alias@example.com\n\
otherName = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:sévérine@example.fr"

revoke() { # CA NAME REASON
    openssl ca -config "db/$1/conf" -revoke "$2.pem" -crl_reason "$3" \
        >>"$log" 2>&1
}
new_crl() { # CA FILE [options]
    ca=$1 file=$2
    shift 2
    openssl ca -config "db/$ca/conf" -gencrl -out "$file" "$@" >>"$log" 2>&1
}
new_crl issuing stale.crl -crl_lastupdate 20200101000000Z \
    -crl_nextupdate 20200201000000Z
revoke issuing revoked keyCompromise
revoke issuing on-hold certificateHold
revoke partners partner-revoked keyCompromise
for ca in root issuing partners other; do
    new_crl "$ca" "$ca.crl"
done

chain=db/chain.pem
cat issuing.pem root.pem >"$chain"
cat alice.key alice.pem "$chain" >alice-full.pem
openssl pkey -in alice.key -aes256 -passout pass:secret 2>>"$log" \
    >alice-encrypted.pem
cat alice.pem "$chain" >>alice-encrypted.pem
p12() { # FILE PASSPHRASE [options]
    file=$1 phrase=$2
    shift 2
    openssl pkcs12 -export -in alice.pem -certfile "$chain" \
        -passout "pass:$phrase" -out "$file" "$@" 2>>"$log"
}
p12 alice.p12 secret -inkey alice.key
p12 alice-open.p12 '' -inkey alice.key
p12 alice-legacy.p12 secret -inkey alice.key -legacy
p12 alice-cert.p12 secret -nokeys
for number in 0 1 2 3 4 5 6 7; do
    new_key "made-$number" rsa2048
done
rm -rf db
