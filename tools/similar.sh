#!/bin/sh
# How long searches for similar images take by HTTP: fills a gateway of its own with descriptors of pictures made of those of a folder
# (compute/benches/similar/pictures.py makes one), and asks for images like some of them, and for parts of the body.
#   tools/similar.sh FOLDER [PICTURES]      PICTURES=1000000, of which a part is made at a time
#   WORK=/tmp/pacs-similar  where the gateway's data are while it runs (5 GB for a million pictures)
# Needs target/release/pacs, and target/release/examples/similar_crowd:
#   cargo build --release -p pacs -p archive --bins --example similar_crowd
set -eu
cd "$(dirname "$0")/.."

folder=$1
pictures=${2:-1000000}
part=50000
work=${WORK:-/tmp/pacs-similar}
pacs=${PACS:-target/release/pacs}
crowd=${CROWD:-target/release/examples/similar_crowd}
psql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -1)

rm -rf "$work"
mkdir -p "$work"
"$pacs" --data-dir "$work" serve --http 127.0.0.1:18091 --dimse 127.0.0.1:18123 --set log.filter=warn >"$work/gateway.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 300); do curl -s http://127.0.0.1:18091/health/live >/dev/null && break; sleep 0.1; done
user=admin:$(sed -n 's/.*user admin  password //p' "$work/gateway.log")
node=$(dirname "$(find "$work" -name node.uuid | head -1)")

socket=$(dirname "$(find "$work" -name .s.PGSQL.5432)")
ask() { "$psql" --quiet --no-psqlrc --tuples-only --no-align -v ON_ERROR_STOP=1 -h "$socket" -U pacs -d index "$@"; }

echo "filling $pictures pictures"
ask <<END
INSERT INTO studies (study_instance_uid, patient_key, attributes) VALUES ('1.2', gen_random_uuid(), '{}');
INSERT INTO series (study_key, series_instance_uid, modality, attributes, undescribed)
    SELECT study_key, '1.2.3', 'DX', '{}', false FROM studies;
INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, storage_node_id, file_path,
    file_size, data_set_start, digest, frame_index, frame_count, kind, attributes)
SELECT series_key, '1.2.3.' || number, '1.2.840.10008.5.1.4.1.1.1.1', '1.2.840.10008.1.2.1', storage_node_id,
    'objects/00/0/' || number || '.dcm', 0, 0, '', '', 1, 'radiogram', jsonb_build_object(
        '00080018', jsonb_build_object('vr', 'UI', 'Value', jsonb_build_array('1.2.3.' || number)))
FROM series, (SELECT min(storage_node_id) AS storage_node_id FROM storage_nodes) AS node,
    generate_series(1, $pictures) AS number ORDER BY number;
CREATE TABLE shown (number serial, cells bytea);
VACUUM ANALYZE
END
"$crowd" cells | ask -c 'COPY shown (cells) FROM STDIN'
from=1
while [ "$from" -le "$pictures" ]; do
    count=$((pictures - from + 1 < part ? pictures - from + 1 : part))
    "$crowd" rows "$from" "$count" "$folder" | ask -c 'COPY descriptors FROM STDIN (FORMAT binary)'
    ask -c "INSERT INTO descriptions (instance_key, version, cells) SELECT instance_key, version, cells FROM descriptors
        JOIN shown ON number = 1 + abs(hashint8(instance_key)::bigint) % (SELECT count(*) FROM shown)
        ORDER BY instance_key"
    # The gateway takes them in, and needs the rows no more until its store is lost.
    until [ "$(curl -s -o /dev/null -w '%{http_code}' -u "$user" \
        'http://127.0.0.1:18091/dicom-web/instances?bodyregion=chest&limit=1')" = 200 ]; do sleep 1; done
    ask -c 'TRUNCATE descriptors'
    from=$((from + count))
done
ask -c 'VACUUM ANALYZE' -c CHECKPOINT
examples=$("$crowd" copies "$pictures" "$node" "$folder")
# shellcheck disable=SC2086
python3 tools/similar.py http://127.0.0.1:18091/dicom-web "$user" $examples
