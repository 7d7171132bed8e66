// What was made of a tomogram, in OHIF: node viewer_derived.mjs BASE PASSWORD STUDY REFORMATTED SEGMENTATION OUT
// Both are Series of the study. The reformatted one is drawn as any image is, the segmentation in colours over its image.
import fs from 'node:fs';
import { check, drawnIn, Failures, launch, logIn } from './browser.mjs';

const [base, password, study, reformatted, segmentation, out] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

/// The first slices from the side show nothing but air.
async function toTheMiddle(page) {
  await page.getByText('Skip all').click({ timeout: 90000 });
  await page.mouse.move(700, 450);
  for (let slice = 0; slice < 120; slice++) {
    await page.mouse.wheel(0, 100);
    await page.waitForTimeout(20);
  }
}

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, serviceWorkers: 'block' });
const page = await context.newPage();
const failures = new Failures(page);
await logIn(page, base, '/viewer/', 'admin', password);
for (const [name, series, coloured] of [['reformatted', reformatted, 0], ['segmentation', segmentation, 8]]) {
  const keys = new URLSearchParams({ StudyInstanceUIDs: study, initialSeriesInstanceUID: series });
  await page.goto(`${base}/viewer/viewer?${keys}`, { waitUntil: 'domcontentloaded' });
  if (name === 'reformatted') await toTheMiddle(page);
  const [levels, colours] = await drawnIn(page, 12, coloured);
  await page.screenshot({ path: `${out}/${name}.png` });
  check(levels >= 12 && colours >= coloured, `${name}: ${levels} grey levels, ${colours} pixels in colours`);
  console.log(`${name}: ${levels} grey levels, ${colours} pixels in colours`);
}
await browser.close();
const refused = [...failures.all].filter(words => /^[45]\d\d /.test(words) && words.includes('/dicom-web/'));
check(!refused.length, 'refused:\n' + refused.join('\n'));
