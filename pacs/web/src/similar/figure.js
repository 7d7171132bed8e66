// The figure whose cells are painted. A set of cells is a Set of places: row * 16 + column.
const COLUMNS = 16, ROWS = 32;

/// Cells as 128 hexadecimal digits, four a row; column 0 is the highest bit of its row.
export function toHex(cells) {
  let text = '';
  for (let row = 0; row < ROWS; row++) {
    let bits = 0;
    for (let column = 0; column < COLUMNS; column++) bits = bits * 2 + (cells.has(row * COLUMNS + column) ? 1 : 0);
    text += bits.toString(16).padStart(4, '0');
  }
  return text;
}

export function ofHex(text) {
  const cells = new Set();
  for (let row = 0; row < ROWS; row++) {
    const bits = parseInt(text.slice(row * 4, row * 4 + 4), 16);
    for (let column = 0; column < COLUMNS; column++) {
      if (bits >> (COLUMNS - 1 - column) & 1) cells.add(row * COLUMNS + column);
    }
  }
  return cells;
}

export class Figure {
  /// `changed` is called when somebody painted.
  constructor(svg, parts, said, changed) {
    Object.assign(this, { svg, parts, said, changed, cells: new Set(), at: 8 * COLUMNS + 8, paints: null });
    this.rects = new Map([...svg.querySelectorAll('rect')].map(rect => [Number(rect.dataset.place), rect]));
    svg.addEventListener('pointerdown', event => this.begin(event));
    svg.addEventListener('pointermove', event => this.move(event));
    for (const end of ['pointerup', 'pointercancel']) svg.addEventListener(end, () => { this.paints = null; });
    svg.addEventListener('keydown', event => this.key(event));
    this.mark(this.at);
  }

  show(cells) {
    this.cells = new Set(cells);
    for (const [place, rect] of this.rects) rect.classList.toggle('on', this.cells.has(place));
  }

  /// Adds all of a part.
  add(cells) {
    this.show(new Set([...this.cells, ...cells]));
    this.changed(this.cells);
  }

  begin(event) {
    const place = this.placeOf(event);
    if (place === null || event.button > 0) return;
    this.svg.setPointerCapture(event.pointerId);
    this.paints = !this.cells.has(place);
    this.paint(place, this.paints);
  }

  move(event) {
    if (this.paints === null) return;
    const place = this.placeOf(event);
    if (place !== null) this.paint(place, this.paints);
  }

  placeOf(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const place = Math.floor(point.y) * COLUMNS + Math.floor(point.x);
    return point.x >= 0 && point.x < COLUMNS && this.rects.has(place) ? place : null;
  }

  paint(place, on) {
    this.mark(place);
    if (this.cells.has(place) === on) return;
    if (on) this.cells.add(place); else this.cells.delete(place);
    this.rects.get(place).classList.toggle('on', on);
    this.changed(this.cells);
  }

  key(event) {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (event.key === ' ' || event.key === 'Enter') {
      this.paint(this.at, !this.cells.has(this.at));
    } else if (steps[event.key]) {
      const next = this.next(...steps[event.key]);
      this.mark(next);
      if (event.shiftKey) this.paint(next, true);
    } else {
      return;
    }
    event.preventDefault();
    this.said.textContent = this.words(this.at);
  }

  /// The next cell that way, over what lies beside the figure.
  next(across, down) {
    let column = this.at % COLUMNS, row = Math.floor(this.at / COLUMNS);
    for (;;) {
      column += across;
      row += down;
      if (column < 0 || column >= COLUMNS || row < 0 || row >= ROWS) return this.at;
      if (this.rects.has(row * COLUMNS + column)) return row * COLUMNS + column;
    }
  }

  mark(place) {
    this.rects.get(this.at)?.classList.remove('at');
    this.at = place;
    this.rects.get(place)?.classList.add('at');
  }

  /// What lies in a cell: the smallest parts there.
  words(place) {
    const there = this.parts.filter(part => part.cells.has(place)).sort((a, b) => a.cells.size - b.cells.size);
    const names = there.slice(0, 3).map(part => part.name).join(', ');
    return `${names || 'beside the body'}: ${this.cells.has(place) ? 'painted' : 'not painted'}`;
  }
}
