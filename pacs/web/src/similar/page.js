// The page «Similar images»: an example in, the images that look like it out.
import { ROOT, ask, askJson, path, read, search } from './ask.js';
import { Example } from './example.js';
import { Figure, ofHex, toHex } from './figure.js';
import { show } from './results.js';

const byId = id => document.getElementById(id);
const FIELDS = 'Modality,BodyPartExamined,StudyDate';
/// Cells to search for, and those of the example's own place.
const cells = { search: new Set(), image: new Set() };
let running = null;

const parts = [...byId('parts').options].filter(option => option.value)
  .map(option => ({ name: option.value, cells: ofHex(option.dataset.cells) }));
const figure = new Figure(byId('figure'), parts, byId('cell'), painted => {
  cells[mode()] = painted;
  saidCells();
});
const example = new Example(chosen);

function mode() {
  return document.querySelector('input[name=mode]:checked').value;
}

function fail(error) {
  if (error.name === 'AbortError') return;
  byId('message').textContent = '';
  byId('error').textContent = error.message;
  byId('error').hidden = false;
}

/// Runs something that can fail, and shows why it did.
async function attempt(work) {
  byId('error').hidden = true;
  try {
    await work();
  } catch (error) {
    fail(error);
  }
}

function saidCells() {
  const size = cells[mode()].size;
  const what = mode() === 'search' ? 'Images that show nothing of them are left out.' : '';
  byId('cells-said').textContent = size ? `${size} cells. ${what}` : mode() === 'search' ? 'No cells: the whole archive is searched.' : 'No cells: nobody knows.';
}

function setMode(name) {
  document.querySelector(`input[name=mode][value=${name}]`).checked = true;
  byId('correction').hidden = name !== 'image';
  byId('same').hidden = name === 'image';
  figure.show(cells[name]);
  saidCells();
}

/// Researchers are not told who said which part of the body it is, so it may be a person too.
function saidWithoutName({ setBy, count }) {
  if (setBy === undefined) return count ? 'What is known of the image.' : 'Nobody knows.';
  return count ? 'From the attributes of the image.' : 'The attributes of the image do not tell.';
}

function tellRegion(region) {
  cells.image = ofHex(region.cells);
  const when = region.setAt ? ` on ${new Date(region.setAt).toLocaleString()}` : '';
  byId('said-by').textContent = region.setBy ? `Set by ${region.setBy}${when}.` : saidWithoutName(region);
  if (mode() === 'image') setMode('image');
}

/// An example was chosen: its place in the body is asked for when it is stored.
function chosen({ stored }) {
  byId('mode-image').disabled = byId('same').disabled = !stored;
  cells.image = new Set();
  if (!stored && mode() === 'image') setMode('search');
  const address = new URL(location.href);
  if (stored) address.searchParams.set('instance', stored.instance); else address.searchParams.delete('instance');
  history.replaceState(null, '', address);
  if (stored) attempt(async () => tellRegion(await askJson(`${path(stored)}/body-region`)));
}

async function take(uid) {
  const [image] = await search('instances', { SOPInstanceUID: uid, includefield: FIELDS, limit: 1 });
  if (!image) throw new Error(`There is no image ${uid} in this archive.`);
  example.store(image);
}

/// The image that stands for a series: the middle one.
async function takeSeries(series) {
  const middle = Math.floor((series.count - 1) / 2);
  const rows = await askJson(`${path(series)}/instances?${new URLSearchParams({ includefield: FIELDS, limit: 1, offset: middle })}`);
  if (!rows.length) throw new Error('The series has no images any more.');
  example.store(read(rows[0]));
}

async function recent() {
  const series = await search('series', { includefield: FIELDS, limit: 12 });
  byId('recent-box').hidden = !series.length;
  byId('recent').replaceChildren(...series.map(one => {
    const words = [one.modality, one.bodyPart].filter(Boolean).join(' ');
    const button = Object.assign(document.createElement('button'), { type: 'button' });
    button.append(Object.assign(document.createElement('img'), { src: `${path(one)}/thumbnail?viewport=128,128`, alt: '', loading: 'lazy' }), words || 'series');
    button.addEventListener('click', () => attempt(() => takeSeries(one)));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }));
}

/// Says how many pictures can be found; an empty archive needs words.
async function state() {
  const { pictures, waiting, failed } = await askJson(`${ROOT}/descriptors`);
  const words = [];
  if (!pictures && !waiting) words.push('No image can be found yet: store images first. They are described in the background, some seconds after they arrive.');
  else words.push(`${pictures.toLocaleString()} pictures can be found.`);
  if (waiting) words.push(`${waiting.toLocaleString()} images wait to be described.`);
  if (failed) words.push(`${failed.toLocaleString()} cannot be described.`);
  byId('state').textContent = words.join(' ');
}

