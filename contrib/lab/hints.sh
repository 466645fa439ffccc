#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How to play with a stage that is left running: hints.sh DIR SOURCE
set -euo pipefail
D=${1:?} HERE=${2:?}
. "$D/stage"
LOGIN=alice@example.fr
[ "$MTA" = postfix ] || LOGIN=alice
cat <<END

It runs, everything below $D. Try:

  Send a message as alice (the text comes from standard input):
    printf 'From: alice@example.fr\\nTo: bob@partner.example\\nSubject: hello\\n\\nHello Bob\\n' |
      $HERE/contrib/lab/smtp_send.py --port $PORT --login $LOGIN --password $PASSWORD \\
        --ca $D/pki/roots.pem --from alice@example.fr --to bob@partner.example

  See what arrived at the next hop, and open it with the recipient's key:
    ls -t $D/sink/*.eml | head -1
    $HERE/contrib/lab/check_mail.py $D/pki < "\$(ls -t $D/sink/*.eml | head -1)"

  Which certificates does frank have, and why is none used?
    $SCEAU/bin/sceau -c $D/etc/sceau.conf lookup frank@partner.example

  What would the policy want, and because of which rule?
    $SCEAU/bin/sceau -c $D/etc/sceau.conf explain --from alice@example.fr --login alice@example.fr \\
      --to bob@partner.example --to carol@partner.example --header 'Subject: [Confidentiel] test'

  Policy, configuration, logs:
    $D/etc/policy  $D/etc/sceau.conf  $D/sceaud.log  $D/mta/log  $D/slapd/log

  Stop it, and remove everything:
    $HERE/contrib/quickstart --stop $D
END
