-- {studies} studies of two tiny instances each, as a busy site's archive has them: even ones of one series, odd ones of two.

CREATE TEMPORARY TABLE planned AS
SELECT n, '1.2.826.0.1.3680043.9.7433.9.' || n AS uid,
    ('00000000-0000-4000-8000-' || lpad((n % greatest(1, {studies} / 2))::text, 12, '0'))::uuid AS patient,
    date '2010-01-01' + (hashint8(n) & 2147483647) % 3650 AS day,
    make_time(7 + (hashint8(n * 3) & 2147483647) % 13, (hashint8(n * 5) & 2147483647) % 60, (hashint8(n * 7) & 2147483647) % 60) AS hour,
    (ARRAY['CT','CT','CT','CT','CT','CT','MR','MR','MR','MR','DX','DX','DX','DX','DX','US','US','US','MG','MG'])
        [1 + (hashint8(n * 11) & 2147483647) % 20] AS modality,
    1 + n % 2 AS series
FROM generate_series(0, {studies} - 1) AS n;

INSERT INTO studies (study_instance_uid, patient_key, study_date, study_time, study_description, modalities_in_study,
    sop_classes_in_study, number_of_study_related_series, number_of_study_related_instances, attributes)
SELECT uid, patient, day, hour, modality || ' study ' || n % 50, CASE series WHEN 1 THEN ARRAY[modality] ELSE ARRAY[modality, 'OT'] END,
    ARRAY['1.2.840.10008.5.1.4.1.1.7'], series, 2, jsonb_build_object(
        '00080020', jsonb_build_object('vr', 'DA', 'Value', jsonb_build_array(to_char(day, 'YYYYMMDD'))),
        '00080030', jsonb_build_object('vr', 'TM', 'Value', jsonb_build_array(to_char(hour, 'HH24MISS'))),
        '00081030', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array(modality || ' study ' || n % 50)),
        '0020000D', jsonb_build_object('vr', 'UI', 'Value', jsonb_build_array(uid)))
FROM planned ORDER BY n;

INSERT INTO series (study_key, series_instance_uid, modality, series_number, series_description,
    number_of_series_related_instances, attributes)
SELECT study_key, uid || '.' || m, CASE m WHEN 1 THEN modality ELSE 'OT' END, m, 'axial', 3 - series, jsonb_build_object(
        '00080060', jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array(CASE m WHEN 1 THEN modality ELSE 'OT' END)),
        '0008103E', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('axial')),
        '00080070', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('Maker ' || n % 7)),
        '00181030', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('Protocol ' || n % 5000)),
        '0020000E', jsonb_build_object('vr', 'UI', 'Value', jsonb_build_array(uid || '.' || m)),
        '00200011', jsonb_build_object('vr', 'IS', 'Value', jsonb_build_array(m)))
FROM planned JOIN studies ON study_instance_uid = uid, generate_series(1, series) AS m ORDER BY study_key, m;

INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, instance_number, rows, columns, bits_allocated,
    transfer_syntax_uid, storage_node_id, file_path, file_size, data_set_start, digest, frame_index, frame_count, kind, attributes)
SELECT series_key, series_instance_uid || '.' || m, '1.2.840.10008.5.1.4.1.1.7', m, 16, 16, 8, '1.2.840.10008.1.2.1', 1,
    'ab/cd/' || series_instance_uid || '.' || m, 1300, 380, '\x00', '\x00', 1, 'other', jsonb_build_object(
        '00080018', jsonb_build_object('vr', 'UI', 'Value', jsonb_build_array(series_instance_uid || '.' || m)),
        '00200013', jsonb_build_object('vr', 'IS', 'Value', jsonb_build_array(m)),
        '00280010', jsonb_build_object('vr', 'US', 'Value', jsonb_build_array(16)))
FROM series, generate_series(1, number_of_series_related_instances) AS m
WHERE series_instance_uid LIKE '1.2.826.0.1.3680043.9.7433.9.%' ORDER BY series_key, m;

DROP TABLE planned;
