// OHIF in headless Chromium: node viewer.mjs BASE PASSWORD STUDY OUT
// Logs in, finds the study in the list, opens it, and checks that an image was drawn. Screenshots go to OUT.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/.tools/browser/');
const { chromium } = require('playwright-core');
const [base, password, study, out] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, serviceWorkers: 'block' });
const page = await context.newPage();
const failures = [];
page.on('response', response => {
  if (response.status() >= 400) failures.push(response.status() + ' ' + response.url());
});
page.on('pageerror', error => failures.push('page error: ' + error));

// A stranger is led to the log-in page and, after it, to where he wanted to go.
await page.goto(base + '/viewer/', { waitUntil: 'domcontentloaded' });
if (!page.url().includes('/login')) throw new Error('the viewer opened without a log-in: ' + page.url());
await page.screenshot({ path: out + '/login.png' });
await page.fill('input[name=name]', 'admin');
await page.fill('input[name=password]', password);
await Promise.all([page.waitForURL(url => !url.href.includes('/login')), page.press('input[name=password]', 'Enter')]);

await page.waitForSelector('tbody tr, [data-cy="study-list-results"]', { timeout: 90000 });
await page.getByText('Phantom').first().waitFor({ timeout: 60000 });
await page.screenshot({ path: out + '/list.png' });

await page.goto(base + '/viewer/viewer?StudyInstanceUIDs=' + study, { waitUntil: 'domcontentloaded' });
await page.waitForSelector('canvas', { timeout: 90000 });
const greys = () => page.evaluate(() => Math.max(0, ...[...document.querySelectorAll('canvas')].map(canvas => {
  const copy = document.createElement('canvas');
  copy.width = copy.height = 64;
  const drawing = copy.getContext('2d');
  try { drawing.drawImage(canvas, 0, 0, 64, 64); } catch { return 0; }
  return new Set(drawing.getImageData(0, 0, 64, 64).data.filter((_, at) => at % 4 === 0)).size;
})));
let drawn = 0;
for (let second = 0; second < 90 && drawn < 12; second++) {
  await page.waitForTimeout(1000);
  drawn = await greys();
}
await page.waitForTimeout(2000);
await page.screenshot({ path: out + '/image.png' });
await browser.close();
if (failures.length) console.log('failures:\n' + [...new Set(failures)].slice(0, 20).join('\n'));
if (drawn < 12) throw new Error('no image was drawn: ' + drawn + ' grey levels');
console.log('an image of ' + drawn + ' grey levels was drawn');
