#!/bin/sh
# Installs Debian's redis-server, without the service that the package would start on port 6379.
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

apt-get update -qq
apt-get install -y -qq --no-install-recommends redis-server

if command -v systemctl > /dev/null; then
  systemctl --quiet disable redis-server
fi
