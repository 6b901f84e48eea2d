#!/bin/sh
# install-server.sh <package> [service]: installs a server from Debian's packages, without the service that the
# package would start on its usual port.
set -eu
export DEBIAN_FRONTEND=noninteractive
package=$1 service=${2:-}

# one after the other: apt gives up where another has the lock of its lists
exec 9> /tmp/fastcounter-install.lock
flock 9

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

apt-get update -qq
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$package"

if [ -n "$service" ] && command -v systemctl > /dev/null; then
  systemctl --quiet disable "$service" || true
fi
