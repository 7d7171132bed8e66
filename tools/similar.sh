#!/bin/sh
# How long searches for similar images and parts of the body take, as one table: inside the process (cargo bench -p compute --bench similar),
# beside faiss where Python has it, and by HTTP of a gateway of its own, which is filled with descriptors of pictures made of those of a
# folder (compute/benches/similar/pictures.py makes one); and how fast images are described.
#   tools/similar.sh FOLDER [PICTURES]      PICTURES=1000000, of which a part is made at a time
#   WORK=/tmp/pacs-similar  where the gateway's data are while it runs (5 GB for a million pictures)
#   VECTORS=20000           copies of 256 that are compared beside faiss (1.3 GB on the disk, 5.2 GB in the memory of faiss); 0: none
#   DESCRIBED=100           radiographs that are stored to be described (8 MB each); 0: none
# Needs target/release/pacs, and two examples:
#   cargo build --release -p pacs -p archive -p compute --bins --example similar_crowd --example similar_vectors
set -eu
folder=$(realpath "$1")
cd "$(dirname "$0")/.."

pictures=${2:-1000000}
part=50000
work=${WORK:-/tmp/pacs-similar}
pacs=${PACS:-target/release/pacs}
crowd=${CROWD:-target/release/examples/similar_crowd}
vectors=${SIMILAR_VECTORS:-target/release/examples/similar_vectors}
psql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -1)

rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
measured() {
    "$@" >"$work/rows" || { cat "$work/rows"; exit 1; }
    tee -a "$work/all-rows" <"$work/rows"
}

echo "inside the process"
measured "${CARGO:-cargo}" bench --quiet -p compute --bench similar -- "$folder" --table "$pictures"
if [ "${VECTORS:-20000}" -gt 0 ]; then
    measured "$vectors" "$folder" "${VECTORS:-20000}" "$work/vectors"
    if python3 -c 'import faiss' 2>/dev/null; then
        measured python3 compute/benches/similar/faiss_flat.py "$work/vectors" 2
    else
        echo "Python has no faiss (faiss-cpu): nothing is compared with it"
    fi
    rm -r "$work/vectors"
fi

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
        '00080018', jsonb_build_object('vr', 'UI', 'Value', jsonb_build_array('1.2.3.' || number)),
        '00185101', jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array(CASE number % 2 WHEN 0 THEN 'AP' ELSE 'PA' END)))
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
        JOIN shown ON number = 1 + instance_key % (SELECT count(*) FROM shown)
        ORDER BY instance_key"
    # The gateway takes them in, and needs the rows no more until its store is lost.
    until [ "$(curl -s -o /dev/null -w '%{http_code}' -u "$user" \
        'http://127.0.0.1:18091/dicom-web/instances?bodyregion=chest&limit=1')" = 200 ]; do sleep 1; done
    ask -c 'TRUNCATE descriptors'
    from=$((from + count))
done
ask -c 'VACUUM ANALYZE' -c CHECKPOINT
echo "asking by HTTP"
examples=$("$crowd" copies "$pictures" "$node" "$folder" chest 'left hand')
url=http://127.0.0.1:18091/dicom-web
# shellcheck disable=SC2086
measured python3 tools/similar.py search $url "$user" $examples
if [ "${DESCRIBED:-100}" -gt 0 ]; then
    python3 tools/similar.py store $url "$user" "${DESCRIBED:-100}"
    # The thread that describes rests while objects come, and a second more.
    sleep 1
    since=$(ask -c 'SELECT now()')
    until [ "$(ask -c 'SELECT count(*) FROM series WHERE undescribed')" = 0 ]; do sleep 1; done
    measured ask -F "$(printf '\t')" -c "
        WITH each AS (SELECT 1000 * extract(epoch FROM changed_at - lag(changed_at) OVER (ORDER BY changed_at)) AS ms
            FROM descriptions WHERE changed_at > '$since' AND failure IS NULL)
        SELECT 'described from end to end, of 2048 x 2048: ' || round(1000 / avg(ms)) || ' images a second', count(*),
            round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2),
            round(percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)::numeric, 2), round(min(ms), 2), count(*), ''
        FROM each WHERE ms IS NOT NULL"
fi
echo
echo "$pictures pictures, $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
python3 tools/similar.py table <"$work/all-rows"
