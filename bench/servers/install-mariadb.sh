#!/bin/sh
# Installs Debian's mariadb-server, without the service that the package would start on port 3306.
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

apt-get update -qq
apt-get install -y -qq --no-install-recommends mariadb-server

if command -v systemctl > /dev/null; then
  systemctl --quiet disable mariadb || true
fi