/// The query of the form; empty fields say nothing.
function query() {
  const keys = new URLSearchParams({ includefield: FIELDS, profile: byId('profile').value });
  const add = (name, value) => { if (value) keys.set(name, value); };
  const days = ['from', 'to'].map(id => byId(id)?.value.replaceAll('-', ''));
  add('limit', byId('limit').value);
  add('score', byId('score').value);
  add('Modality', byId('modality').value);
  add('StudyDate', days.some(Boolean) ? days.join('-') : '');
  add('mirrored', byId('mirrored').checked && 'true');
  add('part', example.part?.map(share => share.toFixed(4)).join(','));
  add('bodyregion', cells.search.size && toHex(cells.search));
  return keys;
}

function busy(is) {
  byId('progress').hidden = byId('stop').hidden = !is;
  byId('go').disabled = is;
}

/// Images of the painted part of the body, when there is no example.
async function findPlace() {
  const keys = query();
  for (const name of ['profile', 'part', 'mirrored', 'score']) keys.delete(name);
  const rows = await askJson(`${ROOT}/instances?${keys}`, { signal: running.signal });
  const matches = rows.map(row => {
    const image = read(row);
    return { ...image, attributes: row, regionScore: row['00771006'].Value[0], thumbnail: `${path(image)}/thumbnail`, frame: 1 };
  });
  show(byId('results'), matches, choose);
  byId('message').textContent = matches.length ? `${matches.length} images show something of this part of the body, those that show most of it first.` : 'No image shows anything of this part of the body.';
}

function choose(image, frame) {
  example.store(image, image.frames > 1 ? frame : null);
  scrollTo({ top: 0, behavior: 'smooth' });
}

async function find() {
  const hasExample = example.stored || example.file;
  if (!hasExample && !cells.search.size) {
    throw new Error('Choose an example first, a file or an image of this archive; or paint a part of the body.');
  }
  running?.abort();
  running = new AbortController();
  const options = { signal: running.signal, headers: { Accept: 'application/json' } };
  byId('message').textContent = 'Comparing …';
  byId('results').replaceChildren();
  busy(true);
  const begun = performance.now();
  try {
    if (!hasExample) return await findPlace();
    const frame = example.frame ? `/frames/${example.frame}` : '';
    const answer = example.stored
      ? await ask(`${path(example.stored)}${frame}/similar?${query()}`, options)
      : await ask(`${ROOT}/similar?${query()}`, {
        ...options, method: 'POST', body: example.file, headers: { ...options.headers, 'Content-Type': example.type },
      });
    told(await answer.json(), Math.round(performance.now() - begun));
  } finally {
    busy(false);
  }
}

function told({ matches, among, waiting }, milliseconds) {
  show(byId('results'), matches, choose);
  const late = waiting ? ` ${waiting.toLocaleString()} images are not described yet and were not looked at.` : '';
  // Researchers are not told among how many was looked.
  const nothing = among !== 0 ? 'Nothing looks like it: lower the least score, or have fewer filters.' : 'There is nothing to compare with: no image that can be found matches the filters and the part of the body. Images are described some seconds after they are stored.';
  byId('message').textContent = (matches.length ? `${matches.length}${among == null ? '' : ` of ${among.toLocaleString()}`} pictures, in ${milliseconds} ms.` : nothing) + late;
  byId('message').scrollIntoView({ block: 'nearest' });
}

async function saveRegion(method) {
  const body = method === 'PUT' ? JSON.stringify({ cells: toHex(cells.image) }) : undefined;
  const headers = body ? { 'Content-Type': 'application/json' } : {};
  tellRegion(await askJson(`${path(example.stored)}/body-region`, { method, body, headers }));
  byId('message').textContent = method === 'PUT' ? 'Saved.' : 'The attributes of the image count again.';
}

function wholePicturesOnly() {
  const gradients = byId('profile').value === 'gradients';
  byId('mirrored').disabled = gradients;
  if (gradients) { byId('mirrored').checked = false; example.setPart(null); }
}

byId('search').addEventListener('submit', event => { event.preventDefault(); attempt(find); });
byId('stop').addEventListener('click', () => { running?.abort(); byId('message').textContent = 'Stopped.'; });
byId('take').addEventListener('click', () => attempt(() => take(byId('uid').value.trim())));
byId('uid').addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); byId('take').click(); } });
byId('profile').addEventListener('change', wholePicturesOnly);
byId('clear').addEventListener('click', () => { cells[mode()] = new Set(); setMode(mode()); });
byId('same').addEventListener('click', () => { cells.search = new Set(cells.image); setMode('search'); });
byId('save')?.addEventListener('click', () => attempt(() => saveRegion('PUT')));
byId('reset')?.addEventListener('click', () => attempt(() => saveRegion('DELETE')));
byId('parts').addEventListener('change', event => {
  const part = parts.find(({ name }) => name === event.target.value);
  if (part) figure.add(part.cells);
  event.target.value = '';
});
for (const radio of document.querySelectorAll('input[name=mode]')) radio.addEventListener('change', () => setMode(mode()));

setMode('search');
// Administrators are told.
if (byId('state')) attempt(state);
attempt(recent);
const asked = new URL(location.href).searchParams.get('instance');
if (asked) attempt(() => take(asked));
