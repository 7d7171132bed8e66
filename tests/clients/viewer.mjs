// OHIF in headless Chromium: node viewer.mjs BASE PASSWORD STUDY OUT
// Logs in, finds the study in the list, opens it, and checks that an image was drawn. Screenshots go to OUT.
import fs from 'node:fs';
import { check, drawn, Failures, launch, logIn } from './browser.mjs';

const [base, password, study, out] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, serviceWorkers: 'block' });
const page = await context.newPage();
const failures = new Failures(page);

// A stranger is led to the log-in page and, after it, to where he wanted to go.
await logIn(page, base, '/viewer/', 'admin', password);
await page.waitForSelector('tbody tr, [data-cy="study-list-results"]', { timeout: 90000 });
await page.getByText('Phantom').first().waitFor({ timeout: 60000 });
await page.screenshot({ path: out + '/list.png' });

await page.goto(base + '/viewer/viewer?StudyInstanceUIDs=' + study, { waitUntil: 'domcontentloaded' });
const levels = await drawn(page);
await page.waitForTimeout(2000);
await page.screenshot({ path: out + '/image.png' });
await browser.close();
if (failures.all.size) console.log('failures:\n' + [...failures.all].slice(0, 20).join('\n'));
check(levels >= 12, 'no image was drawn: ' + levels + ' grey levels');
console.log('an image of ' + levels + ' grey levels was drawn');
