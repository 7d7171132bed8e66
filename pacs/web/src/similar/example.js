// The example: a stored image or a file, and the part of it that is compared.
import { path } from './ask.js';

const TYPES = { 'image/png': 'image/png', 'image/jpeg': 'image/jpeg' };
const edges = ['left', 'top', 'right', 'bottom'];

export class Example {
  constructor(changed) {
    const byId = id => document.getElementById(id);
    Object.assign(this, { changed, stored: null, file: null, frame: null, part: null });
    this.box = byId('frame');
    this.picture = byId('picture');
    this.overlay = byId('part');
    this.inputs = edges.map(byId);
    this.box.addEventListener('pointerdown', event => this.begin(event));
    this.box.addEventListener('pointermove', event => this.stretch(event));
    for (const end of ['pointerup', 'pointercancel']) this.box.addEventListener(end, () => this.end());
    this.picture.addEventListener('dragstart', event => event.preventDefault());
    this.picture.addEventListener('error', () => this.unseen('This image cannot be shown.'));
    for (const input of this.inputs) input.addEventListener('change', () => this.typed());
    byId('whole').addEventListener('click', () => this.setPart(null));
    byId('file').addEventListener('change', event => { if (event.target.files[0]) this.take(event.target.files[0]); });
    const drop = byId('drop');
    for (const type of ['dragover', 'dragleave', 'drop']) {
      drop.addEventListener(type, event => {
        event.preventDefault();
        drop.classList.toggle('over', type === 'dragover');
        if (type === 'drop' && event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
      });
    }
  }

  /// Takes a stored image; `frame` when one of its frames is meant, else the middle one of several. What is shown is compared.
  store(image, frame = null) {
    frame ??= image.frames > 1 ? Math.ceil(image.frames / 2) : null;
    Object.assign(this, { stored: image, file: null, frame });
    const picture = frame ? `${path(image)}/frames/${frame}` : path(image);
    this.show(`${picture}/rendered?viewport=512,512&accept=image/jpeg`, [image.modality, image.bodyPart, image.date].filter(Boolean).join(' · ') || image.instance);
  }

  /// Takes a file. Browsers cannot show DICOM files: such an example has no picture here.
  take(file) {
    Object.assign(this, { stored: null, file, frame: null });
    const shown = TYPES[file.type];
    const words = shown ? file.name : `${file.name}: a DICOM file, which this page can compare but not show before it is stored.`;
    this.show(shown ? URL.createObjectURL(file) : null, words);
  }

  show(url, words) {
    if (this.picture.src.startsWith('blob:')) URL.revokeObjectURL(this.picture.src);
    this.unseen(url ? null : 'There is no picture of this file here.');
    if (url) this.picture.src = url; else this.picture.removeAttribute('src');
    document.getElementById('example-name').textContent = words;
    this.setPart(null);
    this.changed(this);
  }

  /// Says why there is no picture; `null`: there is one.
  unseen(words) {
    const place = document.getElementById('nothing');
    place.textContent = words ?? '';
    place.hidden = !words;
    this.box.hidden = Boolean(words);
  }

  get type() {
    return TYPES[this.file?.type] ?? 'application/dicom';
  }

  begin(event) {
    if (event.button > 0) return;
    this.box.setPointerCapture(event.pointerId);
    this.from = this.share(event);
  }

  stretch(event) {
    if (!this.from) return;
    const [x, y] = this.from, [to, down] = this.share(event);
    this.setPart([Math.min(x, to), Math.min(y, down), Math.max(x, to), Math.max(y, down)]);
  }

  /// A click without a rectangle means the whole image again.
  end() {
    if (this.from && this.part && (this.part[2] - this.part[0] < 0.02 || this.part[3] - this.part[1] < 0.02)) this.setPart(null);
    this.from = null;
  }

  share(event) {
    const box = this.picture.getBoundingClientRect();
    const clamp = share => Math.min(1, Math.max(0, share));
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  typed() {
    const part = this.inputs.map(input => Math.min(100, Math.max(0, Number(input.value))) / 100);
    const whole = part[0] === 0 && part[1] === 0 && part[2] === 1 && part[3] === 1;
    this.setPart(whole || part.some(Number.isNaN) ? null : part, false);
  }

  setPart(part, write = true) {
    this.part = part;
    this.overlay.hidden = !part;
    const [left, top, right, bottom] = part ?? [0, 0, 1, 1];
    const percent = share => `${share * 100}%`;
    Object.assign(this.overlay.style, { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) });
    if (write) this.inputs.forEach((input, place) => { input.value = Math.round((part ?? [0, 0, 1, 1])[place] * 100); });
  }
}
