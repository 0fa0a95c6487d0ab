#!/bin/sh
# Bring the programs by others that the tests use: ffmpeg, ffprobe and OpenEXR's tools, which open a
# delivery, and promtool, which reads the alarms. Where that cannot be, it says so and goes on; those
# tests are then skipped, and say why.
promtool=.venv/bin/promtool  # from Debian's package, which would also start a server if it were installed
if ! command -v promtool >/dev/null && [ ! -x $promtool ] && command -v dpkg-deb >/dev/null; then
  folder=$(mktemp -d)
  (cd "$folder" && chmod 777 . && timeout 120 apt-get download -qq prometheus && dpkg-deb -x ./*.deb .) >/dev/null 2>&1
  cp "$folder/usr/bin/promtool" $promtool 2>/dev/null ||
    echo "the test of the alarms is skipped: install promtool to run it"
  rm -rf "$folder"
fi
missing=
command -v ffprobe >/dev/null && command -v ffmpeg >/dev/null || missing="ffmpeg"
command -v exrinfo >/dev/null && command -v exrheader >/dev/null || missing="$missing openexr"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$( printf ' %s' $missing ) for the tests ..."
  options="-qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086  # words, on purpose
  timeout 120 apt-get update $options >/dev/null 2>&1
  # shellcheck disable=SC2086
  timeout 300 apt-get install -y --no-install-recommends $options $missing >/dev/null 2>&1 && exit 0
fi
echo "the tests that open a delivery with$( printf ' %s' $missing ) are skipped: install them to run these"
exit 0
