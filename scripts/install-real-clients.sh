#!/bin/bash
# Installs the programs that the tests drive, on Debian 12 or later, and prints what is there.
#
#   scripts/install-real-clients.sh            everything
#   scripts/install-real-clients.sh --list     install nothing, only print what is there
#
# Two parts, side by side:
#   1. Debian's own FFmpeg, GStreamer, OBS, VLC, mpv, rtmpdump, curl, nginx with nginx-rtmp, Chromium, Redis.
#   2. A root folder of a newer Debian with an FFmpeg and a GStreamer that know Enhanced RTMP, and an OBS that knows
#      Enhanced Broadcasting. One wrapper in it runs its programs on the files of this machine:
#      $RTMP_NEWER_ROOT/newer-run ffmpeg …; OBS is run inside of it (interop/src/clients/newer-obs.ts).
# Running it again does only what is missing. Exit status: 0 when all is there, 1 when something is missing.
set -u

NEWER=${RTMP_NEWER_ROOT:-/var/cache/rtmp-ts/newer}
SUITES=${RTMP_NEWER_SUITES:-forky trixie}
LOGS=${TMPDIR:-/tmp}
STARTED=$(date +%s)

PACKAGES='ffmpeg
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav
  rtmpdump curl mpv vlc-bin vlc-plugin-base vlc-plugin-access-extra
  nginx libnginx-mod-rtmp obs-studio xvfb xauth chromium mmdebstrap redis-server'
NEWER_PACKAGES='ffmpeg,gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good,gstreamer1.0-plugins-bad,gstreamer1.0-plugins-ugly,gstreamer1.0-libav,obs-studio,xvfb,xauth'

say() { printf 'real clients: %s\n' "$*"; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() {
  for package in $PACKAGES; do installed "$package" || printf '%s ' "$package"; done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@"
}

# The mirror that apt itself uses for this machine's own suite, read from apt's sources: no mirror is named here.
apt_mirror() {
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v suite="$codename" '
    /^$/ { uri = "" }
    /^URIs:/ { uri = $2 }
    /^Suites:/ { for (i = 2; i <= NF; i++) if ($i == suite && uri != "") { print uri; exit } }'
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v suite="$codename" '
    $1 == "deb" { for (i = 2; i < NF; i++) if ($(i + 1) == suite) { print $i; exit } }'
}

write_wrapper() {
  cat > "$NEWER/newer-run" <<'WRAPPER'
#!/bin/sh
# newer-run PROGRAM ARGUMENTS: a program of this root folder, with its own loader and libraries, on this machine's files.
R=$(dirname "$(readlink -f "$0")")
L=$R/usr/lib/x86_64-linux-gnu
p=$1
shift
export GST_PLUGIN_SYSTEM_PATH_1_0="$L/gstreamer-1.0" GST_REGISTRY_1_0="$R/gst-registry.bin" GST_REGISTRY_FORK=no
exec "$R/usr/lib64/ld-linux-x86-64.so.2" --library-path "$L:$L/pulseaudio:$L/libproxy:$L/blas:$L/lapack" "$R/usr/bin/$p" "$@"
WRAPPER
  chmod +x "$NEWER/newer-run"
}

newer_works() { [ -f "$NEWER/complete" ] && [ -x "$NEWER/usr/bin/obs" ] && [ -x "$NEWER/newer-run" ] && "$NEWER/newer-run" ffmpeg -v error -version >/dev/null 2>&1; }

make_newer() {
  newer_works && return 0
  mirror=$(apt_mirror | head -1)
  [ -n "$mirror" ] || { say "found no mirror in apt's sources: no newer FFmpeg"; return 1; }
  for suite in $SUITES; do
    rm -rf "$NEWER"
    mkdir -p "$(dirname "$NEWER")"
    # The mirror's copy of testing may be some weeks old, hence Check-Valid-Until.
    if mmdebstrap --quiet --variant=apt --include="$NEWER_PACKAGES" --aptopt='Acquire::Check-Valid-Until "false"' \
      --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      "$suite" "$NEWER" "$mirror" >"$LOGS/rtmp-newer-$suite.log" 2>&1; then
      rm -rf "$NEWER"/var/cache/apt/* "$NEWER"/var/lib/apt/lists/*
      write_wrapper && : > "$NEWER/complete" && newer_works && return 0
    fi
    say "the newer root of $suite could not be made (log: $LOGS/rtmp-newer-$suite.log)"
  done
  return 1
}

install_all() {
  command -v apt-get >/dev/null || { say 'needs Debian (apt-get); install the programs by hand'; return 1; }
  missing=$(missing_packages)
  [ -z "$missing" ] && newer_works && return 0
  [ "$(id -u)" = 0 ] || { say "needs root to install: $missing"; return 1; }
  policy=''
  if [ ! -e /usr/sbin/policy-rc.d ]; then # nginx must not start itself on a machine that has a service manager
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy
  fi
  if [ -n "$missing" ]; then apt-get update -q >"$LOGS/rtmp-apt.log" 2>&1; fi
  installed mmdebstrap || apt_install mmdebstrap >>"$LOGS/rtmp-apt.log" 2>&1
  make_newer &
  newer=$!
  if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    apt_install $missing >>"$LOGS/rtmp-apt.log" 2>&1 || say "apt-get failed (log: $LOGS/rtmp-apt.log)"
  fi
  wait $newer
  [ -n "$policy" ] && rm -f $policy
  return 0
}

lacking=0
report() { # report NAME PROGRAM VERSION-COMMAND…
  name=$1 program=$2
  shift 2
  if command -v "$program" >/dev/null 2>&1 || [ -f "$program" ]; then
    say "$(printf '%-26s %s' "$name" "$("$@" 2>&1 | grep -m 1 -E '[0-9]+\.[0-9]+' | cut -c 1-90)")"
  else
    say "$(printf '%-26s missing' "$name")"
    lacking=$((lacking + 1))
  fi
}
package_version() { dpkg-query -W -f '${Package} ${Version}\n' "$1"; }

[ "${1:-}" = --list ] || install_all
report FFmpeg ffmpeg ffmpeg -version
report GStreamer gst-launch-1.0 package_version gstreamer1.0-tools
report 'OBS Studio' obs package_version obs-studio
report Xvfb xvfb-run package_version xvfb
report rtmpdump rtmpdump package_version rtmpdump
report curl curl curl --version
report mpv mpv package_version mpv
report VLC cvlc package_version vlc-bin
report nginx nginx package_version nginx
report nginx-rtmp /usr/lib/nginx/modules/ngx_rtmp_module.so package_version libnginx-mod-rtmp
report Chromium chromium package_version chromium
report Redis redis-server redis-server --version
report 'newer FFmpeg' "$NEWER/newer-run" "$NEWER/newer-run" ffmpeg -version
report 'newer OBS' "$NEWER/usr/bin/obs" dpkg-query --admindir "$NEWER/var/lib/dpkg" -W -f '${Package} ${Version}\n' obs-studio
report 'newer GStreamer' "$NEWER/usr/bin/gst-launch-1.0" "$NEWER/newer-run" gst-launch-1.0 --version
say "$lacking missing, $(($(date +%s) - STARTED)) s"
[ $lacking = 0 ]
