-- Who the {studies} studies are of: two studies a patient, names of four syllables.

INSERT INTO patients
SELECT ('00000000-0000-4000-8000-' || lpad(p::text, 12, '0'))::uuid, 'QA' || lpad(p::text, 8, '0'), '', '', name, lower(name),
    date '1930-01-01' + (hashint8(p) & 2147483647) % 30000, (ARRAY['F', 'M', 'O'])[1 + p % 3], jsonb_build_object(
        '00100010', jsonb_build_object('vr', 'PN', 'Value', jsonb_build_array(jsonb_build_object('Alphabetic', name)), 'folded', jsonb_build_array(lower(name))),
        '00100020', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('QA' || lpad(p::text, 8, '0'))),
        '00100030', jsonb_build_object('vr', 'DA', 'Value', jsonb_build_array(to_char(date '1930-01-01' + (hashint8(p) & 2147483647) % 30000, 'YYYYMMDD'))),
        '00100040', jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array((ARRAY['F', 'M', 'O'])[1 + p % 3])))
FROM generate_series(0, greatest(1, {studies} / 2) - 1) AS p,
    LATERAL (SELECT string_to_array('ba be bi bo da de di do ka ke ko la le li lo ma mi na ri zu', ' ') AS s) AS syllables,
    LATERAL (SELECT string_to_array('Ada Ben Chloe Dmitri Eva Farid Gul Hana Igor Jurgen Karin Li Maria Nils Olga Pavel Qi Rosa Tomas Uma Viktor Wen Xenia Yuki Zoe', ' ') AS f) AS firsts,
    LATERAL (SELECT initcap(s[1 + p % 20] || s[1 + p / 20 % 20] || s[1 + p / 400 % 20] || s[1 + p / 8000 % 20]) || '^' || f[1 + p % 25] AS name) AS named;

INSERT INTO study_identities
SELECT '1.2.826.0.1.3680043.9.7433.9.' || n, ('00000000-0000-4000-8000-' || lpad((n % greatest(1, {studies} / 2))::text, 12, '0'))::uuid,
    'A' || lpad(n::text, 8, '0'), n::text, 'Referring^Doctor' || n % 200, 'referring^doctor' || n % 200, jsonb_build_object(
        '00080050', jsonb_build_object('vr', 'SH', 'Value', jsonb_build_array('A' || lpad(n::text, 8, '0'))),
        '00080090', jsonb_build_object('vr', 'PN', 'Value', jsonb_build_array(jsonb_build_object('Alphabetic', 'Referring^Doctor' || n % 200)), 'folded', jsonb_build_array('referring^doctor' || n % 200)),
        '00200010', jsonb_build_object('vr', 'SH', 'Value', jsonb_build_array(n::text)))
FROM generate_series(0, {studies} - 1) AS n;

INSERT INTO series_identities
SELECT '1.2.826.0.1.3680043.9.7433.9.' || n || '.' || m, '1.2.826.0.1.3680043.9.7433.9.' || n,
    jsonb_build_object('00081070', jsonb_build_object('vr', 'PN', 'Value', jsonb_build_array(jsonb_build_object('Alphabetic', 'Operator^' || n % 30)), 'folded', jsonb_build_array('operator^' || n % 30)))
FROM generate_series(0, {studies} - 1) AS n, generate_series(1, 1 + n % 2) AS m;

INSERT INTO instance_headers
SELECT series || '.' || i, study, series, '\x00', '\x00', NULL
FROM generate_series(0, {studies} - 1) AS n, generate_series(1, 1 + n % 2) AS m, generate_series(1, 2 - n % 2) AS i,
    LATERAL (SELECT '1.2.826.0.1.3680043.9.7433.9.' || n AS study) AS of_study, LATERAL (SELECT study || '.' || m AS series) AS of_series;
