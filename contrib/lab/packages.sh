#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the laboratory's servers need: packages.sh [postfix|sendmail]...
#
# Installs packages without starting a service and without removing one: while
# it runs, policy-rc.d says no to every start; afterwards it is as it was.
set -euo pipefail
POLICY=/usr/sbin/policy-rc.d
PACKAGES=(slapd ldap-utils openssl python3 sasl2-bin libsasl2-modules util-linux)
fail() { echo "packages.sh: $*" >&2; exit 1; }

# The MTA that is installed here, if it is not Postfix.
other_mta() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' 2>/dev/null |
        awk '$1 == "ii" && /mail-transport-agent/ && $2 != "postfix" { print $2; exit }'
}

for mta in "${@:-postfix}"; do
    case $mta in
    postfix)
        PACKAGES+=(postfix)
        other=$(other_mta)
        [ -z "$other" ] || fail "$other is installed, and Postfix would take its place:" \
            "nothing was changed. Try a machine without it, or --mta sendmail, which is unpacked and not installed"
        ;;
    sendmail) PACKAGES+=(m4 libldap-2.5-0 libnsl2 libwrap0 libdb5.3 liblockfile1) ;;
    *) fail "no MTA $mta here" ;;
    esac
done

missing=()
for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || fail "missing: ${missing[*]}; only root can install them"

restore() {
    rm -f "$POLICY"
    [ ! -e "$POLICY.before-sceau" ] || mv "$POLICY.before-sceau" "$POLICY"
}
# A run that was killed may have left the one that was there before it.
[ -e "$POLICY.before-sceau" ] || [ ! -e "$POLICY" ] || mv "$POLICY" "$POLICY.before-sceau"
trap restore EXIT
trap 'exit 130' INT TERM HUP
printf '#!/bin/sh\nexit 101\n' >"$POLICY"
chmod 755 "$POLICY"

export DEBIAN_FRONTEND=noninteractive
# Nothing is configured system-wide: the laboratory has its own files.
debconf-set-selections <<END
postfix postfix/main_mailer_type select No configuration
slapd slapd/no_configuration boolean true
END
log=$(mktemp)
install() { apt-get install -y -q --no-install-recommends --no-remove "${missing[@]}"; }
{ install || { apt-get update -q && install; }; } >"$log" 2>&1 ||
    { tail -15 "$log" >&2; fail "packages could not be installed: ${missing[*]} (see $log)"; }
rm -f "$log"
