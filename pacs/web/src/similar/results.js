// What was found, as a grid of pictures.
import { read } from './ask.js';

const SEEN = {
  middle_slice: 'middle slice', along_rows: 'projection along rows', along_columns: 'projection along columns',
  along_slices: 'projection along slices',
};

function element(name, text, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  if (text) made.append(text);
  return made;
}

/// A score in three places. Only identical copies have 1, so nothing is rounded up to it.
const rounded = score => (Math.floor(score * 1000) / 1000).toFixed(3);

/// The viewer's address for an image.
export function viewer({ study, series, instance }) {
  const keys = new URLSearchParams({ StudyInstanceUIDs: study, initialSeriesInstanceUID: series, initialSOPInstanceUID: instance });
  return `/viewer/viewer?${keys}`;
}

/// Shows matches of a search by likeness; `use` is called with one that becomes the example.
export function show(list, matches, use) {
  list.replaceChildren(...matches.map(match => item(match, use)));
}

function item(match, use) {
  const about = read(match.attributes);
  const link = element('a', '', { href: viewer(match), title: 'Open in the viewer' });
  link.append(element('img', '', { src: `${match.thumbnail}?viewport=256,256`, alt: '', loading: 'lazy' }));
  const words = element('span', '', { className: 'about' });
  if (match.score != null) words.append(element('b', `Score ${rounded(match.score)}`), ' ');
  if (match.duplicate) words.append(element('i', 'duplicate', { className: 'badge', title: 'The same picture, stored twice' }));
  if (match.mirrored) words.append(element('i', 'mirrored', { className: 'badge' }));
  if (match.regionScore != null) words.append(element('span', `Body region ${Math.round(match.regionScore * 100)} %`));
  words.append(element('span', [about.modality, about.bodyPart, about.date].filter(Boolean).join(' · ') || match.instance));
  const seen = SEEN[match.seenAs] ?? (match.frame > 1 ? `frame ${match.frame}` : '');
  if (seen) words.append(element('span', seen));
  link.append(words);
  const again = element('button', 'Use as example', { type: 'button', className: 'quiet' });
  again.addEventListener('click', () => use({ ...about, study: match.study, series: match.series, instance: match.instance }, match.frame));
  const entry = element('li');
  entry.append(link, again);
  return entry;
}
