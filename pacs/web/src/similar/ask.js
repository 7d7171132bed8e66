// Asks the archive. Whatever goes wrong is an Error with words for people.
export const ROOT = '/dicom-web';

const value = (dicom, tag) => dicom?.[tag]?.Value?.[0];

/// The attributes that the page shows, out of DICOM JSON.
export function read(dicom) {
  const date = value(dicom, '00080020') ?? '';
  return {
    study: value(dicom, '0020000D'),
    series: value(dicom, '0020000E'),
    instance: value(dicom, '00080018'),
    modality: value(dicom, '00080060') ?? '',
    bodyPart: value(dicom, '00180015') ?? '',
    date: /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date,
    frames: Number(value(dicom, '00280008') ?? 1),
    count: Number(value(dicom, '00201209') ?? 1),
  };
}

export const path = ({ study, series, instance }) =>
  `${ROOT}/studies/${study}/series/${series}` + (instance ? `/instances/${instance}` : '');

/// What the server answers to `path`; a Response with a status below 400.
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server cannot be reached. Is it running, and is the network there?');
  }
  if (response.ok) return response;
  if (response.status === 401) {
    throw new Error('The session is over. Load the page again to log in.');
  }
  let words = `The server answered ${response.status}.`;
  try {
    words = (await response.json()).detail ?? words;
  } catch { /* No problem details: the status has to do. */ }
  throw new Error(words);
}

export async function askJson(url, options = {}) {
  const accept = { Accept: 'application/dicom+json, application/json;q=0.9' };
  return (await ask(url, { ...options, headers: { ...accept, ...options.headers } })).json();
}

/// Rows of a search (QIDO-RS).
export async function search(resource, keys) {
  const rows = await askJson(`${ROOT}/${resource}?${new URLSearchParams(keys)}`);
  return rows.map(read);
}
