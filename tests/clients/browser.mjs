// Headless Chromium as the tests of pages use it.
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/.tools/browser/');
const { chromium } = require('playwright-core');

export const launch = () => chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});

export function check(holds, words) {
  if (!holds) throw new Error(words);
}

/// What goes wrong on a page: answers that refuse, but for the status that is expected; errors of scripts.
export class Failures {
  constructor(page) {
    Object.assign(this, { all: new Set(), expected: 0, paused: false });
    const note = words => { if (!this.paused) this.all.add(words); };
    page.on('response', response => {
      if (response.status() >= 400 && response.status() !== this.expected) note(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', error => note('page error: ' + error));
    page.on('console', message => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) note('console: ' + message.text());
    });
  }

  /// Fails when anything went wrong.
  none() {
    check(!this.all.size, 'failures:\n' + [...this.all].slice(0, 20).join('\n'));
  }
}

/// Logs in on the way to `path`, to which a stranger is led by the log-in page.
export async function logIn(page, base, path, name, password) {
  await page.goto(base + path, { waitUntil: 'domcontentloaded' });
  check(page.url().includes('/login'), 'the page opened without a log-in: ' + page.url());
  await page.fill('input[name=name]', name);
  await page.fill('input[name=password]', password);
  await Promise.all([page.waitForURL(url => !url.href.includes('/login')), page.press('input[name=password]', 'Enter')]);
}

/// Drops a file onto an element, as from the desktop.
export async function drop(page, selector, { name, type, content }) {
  const transfer = await page.evaluateHandle(([name, type, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), letter => letter.charCodeAt(0))], name, { type }));
    return transfer;
  }, [name, type, content.toString('base64')]);
  for (const event of ['dragover', 'drop']) await page.dispatchEvent(selector, event, { dataTransfer: transfer });
}

/// Of the canvas that shows most: how many levels of red there are, and how many pixels have a colour, of 64 × 64.
async function shown(page) {
  const all = await page.evaluate(() => [...document.querySelectorAll('canvas')].map(canvas => {
    const copy = document.createElement('canvas');
    copy.width = copy.height = 64;
    const drawing = copy.getContext('2d');
    try { drawing.drawImage(canvas, 0, 0, 64, 64); } catch { return [0, 0]; }
    const { data } = drawing.getImageData(0, 0, 64, 64);
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]) > 24) coloured++;
    }
    return [new Set(data.filter((_, at) => at % 4 === 0)).size, coloured];
  }));
  return [0, 1].map(what => Math.max(0, ...all.map(one => one[what])));
}

/// Waits until a canvas of the page shows an image, of so many levels at least and with so many coloured pixels; gives both.
export async function drawnIn(page, least, coloured) {
  await page.waitForSelector('canvas', { timeout: 90000 });
  let found = [0, 0];
  for (let second = 0; second < 90 && (found[0] < least || found[1] < coloured); second++) {
    await page.waitForTimeout(1000);
    found = await shown(page);
  }
  return found;
}

/// The same of an image without colours: its grey levels.
export async function drawn(page, least = 12) {
  return (await drawnIn(page, least, 0))[0];
}
