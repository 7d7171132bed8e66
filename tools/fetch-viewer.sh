#!/bin/sh
# Fetches the OHIF viewer's built files (MIT licence) and makes them fit to be served at /viewer/.
#
#   tools/fetch-viewer.sh [FOLDER]     FOLDER is ./.viewer unless given
#
# The npm package holds a build for the root of a server. Here its base becomes /viewer/, as if it had been built with
# PUBLIC_URL=/viewer/, and large text files get a compressed copy beside them. Running it again does nothing when the
# folder is up to date.
set -eu

version=3.13.2
sha256=b189d3963bfc58e9394a9db8c7be75d07beb029ec211dbb126d47b62969dd3f1
recipe=1 # counts changes of what this script makes of the package
base=/viewer/

folder=${1:-./.viewer}
stamp="OHIF $version for $base, recipe $recipe"

say() { printf '%s\n' "fetch-viewer: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

if [ -f "$folder/.fetched" ] && [ "$(cat "$folder/.fetched")" = "$stamp" ]; then
    say "the viewer (OHIF $version) is in $folder already"
    exit 0
fi
if [ -e "$folder" ] && [ ! -f "$folder/.fetched" ] && [ -n "$(ls -A "$folder" 2>/dev/null)" ]; then
    fail "$folder holds files that did not come from here; remove it, or name another folder"
fi
for tool in npm tar gzip sha256sum; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed to fetch the viewer and is not installed
  On Debian:  apt-get install npm
  The gateway runs without it: /viewer/ then says how to get the viewer."
done

parent=$(dirname "$folder")
mkdir -p "$parent"
# Beside the folder, so that the last step is a rename.
work=$(mktemp -d "$parent/.fetch-viewer.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

say "fetching @ohif/app $version (48 MB)"
(cd "$work" && npm pack --silent "@ohif/app@$version" >pack.log 2>&1) ||
    fail "npm could not fetch @ohif/app@$version:
$(tail -n 5 "$work/pack.log")"
tarball="$work/ohif-app-$version.tgz"
[ -f "$tarball" ] || fail "npm said that it fetched @ohif/app@$version, but there is no ohif-app-$version.tgz"
echo "$sha256  $tarball" | sha256sum --check --status ||
    fail "the package is not the one that was pinned: its SHA-256 is $(sha256sum "$tarball" | cut -d ' ' -f 1), not $sha256"

say "unpacking"
tar -xzf "$tarball" -C "$work" --no-same-owner package/dist
dist="$work/package/dist"

# Nothing registers the service worker, and it lists paths of the root.
rm -f "$dist/sw.js" "$dist/google.js"
find "$dist" -name '*.map' -delete

# The page: attributes that name files, and what the program takes for its base.
sed -i -E \
    -e "s#(href|src|content)=\"/([^/\"])#\1=\"$base\2#g" \
    -e 's#<link rel="manifest"#<link rel="manifest" crossorigin="use-credentials"#' \
    -e "s#window\.PUBLIC_URL=\"/\"#window.PUBLIC_URL=\"$base\"#g" \
    "$dist/index.html"
# Chunks, workers and WebAssembly are loaded from webpack's public path; the microscopy viewer by its own.
find "$dist" -maxdepth 1 -name '*.js' -exec sed -i \
    -e "s#__webpack_require__\.p = \"/\";#__webpack_require__.p = \"$base\";#" \
    -e "s#'/dicom-microscopy-viewer/#'${base}dicom-microscopy-viewer/#g" {} +
# Fonts.
find "$dist" -maxdepth 1 -name '*.css' -exec sed -i -E "s#url\((['\"]?)/([^/])#url(\1$base\2#g" {} +
# The list of icons, when the page is kept as an application.
sed -i -e "s#: \"/#: \"$base#" "$dist/manifest.json"

grep -q "window.PUBLIC_URL=\"$base\"" "$dist/index.html" ||
    fail "the package's index.html is not as expected: its base could not be set"
grep -q "__webpack_require__.p = \"$base\";" "$dist"/app.bundle.*.js ||
    fail "the package's program is not as expected: its base could not be set"

say "compressing"
find "$dist" -type f -size +16k \( -name '*.js' -o -name '*.css' -o -name '*.svg' -o -name '*.wasm' \) \
    -not -path '*/ort/*' -exec gzip -9 -k -n -f {} +

printf '%s\n' "$stamp" >"$dist/.fetched"
chmod -R u+rwX,go+rX "$dist"
rm -rf "$folder"
mv "$dist" "$folder"
say "the viewer (OHIF $version) is in $folder"
